/** What the generators of values and statements share while they write one contract. */

import type { Random } from '@shredcast/shared/primitives/random'
import type { AddressPool } from './address-pool.ts'
import type { CodeBuilder } from './code-builder.ts'

/** What a generator of one kind of statement needs of all kinds. */
export interface Grammar {
  /** Writes up to `count` statements, as far as the coder's budget goes. */
  readonly statements: (coder: Coder, count: number) => void
  /** Ends the code in one of the ways there are. */
  readonly ending: (coder: Coder) => void
}

export interface Coder {
  readonly code: CodeBuilder
  readonly grammar: Grammar
  readonly random: Random
  readonly pool: AddressPool
  /** Address that the code will run at, if that is known. */
  readonly self: Uint8Array | undefined
  /** Statements that may still be written, nested ones included. */
  budget: number
  /** Depth of the init code that is written: code that creates code that creates code ends here. */
  readonly creationDepth: number
  /** Runs with gas without bounds: no calls that may branch, no memory to speak of. */
  readonly isTame: boolean
}
