/**
 * The journal: the state of one execution, as an overlay over multi-version memory. It caches what
 * was read, keeps what was changed with an undo log, and in the end stages the writes. It also
 * holds what EIP-2929 calls accessed and EIP-161 touched, because both are undone with the rest.
 *
 *   access.ts    the execution, its reads, and why it stopped
 *   entries.ts   records of accounts and slots; lookup.ts finds them, undo-log.ts takes them back
 *   account.ts   an account: nonce, existence, touch, deletion; balance.ts and code.ts the rest
 *   slot.ts      a slot and the transient one beside it
 *   stage.ts     the writes that are left in the end; logs.ts the logs
 *
 * Everything lives in the worker's heap and is forgotten when the next execution begins, at no
 * cost: entries are allocated anew and the indices count by a stamp. Handles of accounts and slots
 * are the addresses of their entries. Whoever calls checks `hasStopped` where it would go on with a
 * value that it read, and at the latest after `stageState`.
 */

import { beginAccess, resumeEagerly } from './access'
import { rewindAccounts } from './account'
import { beginEntries } from './entries'
import { beginLogs } from './logs'
import { beginLookup } from './lookup'
import { beginUndoLog, revertAll } from './undo-log'

export {
  deletesEmptyAccounts,
  hasStopped,
  STOPPED_BY_ESTIMATE,
  STOPPED_BY_FUNDS,
  stoppedBy,
  stoppedCause,
} from './access'
export { stageState } from './stage'
export { checkpoint, revertTo } from './undo-log'

/** Starts over for `txIndex`; `isEager`: nothing is assumed that can be read. */
export function beginState(txIndex: u32, isEager: bool): void {
  beginEntries()
  beginAccess(txIndex, isEager)
  beginLookup()
  beginUndoLog()
  beginLogs()
}

/**
 * Takes back every change and why the execution stopped, to execute the same transaction again,
 * eagerly. Reads stay cached and recorded, and handles stay valid.
 */
export function rewind(): void {
  revertAll()
  rewindAccounts()
  resumeEagerly()
}
