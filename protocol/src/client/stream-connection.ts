/** The life of one client: its sockets one after the other, the read deadline, and the flow. */

import { assert } from '@shredcast/shared/primitives/assert'
import { filter, interval, map, Observable, startWith } from 'rxjs'
import { openStreamSocket } from '#stream-socket'
import type {
  Conflated,
  ControlMessage,
  Gap,
  Heartbeat,
  Hello,
  Refused,
} from '../wire/control-messages.ts'
import { FRAME_MAGIC } from '../wire/frame.ts'
import { MAX_FRAME_BYTES } from '../wire/limits.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import type { FilterSpec } from '../wire/shred-filter.ts'
import { Deadline } from './deadline.ts'
import { FilterChanges } from './filter-changes.ts'
import type { Staleness } from './staleness.ts'
import { StalenessClock } from './staleness.ts'
import type {
  StreamClient,
  StreamClientStats,
  StreamOptions,
  StreamState,
} from './stream-client.ts'
import { StreamCounts } from './stream-counts.ts'
import type { StreamError } from './stream-errors.ts'
import {
  DisconnectedError,
  disconnectedError,
  MessagesDroppedError,
  refusedError,
  SilentServerError,
  WrongStreamError,
} from './stream-errors.ts'
import { StreamLife } from './stream-life.ts'
import type { ReceivedMessage, StreamEvent, StreamStart } from './stream-reader.ts'
import { StreamReader } from './stream-reader.ts'
import type { StreamSocket } from './stream-socket.ts'
import { RefusalPatience, subscribeRequest } from './subscribe-request.ts'
import { WantedFilters } from './wanted-filters.ts'

const DEFAULT_READ_DEADLINE_MS = 15_000
const DEFAULT_MAX_WAITING_BYTES = 1024 * 1024
const DEFAULT_PING_INTERVAL_MS = 5000
const STALENESS_INTERVAL_MS = 1000

export class StreamConnection implements StreamClient {
  readonly messages$: Observable<ReceivedMessage>
  readonly events$: Observable<StreamEvent>
  readonly state$: Observable<StreamState>
  readonly staleness$: Observable<Staleness>
  readonly hello: Promise<Hello>

  readonly #url: string
  readonly #options: StreamOptions
  readonly #reader: StreamReader
  readonly #filters: WantedFilters | undefined
  readonly #filterChanges: FilterChanges | undefined
  readonly #life: StreamLife<StreamEvent>
  readonly #staleness = new StalenessClock()
  readonly #stats = new StreamCounts()
  readonly #patience = new RefusalPatience()
  #socket: StreamSocket | undefined
  /** Why the present socket is about to close, when this side knows better than the close code. */
  #failure: StreamError | undefined
  #deadline: Deadline | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #pings: ReturnType<typeof setInterval> | undefined
  #isPaused = false
  /** The socket was given up because it could not be held back. */
  #isParked = false
  #isDelivering = false

  constructor(url: string, options: StreamOptions) {
    this.#url = url
    this.#options = options
    this.#filters = options.filters && new WantedFilters(options.filters)
    this.#filterChanges = this.#filters && new FilterChanges(this.#filters)
    this.#reader = new StreamReader(options.from ?? 'live', options.leaderKey, this.#filters)
    this.#life = new StreamLife((error) => this.#release(error), options.reconnect)
    this.hello = this.#life.hello
    this.state$ = this.#life.state$
    this.events$ = new Observable((listener) => {
      this.#life.deliveries.subscribe(listener)
      this.#deliver()
    })
    this.messages$ = this.events$.pipe(filter((event) => event.type === 'message'))
    this.staleness$ = interval(STALENESS_INTERVAL_MS).pipe(
      startWith(0),
      map(() => this.staleness()),
    )
    this.#open()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#deliver()
  }

