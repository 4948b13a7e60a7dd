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
import { ChainVerifier, messageHash } from '../wire/message-chain.ts'
import { decodeMessage } from '../wire/message-codec.ts'
import type { StreamMessage } from '../wire/messages.ts'
import { EquivocationError } from './equivocation-error.ts'
import type { SignedMessage } from './signed-window.ts'
import { SignedWindow } from './signed-window.ts'
import { WrongStreamError } from './stream-errors.ts'

/** A verified message and the bytes it was read from; its byte fields are views into them. */
export interface ReceivedMessage {
  readonly message: StreamMessage
  readonly bytes: Uint8Array
  /** The signed frame that it came in. */
  readonly frame: Uint8Array
}

/**
 * Where to start: with what comes next, with the oldest message there is, with a given `seq`, or after
 * a message whose hash is known, which the stream then must continue.
 */
export type StreamStart = 'live' | 'oldest' | number | ChainTip

interface WaitingFrame {
  readonly bytes: Uint8Array
  readonly messages: readonly Uint8Array[]
  /** The first frame after a subscription may begin before the message that was asked for. */
  readonly mayRepeat: boolean
}

export class StreamReader {
  readonly #leaderKey: Uint8Array | undefined
  #start: StreamStart
  #hello: Hello | undefined
  #verifier: FrameVerifier | undefined
  #chain: ChainVerifier | undefined
  #isFirstFrame = true
  /** Outlives connections: one may contradict the other. */
  readonly #signed = new SignedWindow()
  #frames: WaitingFrame[] = []
  /** Position in the oldest waiting frame. */
  #position = 0
  #waitingBytes = 0

  /** Without a key, the first hello's is taken and kept. */
  constructor(start: StreamStart, leaderKey: Uint8Array | undefined) {
    this.#start = start
    this.#leaderKey = leaderKey
  }

  /** The message that comes next; undefined before the first hello. */
  get nextSeq(): number | undefined {
    return this.#chain?.nextSeq
  }

  /** Bytes of the frames that wait. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /**
   * Takes the hello of a new connection and returns the `seq` to subscribe from. Frames that still
   * wait are dropped: they will come again.
   * @throws WrongStreamError
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
    this.drop()
    this.#chain ??= new ChainVerifier(startingTip(this.#start, hello))
    return this.#chain.nextSeq ?? hello.nextSeq
  }

  /** Forgets the place in the chain; the next connection starts anew. */
  rewind(start: StreamStart): void {
    this.#start = start
    this.#chain = undefined
    this.drop()
  }

  /** Drops the frames that wait; the next frame is the first of a new subscription. */
  drop(): void {
    this.#frames = []
    this.#position = 0
    this.#waitingBytes = 0
    this.#isFirstFrame = true
  }

  /**
   * Verifies a frame and queues its messages; one that may repeat may begin before the message that
   * comes next.
   * @throws WrongStreamError before a hello, and what `openFrame` throws
   */
  push(bytes: Uint8Array, mayRepeat: boolean = this.#isFirstFrame): void {
    if (this.#verifier === undefined) throw new WrongStreamError('a frame came before the hello')
    const messages = openFrame(bytes, this.#verifier)
    this.#frames.push({ bytes, messages, mayRepeat })
    this.#waitingBytes += bytes.length
    this.#isFirstFrame = false
  }

  /**
   * The next message, or undefined when none waits.
   * @throws EquivocationError, and what `decodeMessage` and `ChainVerifier.check` throw
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
      this.#checkEquivocation(message, bytes, frame.bytes)
      const expectedSeq = this.#chain.nextSeq
      if (frame.mayRepeat && expectedSeq !== undefined && message.seq < expectedSeq) continue
      this.#chain.check(message, bytes)
      const hash = this.#chain.latestHash!
      this.#signed.add({ seq: message.seq, hash, frame: frame.bytes })
      return { message, bytes, frame: frame.bytes }
    }
  }

  /** Compares with what the leader signed before: of this message, and of the one before it. */
  #checkEquivocation({ seq, prevHash }: StreamMessage, bytes: Uint8Array, frame: Uint8Array): void {
    const same = this.#signed.at(seq)
    if (same !== undefined) this.#compare(same, { seq, hash: messageHash(bytes), frame })
    const before = this.#signed.at(seq - 1)
    if (before !== undefined) this.#compare(before, { seq: seq - 1, hash: prevHash, frame })
  }

  #compare(first: SignedMessage, second: SignedMessage): void {
    if (equalBytes(first.hash, second.hash)) return
    const { leaderKey } = this.#hello!
    throw new EquivocationError({ seq: first.seq, leaderKey, first, second })
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
