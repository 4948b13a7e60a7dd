/**
 * A stream that is read from NATS: to its consumer the same as one over WebSocket. The messages are as
 * the leader signed them, so the server in between is believed nothing.
 *
 *     connecting --newest message--> streaming --lost--> waiting --delay--> connecting
 *          |                            |                   |
 *          +------ invalid, too old, given up, close() -----+----> closed
 *
 * Frames come one at a time, and the next is asked for when the messages of this one are delivered, so
 * that a slow consumer holds up to READ_AHEAD_BYTES.
 */

import type { NatsConnection } from '@nats-io/transport-node'
import { Observable } from 'rxjs'
import type { Staleness } from '../client/staleness.ts'
import { StalenessClock } from '../client/staleness.ts'
import type {
  MessageStream,
  StreamClientStats,
  StreamOptions,
  StreamState,
} from '../client/stream-client.ts'
import { StreamCounts } from '../client/stream-counts.ts'
import {
  DisconnectedError,
  InvalidStreamError,
  RefusedError,
  StreamError,
  streamErrorOf,
} from '../client/stream-errors.ts'
import { StreamLife } from '../client/stream-life.ts'
import type { ReceivedMessage, StreamStart } from '../client/stream-reader.ts'
import { StreamReader } from '../client/stream-reader.ts'
import { WantedFilters } from '../client/wanted-filters.ts'
import type { Hello } from '../wire/control-messages.ts'
import { SeqGapError } from '../wire/message-chain.ts'
import type { StreamMessage } from '../wire/messages.ts'
import type { NatsAddress } from './nats-address.ts'
import { natsText, parseNatsUrl } from './nats-address.ts'
import { natsFailure } from './nats-failure.ts'
import type { StoredPart } from './nats-frame-stream.ts'
import { connectNats, NatsFrameStream } from './nats-frame-stream.ts'
import type { PartHeaders } from './nats-message.ts'
import { FrameAssembler, InvalidNatsMessageError, readHeaders } from './nats-message.ts'

/** Asked for before it is needed; at least two messages of the server's largest size. */
const READ_AHEAD_BYTES = 4 * 2 ** 20

const CLOSE_ABNORMAL = 1006

const NEWEST_INTERVAL_MS = 2000

/** Told to start elsewhere, or closed: the present connection is of no more use. */
class AbandonedError extends Error {}

export class NatsSource implements MessageStream {
  readonly messages$: Observable<ReceivedMessage>
  readonly state$: Observable<StreamState>
  readonly hello: Promise<Hello>

  readonly #address: NatsAddress
  readonly #options: StreamOptions
  readonly #reader: StreamReader
  readonly #life: StreamLife<ReceivedMessage>
  readonly #stats = new StreamCounts()
  readonly #staleness = new StalenessClock()
  #isPaused = false
  /** Ends the present connection or the wait for the next. */
  #abandon = new AbortController()
  #flow: () => void = () => {}

  /** @throws InvalidNatsAddressError */
  constructor(url: string, options: StreamOptions = {}) {
    this.#address = parseNatsUrl(url)
    this.#options = options
    const filters = options.filters && new WantedFilters(options.filters)
    this.#reader = new StreamReader(options.from ?? 'live', options.leaderKey, filters)
    this.#life = new StreamLife(() => this.#release(), options.reconnect)
    this.hello = this.#life.hello
    this.state$ = this.#life.state$
    this.messages$ = new Observable((listener) => {
      this.#life.deliveries.subscribe(listener)
      this.#flow()
    })
    this.#run()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#flow()
  }

  rewind(start: StreamStart): void {
    if (this.#life.isClosed) return
    this.#reader.rewind(start)
    this.#life.forgetAttempts()
    this.#abandonConnection()
  }

  staleness(): Staleness {
    return this.#staleness.value()
  }

  stats(): StreamClientStats {
    return this.#stats.value(this.#reader.waitingCount)
  }

  close(): void {
    this.#life.close()
  }

  async #run(): Promise<void> {
    while (!this.#life.isClosed) {
      this.#abandon = new AbortController()
      const { signal } = this.#abandon
      try {
        this.#life.connecting()
        await this.#readOverOneConnection(signal)
      } catch (error) {
        if (error instanceof AbandonedError) continue
        if (error instanceof InvalidNatsMessageError || isFinal(error)) this.#life.fail(error)
        else await this.#waitAfter(this.#disconnected(error), signal)
      }
    }
  }

  async #readOverOneConnection(signal: AbortSignal): Promise<void> {
    const connection = await connectNats(this.#address)
    const abandon = () => connection.close()
    signal.addEventListener('abort', abandon, { once: true })
    try {
      throwIfAbandoned(signal)
      const stream = await NatsFrameStream.of(connection, this.#address.stream)
      this.#life.connected()
      const position = await this.#greet(stream, signal)
      await this.#read(connection, stream, position, signal)
    } catch (error) {
      throwIfAbandoned(signal)
      throw error
    } finally {
      signal.removeEventListener('abort', abandon)
      await connection.close()
    }
  }

  /** Reads whose stream it is and where it stands; returns the position to read from. */
  async #greet(stream: NatsFrameStream, signal: AbortSignal): Promise<number> {
    const newest = await stream.newest()
    const oldest = await stream.oldest()
    throwIfAbandoned(signal)
    if (newest === undefined || oldest === undefined) {
      throw this.#disconnected('there is no message yet')
    }
    const hello: Hello = { ...newest.hello, oldestSeq: oldest.hello.oldestSeq }
    const { fromSeq } = this.#reader.greet(hello)
    checkStart(fromSeq, hello)
    const position = await this.#positionOf(fromSeq, { oldest, newest, stream })
    throwIfAbandoned(signal)
    this.#staleness.heard(hello.nextSeq, 0)
    this.#staleness.delivered(fromSeq)
    this.#life.greeted(hello)
    return position
  }