  rewind(start: StreamStart): void {
    if (this.#life.isClosed) return
    this.#reader.rewind(start)
    this.#life.forgetAttempts()
    this.#abandonSocket()
    clearTimeout(this.#retry)
    this.#open()
  }

  addFilter(name: string, spec: FilterSpec): Promise<number> {
    assert(this.#filterChanges !== undefined, 'filters change where there are any')
    return this.#filterChanges.add(name, spec, this.#sendWhileStreaming())
  }

  dropFilter(name: string): void {
    assert(this.#filterChanges !== undefined, 'filters change where there are any')
    this.#filterChanges.drop(name, this.#sendWhileStreaming())
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

  #open(): void {
    this.#life.connecting()
    const deadlineMs = this.#options.readDeadlineMs ?? DEFAULT_READ_DEADLINE_MS
    this.#isParked = false
    const socket = openStreamSocket(
      this.#url,
      { handshakeTimeoutMs: deadlineMs, maxMessageBytes: MAX_FRAME_BYTES },
      {
        message: (bytes) => {
          if (socket === this.#socket) this.#receive(bytes)
        },
        ping: () => {
          if (socket === this.#socket) this.#deadline?.refresh()
        },
        error: (cause) => {
          if (socket !== this.#socket) return
          this.#failure ??= new DisconnectedError(this.#url, 1006, '', cause)
        },
        closed: (code, reason) => {
          if (socket === this.#socket) this.#lost(code, reason)
        },
      },
    )
    this.#socket = socket
    this.#failure = undefined
    this.#deadline = new Deadline(deadlineMs, () => {
      this.#failure = new SilentServerError(this.#url, deadlineMs)
      socket.terminate()
    })
  }

  #receive(bytes: Uint8Array | undefined): void {
    this.#deadline?.refresh()
    try {
      if (bytes === undefined) throw new WrongStreamError('the server sent text')
      if (bytes[0] === FRAME_MAGIC >> 8) this.#receiveFrame(bytes)
      else this.#receiveControl(bytes)
    } catch (error) {
      this.#life.fail(error)
    }
  }

  #receiveFrame(bytes: Uint8Array): void {
    this.#reader.push(bytes)
    this.#life.forgetAttempts()
    this.#patience.reset()
    this.#stats.frames++
    this.#stats.bytes += bytes.length
    this.#deliver()
  }

  #receiveControl(bytes: Uint8Array): void {
    const control = decodeControl(bytes)
    if (control.type === 'hello') this.#subscribe(control)
    else if (control.type === 'refused') this.#refused(control)
    else if (!this.#life.isStreaming) throw unexpected(control)
    else if (control.type === 'heartbeat') this.#heard(control)
    else if (control.type === 'gap' || control.type === 'conflated') {
      this.#receiveNotice(control, bytes.length)
    } else if (control.type !== 'filterChanged') throw unexpected(control)
    else if (!this.#filterChanges?.answered(control.fromSeq)) throw unexpected(control)
  }

  #receiveNotice(notice: Gap | Conflated, byteLength: number): void {
    const { policy = 'disconnect', onGap = 'fail' } = this.#options
    // What is older than all logs is a gap for who merges as well.
    if (policy === 'disconnect' || (notice.type === 'conflated' && policy !== 'conflate')) {
      throw unexpected(notice)
    }
    this.#stats.addNotice(notice)
    if (notice.type === 'gap' && onGap === 'backfill') {
      this.#abandonSocket()
      this.#open()
      return
    }
    this.#reader.pushNotice(notice, byteLength)
    this.#deliver()
  }

  #heard({ nextSeq, sentSeq, ageMs, ping }: Heartbeat): void {
    if (ping !== undefined) this.#stats.roundTripMs = performance.now() - ping / 1000
    this.#staleness.heard(nextSeq, ageMs)
    this.#reader.pushProgress(sentSeq)
    this.#deliver()
  }

  #subscribe(hello: Hello): void {
    if (this.#life.isStreaming) {
      throw new WrongStreamError('the server said hello twice')
    }
    const start = this.#reader.greet(hello)
    const send = (message: ControlMessage) => this.#socket?.send(encodeControl(message))
    this.#filterChanges?.begin(start.fromSeq, send)
    send(subscribeRequest(this.#options, start, this.#filters))
    this.#staleness.delivered(start.fromSeq)
    this.#startPings(send)
    this.#life.greeted(hello)
  }

  /** The times that are sent are this side's own, in microseconds. */
  #startPings(send: (message: ControlMessage) => void): void {
    clearInterval(this.#pings)
    const ping = () => send({ type: 'ping', ping: Math.round(performance.now() * 1000) })
    ping()
    this.#pings = setInterval(ping, this.#options.pingIntervalMs ?? DEFAULT_PING_INTERVAL_MS)
  }

  #sendWhileStreaming(): ((message: ControlMessage) => void) | undefined {
    const socket = this.#socket
    return this.#life.isStreaming && socket
      ? (message) => socket.send(encodeControl(message))
      : undefined
  }

  #refused(refused: Refused): void {
    const error = refusedError(refused)
    if (!this.#patience.mayRetry(refused, this.#reader.hasTip)) throw error
    this.#failure = error
  }

  /** Delivers what waits, as long as someone wants it, and lets the socket follow. */
  #deliver(): void {
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      while (this.#isFlowing()) {
        const event = this.#reader.next()
        this.#staleness.delivered(this.#reader.nextSeq ?? 0)
        if (event === undefined) break
        if (event.type === 'message') this.#stats.messages++
        else if (event.type === 'gap' && (this.#options.onGap ?? 'fail') === 'fail') {
          throw new MessagesDroppedError(event.fromSeq, event.nextSeq)
        }
        this.#life.deliveries.next(event)
      }
    } catch (error) {
      this.#life.fail(error)
    } finally {
      this.#isDelivering = false
    }
    this.#adjustSocket()
  }

  #isFlowing(): boolean {
    return this.#life.deliveries.observed && !this.#isPaused && !this.#life.isClosed
  }

  /**
   * A paused socket stops reading, so the server's buffer fills, and its own limits apply. One that
   * cannot be paused is given up, and what it brought is asked for again.
   */
  #adjustSocket(): void {
    if (this.#isParked && this.#isFlowing()) this.#open()
    const socket = this.#socket
    if (socket === undefined || !socket.isOpen) return
    const maxWaitingBytes = this.#options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES
    const { flow } = socket
    if (!this.#isFlowing() && this.#reader.waitingBytes >= maxWaitingBytes) {
      if (flow === undefined) {
        this.#isParked = true
        this.#abandonSocket()
      } else if (!flow.isPaused) {
        flow.pause()
        // Silence is ours now.
        this.#deadline?.stop()
      }
    } else if (flow?.isPaused) {
      flow.resume()
      this.#deadline?.restart()
    }
  }

  #lost(code: number, reason: string): void {
    const error = this.#failure ?? disconnectedError(this.#url, code, reason)
    this.#abandonSocket()
    this.#life.lost(error, (delayMs) => {
      this.#retry = setTimeout(() => {
        this.#stats.reconnects++
        this.#open()
      }, delayMs)
    })
  }

  #release(error: StreamError): void {
    this.#filterChanges?.end(error)
    clearTimeout(this.#retry)
    this.#abandonSocket()
    this.#reader.drop()
  }

  #abandonSocket(): void {
    this.#deadline?.stop()
    clearInterval(this.#pings)
    const socket = this.#socket
    this.#socket = undefined
    socket?.close()
  }
}

function unexpected({ type }: ControlMessage): WrongStreamError {
  return new WrongStreamError(`the server sent a ${type} message`)
}
