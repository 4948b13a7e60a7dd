/** The life of one client: its sockets one after the other, the read deadline, and the flow. */

import { BehaviorSubject, Observable, Subject } from 'rxjs'
import type { RawData } from 'ws'
import { WebSocket } from 'ws'
import type { Hello, Refused, Subscribe } from '../wire/control-messages.ts'
import { PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { FRAME_MAGIC } from '../wire/frame.ts'
import { MAX_FRAME_BYTES } from '../wire/limits.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'
import type {
  StreamClient,
  StreamClientStats,
  StreamOptions,
  StreamState,
} from './stream-client.ts'
import {
  DisconnectedError,
  InvalidStreamError,
  RefusedError,
  SilentServerError,
  StreamClosedError,
  StreamError,
  WrongStreamError,
} from './stream-errors.ts'
import type { ReceivedMessage, StreamStart } from './stream-reader.ts'
import { StreamReader } from './stream-reader.ts'

const DEFAULT_READ_DEADLINE_MS = 15_000
const DEFAULT_MAX_WAITING_BYTES = 1024 * 1024

export class StreamConnection implements StreamClient {
  readonly messages$: Observable<ReceivedMessage>
  readonly state$: Observable<StreamState>
  readonly hello: Promise<Hello>

  readonly #url: string
  readonly #options: StreamOptions
  readonly #reader: StreamReader
  readonly #messages = new Subject<ReceivedMessage>()
  readonly #state = new BehaviorSubject<StreamState>({ status: 'connecting' })
  readonly #stats = { frames: 0, messages: 0, bytes: 0, reconnects: 0 }
  #resolveHello: (hello: Hello) => void = () => {}
  #rejectHello: (error: StreamError) => void = () => {}
  #socket: WebSocket | undefined
  /** Why the present socket is about to close, when this side knows better than the close code. */
  #failure: StreamError | undefined
  #deadline: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #greeted = false
  /** Attempts since the last frame. */
  #attempt = 0
  #isPaused = false
  #isDelivering = false
  #isClosed = false

  constructor(url: string, options: StreamOptions) {
    this.#url = url
    this.#options = options
    this.#reader = new StreamReader(options.from ?? 'live', options.leaderKey)
    this.state$ = this.#state.asObservable()
    this.messages$ = new Observable((listener) => {
      this.#messages.subscribe(listener)
      this.#deliver()
    })
    this.hello = new Promise((resolve, reject) => {
      this.#resolveHello = resolve
      this.#rejectHello = reject
    })
    // Who does not ask for the hello learns of the failure from `messages$`.
    this.hello.catch(() => {})
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
    if (this.#isClosed) return
    this.#reader.rewind(start)
    this.#attempt = 0
    this.#abandonSocket()
    clearTimeout(this.#retry)
    this.#open()
  }

  stats(): StreamClientStats {
    return { ...this.#stats }
  }

  close(): void {
    if (this.#isClosed) return
    this.#rejectHello(new StreamClosedError('the stream was closed'))
    this.#shut({ status: 'closed' })
    this.#messages.complete()
  }

  #open(): void {
    this.#state.next({ status: 'connecting' })
    const deadlineMs = this.#options.readDeadlineMs ?? DEFAULT_READ_DEADLINE_MS
    const socket = new WebSocket(this.#url, {
      handshakeTimeout: deadlineMs,
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
    })
    this.#socket = socket
    this.#failure = undefined
    this.#deadline = setTimeout(() => {
      this.#failure = new SilentServerError(this.#url, deadlineMs)
      socket.terminate()
    }, deadlineMs)
    socket.on('message', (bytes, isBinary) => {
      if (socket === this.#socket) this.#receive(bytes, isBinary)
    })
    socket.on('ping', () => this.#deadline?.refresh())
    socket.on('error', (cause) => {
      if (socket !== this.#socket) return
      this.#failure ??= new DisconnectedError(this.#url, 1006, '', cause)
    })
    socket.on('close', (code, reason) => {
      if (socket === this.#socket) this.#lost(code, reason.toString())
    })
  }

  #receive(message: RawData, isBinary: boolean): void {
    this.#deadline?.refresh()
    const { buffer, byteOffset, length } = message as Buffer
    const bytes = new Uint8Array(buffer, byteOffset, length)
    try {
      if (!isBinary) throw new WrongStreamError('the server sent text')
      if (bytes[0] === FRAME_MAGIC >> 8) this.#receiveFrame(bytes)
      else this.#receiveControl(bytes)
    } catch (error) {
      this.#fail(error)
    }
  }

  #receiveFrame(bytes: Uint8Array): void {
    this.#reader.push(bytes)
    this.#attempt = 0
    this.#stats.frames++
    this.#stats.bytes += bytes.length
    this.#deliver()
  }

  #receiveControl(bytes: Uint8Array): void {
    const control = decodeControl(bytes)
    if (control.type === 'hello') this.#subscribe(control)
    else if (control.type === 'refused') this.#refused(control)
    else throw new WrongStreamError(`the server sent a ${control.type} message`)
  }

  #subscribe(hello: Hello): void {
    if (this.#state.value.status === 'streaming') {
      throw new WrongStreamError('the server said hello twice')
    }
    const { role = 'dapp', token } = this.#options
    const request: Subscribe = {
      type: 'subscribe',
      version: PROTOCOL_VERSION,
      fromSeq: this.#reader.greet(hello),
      role,
      ...(token === undefined ? {} : { token }),
    }
    this.#socket?.send(encodeControl(request))
    this.#greeted = true
    this.#resolveHello(hello)
    this.#state.next({ status: 'streaming', hello })
  }

  #refused(refused: Refused): void {
    const error = new RefusedError(refused)
    // A server that was restarted may have yet to come to where this stream was.
    const mayPass = refused.code === 'full' || (refused.code === 'ahead' && this.#reader.hasTip)
    if (!mayPass) throw error
    this.#failure = error
  }

  /** Delivers what waits, as long as someone wants it, and lets the socket follow. */
  #deliver(): void {
    if (this.#isDelivering) return
    this.#isDelivering = true
    try {
      while (this.#isFlowing()) {
        const received = this.#reader.next()
        if (received === undefined) break
        this.#stats.messages++
        this.#messages.next(received)
      }
    } catch (error) {
      this.#fail(error)
    } finally {
      this.#isDelivering = false
    }
    this.#adjustSocket()
  }

  #isFlowing(): boolean {
    return this.#messages.observed && !this.#isPaused && !this.#isClosed
  }

  /** A paused socket stops reading, so the server's buffer fills, and its own limits apply. */
  #adjustSocket(): void {
    const socket = this.#socket
    if (socket === undefined || socket.readyState !== WebSocket.OPEN) return
    const maxWaitingBytes = this.#options.maxWaitingBytes ?? DEFAULT_MAX_WAITING_BYTES
    if (!this.#isFlowing() && this.#reader.waitingBytes >= maxWaitingBytes) {
      if (socket.isPaused) return
      socket.pause()
      // Silence is ours now.
      clearTimeout(this.#deadline)
    } else if (socket.isPaused) {
      socket.resume()
      this.#deadline?.refresh()
    }
  }

  #lost(code: number, reason: string): void {
    const error = this.#failure ?? new DisconnectedError(this.#url, code, reason)
    this.#abandonSocket()
    const reconnect = this.#options.reconnect ?? {}
    if (reconnect === false || (!this.#greeted && reconnect.initially === false)) {
      this.#fail(error)
      return
    }
    if (this.#attempt >= (reconnect.maxAttempts ?? Number.POSITIVE_INFINITY)) {
      this.#fail(error)
      return
    }
    const delayMs = reconnectDelayMs(this.#attempt++, reconnect)
    this.#retry = setTimeout(() => {
      this.#stats.reconnects++
      this.#open()
    }, delayMs)
    this.#state.next({ status: 'waiting', delayMs, error })
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return
    const streamError = error instanceof StreamError ? error : new InvalidStreamError(error)
    this.#rejectHello(streamError)
    this.#shut({ status: 'closed', error: streamError })
    this.#messages.error(streamError)
  }

  #shut(state: StreamState): void {
    this.#isClosed = true
    clearTimeout(this.#retry)
    this.#abandonSocket()
    this.#reader.drop()
    this.#state.next(state)
    this.#state.complete()
  }

  #abandonSocket(): void {
    clearTimeout(this.#deadline)
    const socket = this.#socket
    this.#socket = undefined
    if (socket === undefined || socket.readyState === WebSocket.CLOSED) return
    // A socket that is closed while it connects emits an error first, hence the listener stays.
    socket.close(1000)
    const timer = setTimeout(() => socket.terminate(), 1000)
    timer.unref()
    socket.once('close', () => clearTimeout(timer))
  }
}
