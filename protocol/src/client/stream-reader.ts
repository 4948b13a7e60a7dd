/**
 * What a client believes of a stream, apart from sockets: whose it is, which message comes next, and
 * the frames that wait to be read. Everything it hands out has been checked: the frame's signature, the
 * strict form of the message, its place in the chain.
 */

import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Hello } from '../wire/control-messages.ts'
import type { FrameVerifier } from '../wire/frame.ts'
import { openFrame } from '../wire/frame.ts'
import { createFrameVerifier } from '../wire/frame-verifier.ts'
import type { ChainTip } from '../wire/message-chain.ts'
import { ChainVerifier } from '../wire/message-chain.ts'
import { decodeMessage } from '../wire/message-codec.ts'
import type { StreamMessage } from '../wire/messages.ts'
import { WrongStreamError } from './stream-errors.ts'

/** A verified message and the bytes it was read from; its byte fields are views into them. */
export interface ReceivedMessage {
  readonly message: StreamMessage
  readonly bytes: Uint8Array
  /** The frame that it is the last message of, as it was received: signed, and whole. */
  readonly frame?: ReceivedFrame
}

export interface ReceivedFrame {
  readonly bytes: Uint8Array
  readonly messageCount: number
}

/**
 * Where to start: with what comes next, with the oldest message there is, with a given `seq`, or after
 * a message whose hash is known, which the stream then must continue.
 */
export type StreamStart = 'live' | 'oldest' | number | ChainTip

interface WaitingFrame {
  readonly bytes: Uint8Array
  readonly messages: readonly Uint8Array[]
}

export class StreamReader {
  readonly #leaderKey: Uint8Array | undefined
  #start: StreamStart
  #hello: Hello | undefined
  #verifier: FrameVerifier | undefined
  #chain: ChainVerifier | undefined
  #frames: WaitingFrame[] = []
  /** Position in the oldest waiting frame. */
  #position = 0
  #waitingBytes = 0

  /** Without a key, the first hello's is taken and kept. */
  constructor(start: StreamStart, leaderKey: Uint8Array | undefined) {
    this.#start = start
    this.#leaderKey = leaderKey
  }

  /** Bytes of the frames that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Whether a message is known that the stream must continue. */
  get hasTip(): boolean {
    return this.#chain?.latestHash !== undefined
  }

  /**
   * Takes the hello of a new connection and returns the `seq` to subscribe from: behind the frames
   * that still wait, which are whole and signed.
   * @throws WrongStreamError, and what `decodeMessage` throws
   */
  greet(hello: Hello): number {
    const before = this.#hello
    const expectedKey = this.#leaderKey ?? before?.leaderKey
    if (expectedKey !== undefined && !equalBytes(expectedKey, hello.leaderKey)) {
      throw new WrongStreamError(
        `the server streams for leader ${bytesToHex(hello.leaderKey)}, ` +
          `expected ${bytesToHex(expectedKey)}`,
      )
    }
    if (before !== undefined && !isSameChain(before, hello)) {
      throw new WrongStreamError('the server streams another chain than before')
    }
    this.#hello = hello
    this.#verifier ??= createFrameVerifier(hello.leaderKey)
    this.#chain ??= new ChainVerifier(startingTip(this.#start, hello))
    const waiting = this.#frames.at(-1)?.messages.at(-1)
    if (waiting !== undefined) return decodeMessage(waiting).seq + 1
    return this.#chain.nextSeq ?? hello.nextSeq
  }

  /** Forgets the place in the chain; the next connection starts anew. */
  rewind(start: StreamStart): void {
    this.#start = start
    this.#chain = undefined
    this.drop()
  }

  /** Drops the frames that wait. */
  drop(): void {
    this.#frames = []
    this.#position = 0
    this.#waitingBytes = 0
  }

  /**
   * Verifies a frame and queues its messages.
   * @throws WrongStreamError before a hello, and what `openFrame` throws
   */
  push(bytes: Uint8Array): void {
    if (this.#verifier === undefined) throw new WrongStreamError('a frame came before the hello')
    this.#frames.push({ bytes, messages: openFrame(bytes, this.#verifier) })
    this.#waitingBytes += bytes.length
  }

  /**
   * The next message, or undefined when none waits. A frame may begin before it: a relay passes on
   * frames as they were signed, and a leader that was restarted divides its messages anew. One
   * without anything new repeats.
   * @throws what `decodeMessage` and `ChainVerifier.check` throw
   */
  next(): ReceivedMessage | undefined {
    for (;;) {
      const frame = this.#frames[0]
      if (frame === undefined || this.#chain === undefined) return undefined
      const bytes = frame.messages[this.#position++]
      if (bytes === undefined) {
        this.#frames.shift()
        this.#position = 0
        this.#waitingBytes -= frame.bytes.length
        continue
      }
      const message = decodeMessage(bytes)
      const isLast = this.#position === frame.messages.length
      const expectedSeq = this.#chain.nextSeq ?? message.seq
      if (!isLast && message.seq < expectedSeq) continue
      this.#chain.check(message, bytes)
      if (!isLast) return { message, bytes }
      return { message, bytes, frame: { bytes: frame.bytes, messageCount: frame.messages.length } }
    }
  }
}

function startingTip(start: StreamStart, hello: Hello): Partial<ChainTip> {
  if (start === 'live') return { nextSeq: hello.nextSeq, latestHash: hello.latestHash }
  if (start === 'oldest') return { nextSeq: hello.oldestSeq }
  return typeof start === 'number' ? { nextSeq: start } : start
}

function isSameChain(a: Hello, b: Hello): boolean {
  return a.chainId === b.chainId && equalBytes(a.genesisHash, b.genesisHash)
}
