/** What can go wrong for a dApp besides the stream itself (`stream-errors.ts`). */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { StreamError } from '../stream-errors.ts'

/** An address, hash, filter or URL is none. Thrown at the call, before anything is opened. */
export class InvalidArgumentError extends StreamError {
  override readonly name = 'Dapp.InvalidArgumentError'
}

/** Messages are missing: the server no longer has them, or dropped them for this side was too slow. */
export class GapError extends StreamError {
  override readonly name = 'Dapp.GapError'
  /** The first message that is missing. */
  readonly fromSeq: number
  /** The next message that there is. */
  readonly nextSeq: number
  readonly reason: 'gone' | 'dropped'

  constructor(fromSeq: number, nextSeq: number, reason: 'gone' | 'dropped') {
    const why = { gone: 'are gone from the server', dropped: 'were dropped: too slow for them' }
    super(`messages ${fromSeq} to ${nextSeq - 1} ${why[reason]}`)
    this.fromSeq = fromSeq
    this.nextSeq = nextSeq
    this.reason = reason
  }
}

/** No shred of the transaction came in time. It may still be committed later. */
export class ReceiptTimeoutError extends StreamError {
  override readonly name = 'Dapp.ReceiptTimeoutError'
  readonly transactionHash: Hex

  /** @param cause why JSON-RPC did not know either, when it was asked and failed */
  constructor(transactionHash: Hex, timeoutMs: number, cause?: unknown) {
    super(`no receipt of ${transactionHash} within ${timeoutMs} ms`, { cause })
    this.transactionHash = transactionHash
  }
}

/** More receipts are waited for than `limit`. */
export class TooManyWaitsError extends StreamError {
  override readonly name = 'Dapp.TooManyWaitsError'

  constructor(limit: number) {
    super(`more than ${limit} receipts are waited for`)
  }
}

/** JSON-RPC could not be reached, or answered with an error or with what is none of its answers. */
export class RpcRequestError extends StreamError {
  override readonly name = 'Dapp.RpcRequestError'
  readonly method: string
  /** The answer's error code, when that is what failed. */
  readonly code: number | undefined

  constructor(method: string, reason: string, options: { code?: number; cause?: unknown } = {}) {
    super(`${method}: ${reason}`, { cause: options.cause })
    this.method = method
    this.code = options.code
  }
}

/** The balance behind a block could not be had from JSON-RPC (`cause`). */
export class UnknownBalanceError extends StreamError {
  override readonly name = 'Dapp.UnknownBalanceError'

  constructor(address: Hex, blockHash: Hex, cause: unknown) {
    super(`no balance of ${address} behind block ${blockHash}`, { cause })
  }
}

/** The ABI has no event of this name. Thrown at the call. */
export class UnknownEventError extends StreamError {
  override readonly name = 'Dapp.UnknownEventError'

  constructor(eventName: string, known: readonly string[]) {
    const names = known.length === 0 ? 'none' : known.join(', ')
    super(`the ABI has no event ${eventName}; it has ${names}`)
  }
}

/** The contract logged an event that the ABI does not have. */
export class EventNotInAbiError extends StreamError {
  override readonly name = 'Dapp.EventNotInAbiError'
  /** First topic, if any. */
  readonly topic: Hex | undefined

  constructor(address: Hex, topic: Hex | undefined) {
    super(`${address} logged ${topic ?? 'an event without a topic'}, which is not in the ABI`)
    this.topic = topic
  }
}

/** The event is in the ABI, but topics or data are not as it says (`cause`). */
export class UndecodableLogError extends StreamError {
  override readonly name = 'Dapp.UndecodableLogError'

  constructor(address: Hex, cause: unknown) {
    super(`a log of ${address} does not fit the ABI`, { cause })
  }
}
