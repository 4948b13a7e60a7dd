/**
 * One connection of the stream server, from its hello to its end.
 *
 *     greeted --Subscribe--> streaming --close--> closed
 *        |                       |
 *        +--refuse, timeout------+--lagged, dead----> closed
 *
 * A streaming subscriber is a cursor in the frame log. It sends as long as its socket's buffer is below
 * the bound and goes on when the socket has taken a frame, so a slow reader costs one bound of memory
 * and no copy. A cursor that the log's old end has overtaken is a laggard, and is cut.
 */

import type { RawData, WebSocket } from 'ws'
import {
  CLOSE_BAD_REQUEST,
  CLOSE_CODE_OF_REFUSAL,
  CLOSE_HANDSHAKE_TIMEOUT,
  CLOSE_LAGGED,
} from '../wire/close-codes.ts'
import type { RefusalCode, Refused, Subscribe } from '../wire/control-messages.ts'
import { PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import type { FrameLog } from './frame-log.ts'

/** Counts since the server started; `subscribers` is how many are there now. */
export interface StreamServerStats {
  subscribers: number
  connections: number
  frames: number
  messages: number
  framesSent: number
  bytesSent: number
  laggardsCut: number
  deadPeersCut: number
  handshakeTimeouts: number
  refused: number
}

/** What all subscribers of a server share. */
export interface SubscriberContext {
  readonly log: FrameLog
  readonly stats: StreamServerStats
  readonly maxBufferedBytes: number
  readonly handshakeTimeoutMs: number
  readonly peerTimeoutMs: number
  /** How long a closing connection may take before it is broken off. */
  readonly closeTimeoutMs: number
  readonly isTokenValid: (token: string | undefined) => boolean
}

export class Subscriber {
  readonly #socket: WebSocket
  readonly #context: SubscriberContext
  readonly #handshakeTimer: NodeJS.Timeout
  /** Number of the next frame to send; undefined until subscribed. */
  #nextIndex: number | undefined
  #closing = false
  #lastHeardMs = performance.now()

  constructor(socket: WebSocket, context: SubscriberContext) {
    this.#socket = socket
    this.#context = context
    this.#handshakeTimer = setTimeout(() => {
      context.stats.handshakeTimeouts++
      this.close(CLOSE_HANDSHAKE_TIMEOUT, 'no subscription in time')
    }, context.handshakeTimeoutMs)
    socket.on('message', (message, isBinary) => this.#receive(message, isBinary))
    socket.on('pong', () => {
      this.#lastHeardMs = performance.now()
    })
    socket.on('close', () => clearTimeout(this.#handshakeTimer))
    // The close event that follows is what counts; without a listener the process would end.
    socket.on('error', () => {})
  }

  /** Sends the frames that are due, as far as the socket takes them. Called after each publish. */
  send(): void {
    const { log, stats, maxBufferedBytes } = this.#context
    while (this.#nextIndex !== undefined && !this.#closing) {
      if (this.#nextIndex < log.firstIndex) {
        stats.laggardsCut++
        this.close(CLOSE_LAGGED, 'too slow: the next frame is gone')
        return
      }
      if (this.#socket.bufferedAmount >= maxBufferedBytes) return
      const frame = log.at(this.#nextIndex)
      if (frame === undefined) return
      this.#nextIndex++
      stats.framesSent++
      stats.bytesSent += frame.bytes.length
      this.#socket.send(frame.bytes, { binary: true }, (error) => {
        if (error) return
        this.#lastHeardMs = performance.now()
        this.send()
      })
    }
  }

  /** Pings the peer, or breaks off when for too long it neither answered nor took a frame. */
  checkAlive(): void {
    if (performance.now() - this.#lastHeardMs > this.#context.peerTimeoutMs) {
      this.#context.stats.deadPeersCut++
      this.#socket.terminate()
    } else if (this.#socket.readyState === this.#socket.OPEN) {
      this.#socket.ping()
    }
  }

  /** Says why, then closes. */
  refuse(code: RefusalCode, reason: string, oldestSeq?: number): void {
    this.#context.stats.refused++
    const refused: Refused = {
      type: 'refused',
      code,
      reason,
      ...(oldestSeq === undefined ? {} : { oldestSeq }),
    }
    this.#socket.send(encodeControl(refused), { binary: true })
    this.close(CLOSE_CODE_OF_REFUSAL[code], reason)
  }

  /** Closes after what is already in the socket's buffer, but within the close timeout. */
  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#closing = true
    clearTimeout(this.#handshakeTimer)
    this.#socket.close(code, reason)
    const timer = setTimeout(() => this.#socket.terminate(), this.#context.closeTimeoutMs)
    this.#socket.once('close', () => clearTimeout(timer))
  }

  #receive(message: RawData, isBinary: boolean): void {
    if (this.#closing) return
    if (this.#nextIndex !== undefined) {
      this.close(CLOSE_BAD_REQUEST, 'one subscription a connection')
      return
    }
    const request = isBinary ? subscribeFrom(message) : undefined
    if (request === undefined) this.refuse('badRequest', 'expected a Subscribe message')
    else this.#subscribe(request)
  }

  #subscribe(request: Subscribe): void {
    const { log, isTokenValid } = this.#context
    const fromSeq = request.fromSeq ?? log.tip.nextSeq
    if (request.version !== PROTOCOL_VERSION) {
      this.refuse('wrongVersion', `this server speaks version ${PROTOCOL_VERSION}`)
    } else if (!isTokenValid(request.token)) {
      this.refuse('unauthorized', 'missing or wrong token')
    } else if (fromSeq < log.oldestSeq) {
      const reason = `message ${fromSeq} is gone, the oldest is ${log.oldestSeq}`
      this.refuse('tooOld', reason, log.oldestSeq)
    } else if (fromSeq > log.tip.nextSeq) {
      this.refuse('ahead', `message ${fromSeq} is not there, the next is ${log.tip.nextSeq}`)
    } else {
      clearTimeout(this.#handshakeTimer)
      this.#nextIndex = log.indexOf(fromSeq)
      this.send()
    }
  }
}

function subscribeFrom(message: RawData): Subscribe | undefined {
  try {
    const control = decodeControl(message as Buffer)
    return control.type === 'subscribe' ? control : undefined
  } catch {
    return undefined
  }
}
