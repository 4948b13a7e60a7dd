/** How a stream can fail, as its consumer sees it. All but a lost connection are final. */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { CLOSE_LAGGED } from '../wire/close-codes.ts'
import type { RefusalCode, Refused } from '../wire/control-messages.ts'

/** Ancestor of every error that `messages$` or `hello` can end with. */
export class StreamError extends BaseError {
  override readonly name: string = 'Client.StreamError'
}

/** The address is not one of a WebSocket. */
export class InvalidStreamUrlError extends StreamError {
  override readonly name = 'Client.InvalidStreamUrlError'
}

/** The server said no; why is its `code`. */
export class RefusedError extends StreamError {
  override readonly name: string = 'Client.RefusedError'
  readonly code: RefusalCode
  readonly oldestSeq: number | undefined

  constructor(refused: Refused) {
    super(`the server refused the subscription: ${refused.reason}`)
    this.code = refused.code
    this.oldestSeq = refused.oldestSeq
  }
}

/** The wanted message is no longer there: start at `oldestSeq`, or from a snapshot. */
export class TooOldError extends RefusedError {
  override readonly name = 'Client.TooOldError'
}

/** The server has another message where this side has one already: it lost some, or it lies. */
export class OtherChainError extends RefusedError {
  override readonly name = 'Client.OtherChainError'
}

export function refusedError(refused: Refused): RefusedError {
  if (refused.code === 'tooOld') return new TooOldError(refused)
  return refused.code === 'otherChain' ? new OtherChainError(refused) : new RefusedError(refused)
}

/** Messages `fromSeq` to `nextSeq - 1` were dropped by the policy that was asked for. */
export class MessagesDroppedError extends StreamError {
  override readonly name = 'Client.MessagesDroppedError'
  readonly fromSeq: number
  readonly nextSeq: number

  constructor(fromSeq: number, nextSeq: number) {
    super(`messages ${fromSeq} to ${nextSeq - 1} were dropped: this side was too slow for them`)
    this.fromSeq = fromSeq
    this.nextSeq = nextSeq
  }
}

/** The connection could not be made or was lost; final only when reconnecting is off or spent. */
export class DisconnectedError extends StreamError {
  override readonly name: string = 'Client.DisconnectedError'
  /** WebSocket close code (`close-codes.ts`); 1006 when there was no closing handshake. */
  readonly closeCode: number

  constructor(url: string, closeCode: number, reason: string, cause?: unknown) {
    const why = cause instanceof Error ? connectFailure(cause) : reason
    super(`no connection to ${url}: ${why === '' ? `closed with code ${closeCode}` : why}`, {
      cause,
    })
    this.closeCode = closeCode
  }
}

/** The server cut this side for being too slow, when what it wanted next was gone. */
export class LaggedError extends DisconnectedError {
  override readonly name = 'Client.LaggedError'
}

export function disconnectedError(url: string, closeCode: number, reason: string) {
  const Kind = closeCode === CLOSE_LAGGED ? LaggedError : DisconnectedError
  return new Kind(url, closeCode, reason)
}

/** Node joins the errors of several addresses into one that says nothing itself. */
function connectFailure(cause: Error): string {
  const first = cause instanceof AggregateError ? cause.errors[0] : cause
  return first instanceof Error ? first.message : String(first)
}

/** Nothing, not even a ping, came for the read deadline. Not final either. */
export class SilentServerError extends StreamError {
  override readonly name = 'Client.SilentServerError'

  constructor(url: string, deadlineMs: number) {
    super(`${url} has been silent for ${deadlineMs} ms`)
  }
}

/** What came is not a valid stream: bad signature, gap, broken chain, malformed bytes (`cause`). */
export class InvalidStreamError extends StreamError {
  override readonly name = 'Client.InvalidStreamError'

  constructor(cause: unknown) {
    const why = cause instanceof BaseError ? cause.shortMessage : String(cause)
    super(`the stream is not valid: ${why}`, { cause })
  }
}

/** What a stream ends with when this was thrown: what came over it was not valid. */
export function streamErrorOf(error: unknown): StreamError {
  return error instanceof StreamError ? error : new InvalidStreamError(error)
}

/** The server streams for another leader or chain than was asked for, or than it did before. */
export class WrongStreamError extends StreamError {
  override readonly name = 'Client.WrongStreamError'
}

/** The stream was closed on this side. */
export class StreamClosedError extends StreamError {
  override readonly name = 'Client.StreamClosedError'
}
