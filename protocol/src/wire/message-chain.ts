/**
 * The chain that runs through all messages of a stream, from both ends: `MessageChain` gives each
 * message its `seq` and `prevHash`, `ChainVerifier` checks that nothing was left out, repeated,
 * reordered or replaced.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeMessage } from './message-codec.ts'
import type { MessageDraft, StreamMessage } from './messages.ts'

/** Messages are missing between the last one and this one. */
export class SeqGapError extends BaseError {
  override readonly name = 'Wire.SeqGapError'
  readonly expectedSeq: number
  readonly seq: number

  constructor(expectedSeq: number, seq: number) {
    super(`gap in the stream: expected message ${expectedSeq}, got ${seq}`)
    this.expectedSeq = expectedSeq
    this.seq = seq
  }
}

/** A message that was there before, or one out of order. */
export class RepeatedSeqError extends BaseError {
  override readonly name = 'Wire.RepeatedSeqError'
  readonly expectedSeq: number
  readonly seq: number

  constructor(expectedSeq: number, seq: number) {
    super(`message ${seq} again: expected message ${expectedSeq}`)
    this.expectedSeq = expectedSeq
    this.seq = seq
  }
}

/** The number is right, but the message does not continue the one before it. */
export class BrokenChainError extends BaseError {
  override readonly name = 'Wire.BrokenChainError'
  readonly seq: number
  readonly expectedHash: Uint8Array
  readonly prevHash: Uint8Array

  constructor(seq: number, expectedHash: Uint8Array, prevHash: Uint8Array) {
    super(`message ${seq} does not continue the stream before it`, {
      details: `expected prevHash ${bytesToHex(expectedHash)}, got ${bytesToHex(prevHash)}`,
    })
    this.seq = seq
    this.expectedHash = expectedHash
    this.prevHash = prevHash
  }
}

/** `prevHash` of message 0. */
export const NO_MESSAGE_HASH: Uint8Array = new Uint8Array(32)

/** Hash of a message: keccak-256 of its encoded bytes. */
export function messageHash(bytes: Uint8Array): Uint8Array {
  return keccak256(bytes)
}

export interface ChainedMessage {
  readonly seq: number
  readonly message: StreamMessage
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
}

/** The end of a chain: what comes next, and what it must continue. */
export interface ChainTip {
  readonly nextSeq: number
  readonly latestHash: Uint8Array
}

export class MessageChain {
  #nextSeq: number
  #latestHash: Uint8Array

  /** Starts a stream, or continues one from its last message. */
  constructor(tip: ChainTip = { nextSeq: 0, latestHash: NO_MESSAGE_HASH }) {
    this.#nextSeq = tip.nextSeq
    this.#latestHash = tip.latestHash
  }

  get tip(): ChainTip {
    return { nextSeq: this.#nextSeq, latestHash: this.#latestHash }
  }

  /**
   * Gives the draft the next place and encodes it. A draft that cannot be encoded takes no place.
   * @throws InvalidFieldError, MessageTooLargeError
   */
  append(draft: MessageDraft): ChainedMessage {
    const seq = this.#nextSeq
    const message: StreamMessage = { ...draft, seq, prevHash: this.#latestHash }
    const bytes = encodeMessage(message)
    const hash = messageHash(bytes)
    this.#nextSeq = seq + 1
    this.#latestHash = hash
    return { seq, message, bytes, hash }
  }
}

export class ChainVerifier {
  #nextSeq: number | undefined
  #latestHash: Uint8Array | undefined

  /**
   * Without `nextSeq` the first message may have any number; without `latestHash` it may continue
   * anything (only message 0 is known to continue nothing).
   */
  constructor(tip: Partial<ChainTip> = {}) {
    this.#nextSeq = tip.nextSeq
    this.#latestHash = tip.latestHash
  }

  /** `seq` that the next message must have; undefined while any will do. */
  get nextSeq(): number | undefined {
    return this.#nextSeq
  }

  get latestHash(): Uint8Array | undefined {
    return this.#latestHash
  }

  /**
   * Checks that the message, whose bytes are `bytes`, continues the chain, and moves on to it. `hash`
   * is the message's, for who knows it already.
   * @throws SeqGapError, RepeatedSeqError, BrokenChainError
   */
  check(message: StreamMessage, bytes: Uint8Array, hash = messageHash(bytes)): void {
    const { seq, prevHash } = message
    const expectedSeq = this.#nextSeq ?? seq
    if (seq > expectedSeq) throw new SeqGapError(expectedSeq, seq)
    if (seq < expectedSeq) throw new RepeatedSeqError(expectedSeq, seq)
    const expectedHash = seq === 0 ? NO_MESSAGE_HASH : this.#latestHash
    if (expectedHash !== undefined && !equalBytes(expectedHash, prevHash)) {
      throw new BrokenChainError(seq, expectedHash, prevHash)
    }
    this.#nextSeq = seq + 1
    this.#latestHash = hash
  }

  /** Goes on with message `nextSeq`, whatever it continues; not backwards. */
  skipTo(nextSeq: number): void {
    if (this.#nextSeq !== undefined && nextSeq <= this.#nextSeq) return
    this.#nextSeq = nextSeq
    this.#latestHash = undefined
  }
}
