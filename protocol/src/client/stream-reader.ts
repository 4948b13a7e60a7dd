/**
 * What a client believes of a stream, apart from sockets: whose it is, which message comes next, and
 * the frames that wait to be read. Everything it hands out has been checked: the frame's signature, the
 * strict form of the message, its place in the chain.
 */

import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { createFrameVerifier } from '#frame-verifier'
import type { Conflated, Gap, Hello } from '../wire/control-messages.ts'
import type { FramedMessage, FrameVerifier } from '../wire/frame.ts'
import { MalformedFrameError, openFrameOrPart } from '../wire/frame.ts'
import type { ChainTip } from '../wire/message-chain.ts'
import { ChainVerifier, SeqGapError } from '../wire/message-chain.ts'
import { decodeMessage } from '../wire/message-codec.ts'
import type { StreamMessage } from '../wire/messages.ts'
import { EquivocationError } from './equivocation-error.ts'
import type { SignedMessage } from './signed-window.ts'
import { SignedWindow } from './signed-window.ts'
import { WrongStreamError } from './stream-errors.ts'
import type { WantedFilters } from './wanted-filters.ts'

/** A verified message and the bytes it was read from; its byte fields are views into them. */
export interface ReceivedMessage {
  readonly message: StreamMessage
  readonly bytes: Uint8Array
  /** The signed frame that it came in, or a part of it. */
  readonly signedIn: Uint8Array
  /** With filters: names of those that the shred passes. */
  readonly filters?: readonly string[]
  /** The frame that it is the last message of, as it was received: signed, and whole. */
  readonly frame?: ReceivedFrame
}

export interface ReceivedFrame {
  readonly bytes: Uint8Array
  readonly messageCount: number
}

/** What comes in the place of messages is the server's word, not the leader's. */
export type StreamEvent = ({ readonly type: 'message' } & ReceivedMessage) | Gap | Conflated

/**
 * Where to start: with what comes next, with the oldest message there is, with a given `seq`, or after
 * a message whose hash is known, which the stream then must continue.
 */
export type StreamStart = 'live' | 'oldest' | number | ChainTip

interface WaitingFrame {
  readonly bytes: Uint8Array
  readonly messages: readonly FramedMessage[]
  readonly byteLength: number
  /** The first frame after a subscription may begin before the message that was asked for. */
  readonly mayRepeat: boolean
}

/** Everything before `nextSeq` was sent, or passed no filter. */
interface Progress {
  readonly type: 'progress'
  readonly nextSeq: number
}

type Notice = Gap | Conflated | Progress

interface WaitingNotice {
  readonly notice: Notice
  readonly byteLength: number
}

/** What a heartbeat that waits counts for. */
const PROGRESS_BYTES = 64

export class StreamReader {
  readonly #leaderKey: Uint8Array | undefined
  #start: StreamStart
  #hello: Hello | undefined
  #verifier: FrameVerifier | undefined
  #chain: ChainVerifier | undefined
  #isFirstFrame = true
  /** Outlives connections: one may contradict the other. */
  readonly #signed = new SignedWindow()
  readonly #filters: WantedFilters | undefined
  #waiting: (WaitingFrame | WaitingNotice)[] = []
  /** Position in the oldest waiting frame. */
  #position = 0
  #waitingBytes = 0

  /** Without a key, the first hello's is taken and kept; without filters everything must come. */
  constructor(start: StreamStart, leaderKey?: Uint8Array, filters?: WantedFilters) {
    this.#start = start
    this.#leaderKey = leaderKey
    this.#filters = filters
  }

  /** The message that is to be delivered next; undefined before a hello. */
  get nextSeq(): number | undefined {
    return this.#chain?.nextSeq
  }

  /** Whether a message is known that the stream must continue. */
  get hasTip(): boolean {
    return this.#chain?.latestHash !== undefined
  }