  #positionOf(
    seq: number,
    { oldest, newest, stream }: { oldest: StoredPart; newest: StoredPart; stream: NatsFrameStream },
  ): Promise<number> | number {
    const isNext = seq === newest.hello.nextSeq && newest.part === newest.partCount
    return isNext ? newest.position + 1 : stream.positionOf(seq, oldest, newest)
  }

  async #read(
    connection: NatsConnection,
    stream: NatsFrameStream,
    position: number,
    signal: AbortSignal,
  ): Promise<void> {
    const consumer = await stream.reader(position)
    const maxPayload = connection.info?.max_payload ?? 0
    const messages = await consumer.consume({
      max_bytes: Math.max(READ_AHEAD_BYTES, 2 * maxPayload),
    })
    const assembler = new FrameAssembler()
    const asking = setInterval(() => void this.#ask(stream), NEWEST_INTERVAL_MS)
    try {
      for await (const message of messages) {
        const headers = this.#checked(() => readHeaders(message.headers))
        const frame = this.#checked(() => assembler.take(headers, message.data))
        if (frame !== undefined) await this.#take(frame, headers, signal)
      }
    } finally {
      clearInterval(asking)
    }
    throw this.#disconnected('the connection was lost')
  }

  /** Whether there is more, while nothing comes; that the line is lost is told elsewhere. */
  async #ask(stream: NatsFrameStream): Promise<void> {
    const newest = await stream.newest().catch(() => undefined)
    if (newest !== undefined) this.#staleness.heard(newest.hello.nextSeq, 0)
  }

  async #take(frame: Uint8Array, { hello }: PartHeaders, signal: AbortSignal): Promise<void> {
    // Retention may have overtaken a slow reader; the next greeting says so.
    const nextSeq = this.#reader.nextSeq
    if (nextSeq !== undefined && hello.oldestSeq > nextSeq) {
      const gap = new SeqGapError(nextSeq, hello.oldestSeq)
      throw this.#life.isRetrying ? new InvalidStreamError(gap) : this.#disconnected(gap)
    }
    this.#checked(() => this.#reader.push(frame, true))
    this.#staleness.heard(hello.nextSeq, 0)
    this.#stats.frames++
    this.#stats.bytes += frame.length
    for (;;) {
      await this.#flowing(signal)
      const received = this.#checked(() => this.#reader.next())
      this.#staleness.delivered(this.#reader.nextSeq ?? 0)
      if (received === undefined) break
      // Notices are the word of stream servers.
      if (received.type !== 'message' || !this.#isWanted(received.message)) continue
      this.#life.forgetAttempts()
      this.#stats.messages++
      this.#life.deliveries.next(received)
      throwIfAbandoned(signal)
    }
  }

  /** Shreds are filtered by the reader, and blocks by a stream server, which NATS is not. */
  #isWanted({ type }: StreamMessage): boolean {
    const { filters } = this.#options
    const blocks = filters === undefined ? 'all' : (filters.blocks ?? 'all')
    if (type === 'shred' || type === 'chainReverted') return true
    return blocks === 'all' || (blocks === 'sealed' && type === 'blockSealed')
  }

  /** Resolves when messages are wanted. */
  async #flowing(signal: AbortSignal): Promise<void> {
    for (;;) {
      throwIfAbandoned(signal)
      if (this.#life.deliveries.observed && !this.#isPaused) return
      await new Promise<void>((resolve) => {
        this.#flow = resolve
      })
    }
  }

  /** What a message does wrong is final. */
  #checked<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw streamErrorOf(error)
    }
  }

  #disconnected(error: unknown): DisconnectedError {
    if (error instanceof DisconnectedError) return error
    const cause = new Error(natsFailure(error), { cause: error })
    return new DisconnectedError(natsText(this.#address), CLOSE_ABNORMAL, '', cause)
  }

  async #waitAfter(error: DisconnectedError, signal: AbortSignal): Promise<void> {
    await this.#life.lost(error, async (delayMs) => {
      await delay(delayMs, signal)
      this.#stats.reconnects++
    })
  }

  #release(): void {
    this.#abandonConnection()
    this.#reader.drop()
  }

  #abandonConnection(): void {
    this.#abandon.abort()
    this.#flow()
  }
}

/** All but a lost connection. */
function isFinal(error: unknown): error is StreamError {
  return error instanceof StreamError && !(error instanceof DisconnectedError)
}

/** As a stream server would refuse it. */
function checkStart(fromSeq: number, { oldestSeq, nextSeq }: Hello): void {
  if (fromSeq < oldestSeq) {
    const reason = `message ${fromSeq} is gone, the oldest is ${oldestSeq}`
    throw new RefusedError({ type: 'refused', code: 'tooOld', reason, oldestSeq })
  }
  if (fromSeq > nextSeq) {
    const reason = `message ${fromSeq} is not there, the next is ${nextSeq}`
    throw new RefusedError({ type: 'refused', code: 'ahead', reason })
  }
}

function throwIfAbandoned(signal: AbortSignal): void {
  if (signal.aborted) throw new AbandonedError()
}

/** Ends early when the signal fires. */
function delay(timeMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeMs)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
