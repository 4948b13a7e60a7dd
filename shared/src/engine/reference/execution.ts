/** One execution: the state it works on, the EVM it runs in, and the block around it. */

import type { BlockEnvironment } from './block-environment.ts'
import type { JournaledState } from './journaled-state.ts'
import type { ReferenceEvm } from './reference-evm.ts'

export interface Execution {
  readonly state: JournaledState
  readonly evm: ReferenceEvm
  readonly block: BlockEnvironment
}
