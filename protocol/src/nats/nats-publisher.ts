/**
 * Puts the frames of a stream on a NATS JetStream stream, whoever has them: a leader or a relay. Nobody
 * waits for it: frames are kept in memory for a while, what falls off there is read from the log, and
 * what is in neither is told and counted, never left out in silence.
 *
 *     connecting -> publishing -> waiting -> connecting ...      failed: the stream is another one's
 *
 * Each connection begins where the NATS stream ends. A message is taken only behind the one before it
 * (`Nats-Expected-Last-Msg-Id`), so that the order holds whatever fails, and with several publishers.
 */

import { setTimeout } from 'node:timers/promises'
import type { ReconnectOptions } from '../client/reconnect-delay.ts'
import { reconnectDelayMs } from '../client/reconnect-delay.ts'
import type { FrameArchive } from '../server/frame-archive.ts'
import type { FrameLogLimits, PublishedFrame } from '../server/frame-log.ts'
import { FrameLog } from '../server/frame-log.ts'
import type { StreamIdentity } from '../server/stream-server.ts'
import type { ChainTip } from '../wire/message-chain.ts'
import type { WindowLimits } from './ack-window.ts'
import { AckWindow } from './ack-window.ts'
import type { NatsAddress } from './nats-address.ts'
import { natsText, parseNatsUrl } from './nats-address.ts'
import { natsFailure } from './nats-failure.ts'
import type { ExpectedEnd, NatsRetention } from './nats-frame-stream.ts'
import { connectNats, NatsFrameStream } from './nats-frame-stream.ts'
import { NatsPayloadLimitError, partsOf } from './nats-message.ts'
import { checkContinues, NatsStreamMismatchError, streamEnd } from './stream-end.ts'

export interface NatsPublisherOptions {
  /** `nats://HOST:PORT/STREAM` */
  readonly url: string
  readonly identity: StreamIdentity
  /** Default 1 GiB and a day. */
  readonly retention?: Partial<NatsRetention>
  /** Where the stream stands; default: before its first message. */
  readonly tip?: ChainTip
  /** Frames that are no longer in memory. */
  readonly archive?: FrameArchive
  /** Frames kept in memory; default 64 MiB, 65,536 frames. They are shared with the stream server. */
  readonly memory?: Partial<FrameLogLimits>
  /** Sent and not yet acknowledged; default 256 messages, 8 MiB and one message. */
  readonly window?: Partial<WindowLimits>
  readonly reconnect?: Pick<ReconnectOptions, 'minDelayMs' | 'maxDelayMs'>
  /** A line for the log. */
  readonly onNotice?: (level: 'info' | 'warn' | 'error', line: string) => void
}

/** Where to publish, as a command is told it. */
export type NatsTarget = Pick<NatsPublisherOptions, 'url' | 'retention' | 'onNotice'>

export const DEFAULT_NATS_RETENTION: NatsRetention = {
  maxBytes: 2 ** 30,
  maxAgeMs: 24 * 3600 * 1000,
}

/** Counts since the start. */
export interface NatsPublisherStats {
  readonly status: 'connecting' | 'publishing' | 'waiting' | 'failed' | 'closed'
  /** Frames and messages that the server has acknowledged. */
  readonly frames: number
  readonly messages: number
  /** Frames that were read from the log, because memory no longer had them. */
  readonly framesFromArchive: number
  /** Messages that were in neither, and will never be in the NATS stream. */
  readonly messagesSkipped: number
  readonly connectionsLost: number
  /** The newest acknowledged message; undefined before the first. */
  readonly ackedSeq: number | undefined
  /** Messages that wait. */
  readonly behind: number
}

/** What is no count of something that happened. */
export const NATS_LEVELS: ReadonlySet<string> = new Set(['ackedSeq', 'behind'])