  /** Bytes of what waits. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Messages of the frames that wait. */
  get waitingCount(): number {
    let count = -this.#position
    for (const item of this.#waiting) if ('messages' in item) count += item.messages.length
    return count
  }

  /**
   * Takes the hello of a new connection and returns where to subscribe from: a `seq` and, if it is
   * known, the hash of the message before it. Whole frames that wait stay, and are not sent again.
   * @throws WrongStreamError, and what `decodeMessage` throws
   */
  greet(hello: Hello): { readonly fromSeq: number; readonly prevHash?: Uint8Array } {
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
    this.#isFirstFrame = true
    const last = this.#filters === undefined ? this.#waiting.at(-1) : undefined
    const message = last && 'messages' in last ? last.messages.at(-1) : undefined
    if (message !== undefined) {
      return { fromSeq: decodeMessage(message.bytes).seq + 1, prevHash: message.hash }
    }
    this.drop()
    const { nextSeq: fromSeq = hello.nextSeq, latestHash: prevHash } = this.#chain
    return { fromSeq, ...(prevHash !== undefined && { prevHash }) }
  }

  /** Forgets the place in the chain; the next connection starts anew. */
  rewind(start: StreamStart): void {
    this.#start = start
    this.#chain = undefined
    this.drop()
  }

  /** Drops what waits; the next frame is the first of a new subscription. */
  drop(): void {
    this.#waiting = []
    this.#position = 0
    this.#waitingBytes = 0
    this.#isFirstFrame = true
  }

  /**
   * Verifies a frame and queues its messages; one that may repeat may begin before the message that
   * comes next.
   * @throws WrongStreamError before a hello, and what `openFrameOrPart` throws
   */
  push(bytes: Uint8Array, mayRepeat: boolean = this.#isFirstFrame): void {
    if (this.#verifier === undefined) throw new WrongStreamError('a frame came before the hello')
    const { messages, messageCount } = openFrameOrPart(bytes, this.#verifier)
    if (this.#filters === undefined && messages.length < messageCount) {
      throw new MalformedFrameError('messages were left out, though everything was asked for')
    }
    this.#waiting.push({ bytes, messages, byteLength: bytes.length, mayRepeat })
    this.#waitingBytes += bytes.length
    this.#isFirstFrame = false
  }

  /** Queues what came in the place of messages, and `byteLength` long. */
  pushNotice(notice: Gap | Conflated, byteLength: number): void {
    this.#waiting.push({ notice, byteLength })
    this.#waitingBytes += byteLength
  }

  /** Everything before `nextSeq` was sent: a subscriber with filters has missed nothing. */
  pushProgress(nextSeq: number): void {
    if (this.#filters === undefined) return
    const last = this.#waiting.at(-1)
    if (last !== undefined && 'notice' in last && last.notice.type === 'progress') {
      this.#waiting.pop()
      this.#waitingBytes -= last.byteLength
    }
    const notice: Progress = { type: 'progress', nextSeq }
    this.#waiting.push({ notice, byteLength: PROGRESS_BYTES })
    this.#waitingBytes += PROGRESS_BYTES
  }

  /**
   * What comes next, or undefined when nothing waits. A frame may begin before the message that is
   * due: a relay passes on frames as they were signed, and a leader that was restarted divides its
   * messages anew. One without anything new repeats.
   * @throws EquivocationError, and what `decodeMessage` and `ChainVerifier.check` throw
   */
  next(): StreamEvent | undefined {
    for (;;) {
      const waiting = this.#waiting[0]
      if (waiting === undefined || this.#chain === undefined) return undefined
      const framed = 'notice' in waiting ? undefined : waiting.messages[this.#position++]
      if (framed === undefined) {
        this.#waiting.shift()
        this.#position = 0
        this.#waitingBytes -= waiting.byteLength
      }
      const event = 'notice' in waiting ? this.#take(waiting.notice) : this.#open(waiting, framed)
      if (event !== undefined) return event
    }
  }

  #open(waiting: WaitingFrame, framed: FramedMessage | undefined): StreamEvent | undefined {
    if (framed === undefined) return undefined
    const { bytes, hash } = framed
    const chain = this.#chain!
    const message = decodeMessage(bytes)
    this.#checkEquivocation(message, { seq: message.seq, hash, frame: waiting.bytes })
    const isLast = this.#position === waiting.messages.length
    const isOld = chain.nextSeq !== undefined && message.seq < chain.nextSeq
    if (isOld && (!isLast || waiting.mayRepeat)) return undefined
    const signedIn = waiting.bytes
    if (this.#filters === undefined) {
      chain.check(message, bytes, hash)
      this.#signed.add({ seq: message.seq, hash, frame: signedIn })
      const messageCount = waiting.messages.length
      const frame = isLast && { bytes: waiting.bytes, messageCount }
      return { type: 'message', message, bytes, signedIn, ...(frame && { frame }) }
    }
    chain.skipTo(message.seq)
    chain.check(message, bytes, hash)
    this.#signed.add({ seq: message.seq, hash, frame: signedIn })
    const filters = this.#filters.passedBy(message)
    const isWanted = message.type !== 'shred' || filters.length > 0
    return isWanted ? { type: 'message', message, bytes, signedIn, filters } : undefined
  }

  /** Compares with what the leader signed before: of this message, and of the one before it. */
  #checkEquivocation({ seq, prevHash }: StreamMessage, signed: SignedMessage): void {
    this.#compare(this.#signed.at(seq), signed)
    this.#compare(this.#signed.at(seq - 1), { ...signed, seq: seq - 1, hash: prevHash })
  }

  #compare(first: SignedMessage | undefined, second: SignedMessage): void {
    if (first === undefined || equalBytes(first.hash, second.hash)) return
    const { leaderKey } = this.#hello!
    throw new EquivocationError({ seq: first.seq, leaderKey, first, second })
  }

  #take(notice: Notice): StreamEvent | undefined {
    const chain = this.#chain!
    if (notice.type === 'progress') {
      chain.skipTo(notice.nextSeq)
      return undefined
    }
    const { fromSeq, nextSeq } = notice
    const expectedSeq = chain.nextSeq ?? fromSeq
    // With filters the server may be further than this side knows.
    const isNext = this.#filters === undefined ? fromSeq === expectedSeq : fromSeq >= expectedSeq
    if (!isNext || nextSeq <= fromSeq) throw new SeqGapError(expectedSeq, fromSeq)
    chain.skipTo(nextSeq)
    return notice
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
