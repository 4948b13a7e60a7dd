/** A merged state as dApps see it. */

import type { Conflated } from '../../wire/control-messages.ts'
import type { AccountChange } from './shred-view.ts'
import { accountChange } from './shred-view.ts'

/**
 * In the place of messages `fromSeq` to `nextSeq - 1`: the newest values of what they changed. The
 * leader has not signed it; what is said of an account is proved by the message at its `seq`.
 */
export interface DappConflated {
  readonly fromSeq: number
  readonly nextSeq: number
  /** Messages that were merged, those that pass no filter not counted. */
  readonly messageCount: number
  readonly accounts: readonly AccountChange[]
}

export function conflatedView(conflated: Conflated): DappConflated {
  const { fromSeq, nextSeq, messageCount, accounts } = conflated
  return {
    fromSeq,
    nextSeq,
    messageCount,
    accounts: accounts.map(({ seq, ...change }) => accountChange({ seq }, change)),
  }
}