const CLOSE_TIMEOUT_MS = 2000

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export class NatsPublisher {
  readonly #options: NatsPublisherOptions
  readonly #address: NatsAddress
  readonly #memory: FrameLog
  readonly #stats: Mutable<Omit<NatsPublisherStats, 'behind'>>
  readonly #closing = new AbortController()
  readonly #running: Promise<void>
  #wake: () => void = () => {}

  /**
   * Connects by itself, and again whenever the connection is lost.
   * @throws InvalidNatsAddressError
   */
  constructor(options: NatsPublisherOptions) {
    this.#options = options
    this.#address = parseNatsUrl(options.url)
    const { maxBytes = 64 * 2 ** 20, maxFrames = 65_536 } = options.memory ?? {}
    this.#memory = new FrameLog({ maxBytes, maxFrames }, options.tip)
    this.#stats = {
      status: 'connecting',
      frames: 0,
      messages: 0,
      framesFromArchive: 0,
      messagesSkipped: 0,
      connectionsLost: 0,
      ackedSeq: undefined,
    }
    this.#running = this.#run()
  }

  /**
   * Takes the next frame; returns at once.
   * @throws FrameOrderError
   */
  publish(frame: PublishedFrame): void {
    this.#memory.append(frame)
    this.#wake()
  }

  stats(): NatsPublisherStats {
    const { ackedSeq } = this.#stats
    const { nextSeq } = this.#memory.tip
    const behind = Math.max(0, nextSeq - (ackedSeq === undefined ? this.#oldestSeq : ackedSeq + 1))
    return { ...this.#stats, behind }
  }

  /** Sends what it can within two seconds, and ends. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#wake()
    const timeout = new AbortController()
    const { signal } = timeout
    const late = setTimeout(CLOSE_TIMEOUT_MS, undefined, { signal }).catch(() => {})
    await Promise.race([this.#running, late])
    timeout.abort()
    const { behind } = this.stats()
    if (behind > 0) this.#notice('warn', `closed with ${behind} messages not published`)
    this.#stats.status = 'closed'
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted
  }

  get #oldestSeq(): number {
    return Math.min(this.#options.archive?.oldestSeq ?? Infinity, this.#memory.oldestSeq)
  }

  async #run(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      this.#stats.status = 'connecting'
      const before = this.#stats.ackedSeq
      try {
        await this.#publishOverOneConnection()
        return
      } catch (error) {
        if (error instanceof NatsStreamMismatchError || error instanceof NatsPayloadLimitError) {
          this.#stats.status = 'failed'
          this.#notice('error', `ends: ${error.shortMessage}`)
          return
        }
        if (this.#isClosing) return
        if (this.#stats.ackedSeq !== before) attempt = 0
        await this.#wait(error, attempt)
      }
    }
  }

  async #wait(error: unknown, attempt: number): Promise<void> {
    this.#stats.status = 'waiting'
    this.#stats.connectionsLost++
    const delayMs = reconnectDelayMs(attempt, this.#options.reconnect ?? {})
    const behind = `${this.stats().behind} messages wait`
    const again = `trying again in ${Math.round(delayMs)} ms`
    this.#notice('warn', `${natsFailure(error)}; ${behind}; ${again}`)
    const { signal } = this.#closing
    await setTimeout(delayMs, undefined, { signal }).catch(() => {})
  }

  /** Returns when it was closed and all is acknowledged. */
  async #publishOverOneConnection(): Promise<void> {
    const connection = await connectNats(this.#address)
    let lost: Error | undefined
    connection.closed().then((error) => {
      lost = error ?? new Error('the connection was closed')
      this.#wake()
    })
    try {
      const stream = await NatsFrameStream.of(connection, this.#address.stream)
      await stream.ensure({ ...DEFAULT_NATS_RETENTION, ...this.#options.retention })
      const maxPayload = connection.info?.max_payload ?? 0
      await this.#pump(stream, maxPayload, () => {
        if (lost !== undefined) throw lost
      })
    } finally {
      await connection.close()
    }
  }

  async #pump(stream: NatsFrameStream, maxPayload: number, checkLine: () => void): Promise<void> {
    const { identity } = this.#options
    const end = await streamEnd(stream, identity)
    const { maxMessages = 256, maxBytes = 8 * 2 ** 20 } = this.#options.window ?? {}
    const window = new AckWindow({ maxMessages, maxBytes }, () => this.#wake())
    let nextSeq = end.nextSeq ?? this.#firstSeq
    // Acknowledged to this publisher or to one before it.
    if (nextSeq > 0 && end.nextSeq !== undefined) this.#stats.ackedSeq = nextSeq - 1
    let expected: ExpectedEnd = { lastSequence: end.position }
    let isFirst = true
    this.#stats.status = 'publishing'
    this.#tellStart(nextSeq)
    for (;;) {
      // Taken before looking, so that no change falls between looking and waiting.
      const changed = this.#changed()
      checkLine()
      window.check()
      const frame = window.hasRoom ? await this.#frameAt(nextSeq) : undefined
      if (frame === undefined) {
        if (this.#isClosing && window.isEmpty && nextSeq >= this.#memory.tip.nextSeq) return
        await changed
        continue
      }
      if (isFirst) checkContinues(frame, nextSeq, end, identity)
      isFirst = false
      const parts = partsOf(frame, identity, maxPayload)
      for (const [index, part] of parts.entries()) {
        const isLast = index === parts.length - 1
        const onAck = isLast ? () => this.#acked(frame) : () => {}
        window.add(part.bytes.length, stream.publish(part, expected), onAck)
        expected = { lastMsgID: part.id }
      }
      nextSeq = frame.lastSeq + 1
      await this.#yield(frame)
    }
  }

  /** With an empty NATS stream: behind what it once had, or with the oldest that there is. */
  get #firstSeq(): number {
    const { ackedSeq } = this.#stats
    return ackedSeq === undefined ? this.#oldestSeq : ackedSeq + 1
  }

  /** The frame that holds message `seq`, or what comes next where it is nowhere any more. */
  async #frameAt(seq: number): Promise<PublishedFrame | undefined> {
    const memory = this.#memory
    if (seq >= memory.tip.nextSeq) return undefined
    if (seq >= memory.oldestSeq) return memory.at(memory.indexOf(seq))
    const frame = await this.#options.archive?.frameAt(seq, memory.oldestSeq)
    if (frame !== undefined) {
      this.#stats.framesFromArchive++
      return frame
    }
    return this.#frameAt(Math.max(seq + 1, this.#oldestSeq))
  }

  #acked({ firstSeq, lastSeq }: PublishedFrame): void {
    const before = this.#stats.ackedSeq ?? firstSeq - 1
    const skipped = Math.max(0, firstSeq - 1 - before)
    if (skipped > 0) {
      this.#stats.messagesSkipped += skipped
      const missing = `messages ${before + 1} to ${firstSeq - 1}`
      this.#notice('error', `${missing} were nowhere any more and are left out`)
    }
    this.#stats.frames++
    this.#stats.messages += lastSeq - before - skipped
    this.#stats.ackedSeq = lastSeq
  }

  /** Frames of the log are read and signed at once; others want to work in between. */
  async #yield(frame: PublishedFrame): Promise<void> {
    if (frame.lastSeq >= this.#memory.oldestSeq) return
    await new Promise((resolve) => setImmediate(resolve))
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #tellStart(nextSeq: number): void {
    const ahead = nextSeq - this.#memory.tip.nextSeq
    const where = ahead > 0 ? `, of which ${ahead} are already there` : ''
    this.#notice('info', `publishing from message ${nextSeq} on${where}`)
  }

  #notice(level: 'info' | 'warn' | 'error', line: string): void {
    this.#options.onNotice?.(level, `${natsText(this.#address)}: ${line}`)
  }
}
