/** One execution: the state it works on, the EVM it runs in, and the block around it. */

import type { BlockEnvironment } from './block-environment.ts'
import type { ReferenceEvm } from './evm/reference-evm.ts'
import type { JournaledState } from './state/journaled-state.ts'

export interface Execution {
  readonly state: JournaledState
  readonly evm: ReferenceEvm
  readonly block: BlockEnvironment
}
