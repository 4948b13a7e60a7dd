/** The journal by itself, beside the core, for its tests. */

import { convertWritesToEstimates } from './stm/write-set'
import { executionOf } from './stm/tx'

export * from './index'
export { emptyCode } from './journal/code'
export {
  accountAt,
  beginContract,
  codeHashOf,
  codeOf,
  createCode,
  credit,
  creditOverflows,
  debit,
  deleteTouchedEmptyAccounts,
  destroy,
  exists,
  expectNonce,
  hasCode,
  hasOrphanStorage,
  isBalanceKnown,
  isCreated,
  isDestroyed,
  isEmpty,
  markCreated,
  readBalance,
  readNonce,
  record,
  requireBalance,
  setCode,
  setNonce,
  touch,
  tryDebit,
  warmAccount,
} from './journal/account'
export { appendLog, encodedLogBytes, encodeLogs, logCount } from './journal/logs'
export {
  readOriginal,
  readSlot,
  readTransient,
  slotAt,
  warmSlot,
  writeSlot,
  writeTransient,
} from './journal/slot'
export {
  beginState,
  checkpoint,
  hasStopped,
  revertTo,
  rewind,
  stageState,
  stoppedBy,
  stoppedCause,
} from './journal/state'

/** What becomes of the writes of an execution that is found invalid. */
export function invalidate(txIndex: u32): void {
  convertWritesToEstimates(executionOf(txIndex))
}
