/**
 * WebSocket close codes of the stream: 4000 plus the HTTP status that means the same. Together with
 * 1001 (the server goes away in order) and 1011 (it cannot read its own log) they are all a client needs to decide what to do next.
 *
 *     code  cause                                              a client may
 *     4400  a message that it may not send, or not then         not retry
 *     4401  missing or wrong token                              not retry
 *     4404  there is nothing to make a snapshot of              ask another server
 *     4406  another protocol version                            not retry
 *     4408  no Subscribe in time                                retry
 *     4409  the message before the wanted one is another here  start elsewhere
 *     4410  the wanted seq, or snapshot, is no longer there     start elsewhere
 *     4413  more filters or items than one may have             ask for less
 *     4416  the wanted seq, or snapshot, does not exist yet     retry, or start elsewhere
 *     4429  too many messages                                   resume later
 *     4503  no place for another subscriber                     retry later
 *     4507  no memory left for filters                          retry later, ask for less
 *     4509  the subscriber reads too slowly                     resume
 */

import type { RefusalCode } from './control-messages.ts'

export const CLOSE_GOING_AWAY = 1001
export const CLOSE_INTERNAL_ERROR = 1011
export const CLOSE_BAD_REQUEST = 4400
export const CLOSE_HANDSHAKE_TIMEOUT = 4408
export const CLOSE_TOO_MANY_MESSAGES = 4429
export const CLOSE_LAGGED = 4509

/** The close code that follows each refusal. */
export const CLOSE_CODE_OF_REFUSAL: Readonly<Record<RefusalCode, number>> = {
  badRequest: CLOSE_BAD_REQUEST,
  unauthorized: 4401,
  wrongVersion: 4406,
  tooOld: 4410,
  ahead: 4416,
  full: 4503,
  otherChain: 4409,
  filterTooLarge: 4413,
  filtersFull: 4507,
  noSnapshot: 4404,
}
