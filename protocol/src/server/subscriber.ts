/**
 * One connection of the stream server, from its hello to its end.
 *
 *     greeted --Subscribe--> streaming --close--> closed
 *        |                       |
 *        +--SnapshotAsk--> loading a snapshot ------> closed
 *        |                       |
 *        +--refuse, timeout------+--lagged, dead----> closed
 *
 * It sends as long as its socket's buffer is below the bound and goes on when the socket has taken a
 * frame; what to send next is its delivery's business. What a peer says is read here, within limits.
 */

import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import {
  CLOSE_BAD_REQUEST,
  CLOSE_CODE_OF_REFUSAL,
  CLOSE_HANDSHAKE_TIMEOUT,
  CLOSE_INTERNAL_ERROR,
  CLOSE_LAGGED,
  CLOSE_TOO_MANY_MESSAGES,
} from '../wire/close-codes.ts'
import type {
  ControlMessage,
  FilterDrop,
  FilterItems,
  RefusalCode,
  Refused,
  SnapshotAsk,
  Subscribe,
} from '../wire/control-messages.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import type { FrameSources } from './delivery.ts'
import { Delivery } from './delivery.ts'
import type { Outgoing } from './outgoing-frames.ts'
import type { SnapshotDesk } from './snapshot-reader.ts'
import { SnapshotReader } from './snapshot-reader.ts'
import type { SubscriberStats } from './stream-server-stats.ts'
import type { FilterMemory } from './subscriber-filters.ts'
import { SubscriberFilters } from './subscriber-filters.ts'
import { refusalOf } from './subscription-check.ts'

/** What all subscribers of a server share. */
export interface SubscriberContext extends FrameSources {
  readonly filterMemory: FilterMemory
  readonly snapshots: SnapshotDesk
  readonly maxBufferedBytes: number
  readonly handshakeTimeoutMs: number
  readonly peerTimeoutMs: number
  /** How long a closing connection may take before it is broken off. */
  readonly closeTimeoutMs: number
  readonly isTokenValid: (token: string | undefined) => boolean
  /** How long ago the server knew that it had everything; 0 where the stream is made. */
  readonly ageMs: () => number
  readonly onArchiveFailure: (error: unknown) => void
}

/** Between two pings: enough for the largest filter, and for whoever asks for a heartbeat often. */
const MESSAGES_PER_PING = 500

/** What drops or merges wants fresh values, not a long pipe. */
const FRESH_BUFFERED_BYTES = 256 * 1024

export class Subscriber {
  readonly #socket: WebSocket
  readonly #connection: Socket
  readonly #context: SubscriberContext
  readonly #filters: SubscriberFilters
  readonly #handshakeTimer: NodeJS.Timeout
  #role = 'unknown'
  #hasSubscribed = false
  #delivery: Delivery | undefined
  #reader: SnapshotReader | undefined
  /** The delivery has work that must end before the next step. */
  #isWorking = false
  #closing = false
  #lastHeardMs = performance.now()
  #messagesSincePing = 0

  /** `connection` is what the socket runs on. */
  constructor(socket: WebSocket, connection: Socket, context: SubscriberContext) {
    this.#socket = socket
    this.#connection = connection
    this.#context = context
    this.#filters = new SubscriberFilters(context.filterMemory)
    this.#handshakeTimer = setTimeout(() => {
      context.stats.handshakeTimeouts++
      this.close(CLOSE_HANDSHAKE_TIMEOUT, 'no subscription in time')
    }, context.handshakeTimeoutMs)
    socket.on('message', (message, isBinary) => this.#receive(message, isBinary))
    // Each is answered, which costs as much as a message.
    socket.on('ping', () => this.#countMessage())
    socket.on('pong', () => {
      this.#lastHeardMs = performance.now()
    })
    socket.on('close', () => {
      this.#closing = true
      clearTimeout(this.#handshakeTimer)
      this.#filters.dropAll()
      if (this.#delivery?.isFiltering) context.stats.filteringSubscribers--
      this.#delivery = undefined
      this.#reader?.end()
    })
    // The close event that follows is what counts; without a listener the process would end.
    socket.on('error', () => {})
  }

  /** Sends what is due, as far as the socket takes it. Called after each publish. */
  send(): void {
    const delivery = this.#delivery
    if (delivery === undefined || this.#isWorking || !this.#isOpen) return
    const wanted =
      delivery.policy === 'disconnect' ? Number.POSITIVE_INFINITY : FRESH_BUFFERED_BYTES
    const maxBufferedBytes = Math.min(this.#context.maxBufferedBytes, wanted)
    // Whatever is due leaves in one system call.
    this.#connection.cork()
    try {
      while (this.#sendNext(delivery, maxBufferedBytes));
    } catch (error) {
      this.#archiveFailed(error)
    } finally {
      this.#connection.uncork()
    }
  }

  /** Pings the peer, or breaks off when for too long it neither answered nor took a frame. */
  checkAlive(): void {
    this.#messagesSincePing = 0
    const { peerTimeoutMs } = this.#context
    if ((this.#reader?.idleMs ?? 0) > peerTimeoutMs) {
      this.close(CLOSE_HANDSHAKE_TIMEOUT, 'nothing was asked for')
    } else if (performance.now() - this.#lastHeardMs > peerTimeoutMs) {
      this.#context.stats.deadPeersCut++
      this.#socket.terminate()
    } else if (this.#isOpen) {
      this.#socket.ping()
      this.#sendHeartbeat()
    }
  }

  stats(): SubscriberStats {
    return {
      role: this.#role,
      policy: this.#delivery?.policy ?? 'disconnect',
      behind: this.#delivery?.behind ?? 0,
      bufferedBytes: this.#connection.writableLength,
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

  /** Returns whether there may be more to send now. */
  #sendNext(delivery: Delivery, maxBufferedBytes: number): boolean {
    if (delivery.isGone) {
      this.#context.stats.laggardsCut++
      this.close(CLOSE_LAGGED, 'too slow: the next frame is gone')
      return false
    }
    if (this.#connection.writableLength >= maxBufferedBytes) {
      if (delivery.behind > 0) delivery.hold()
      return false
    }
    const step = delivery.next()
    if (step instanceof Promise) this.#await(step)
    else if (step !== undefined) this.#write(step)
    return step !== undefined && !(step instanceof Promise)
  }

  /** Beside the library, which would make a header and two writes of each message. */
  #write({ bytes, messageCount }: Outgoing): void {
    const { stats } = this.#context
    stats.framesSent += messageCount
    stats.bytesSent += bytes.length
    this.#connection.write(bytes, this.#taken)
  }

  /** The socket has taken a piece. */
  readonly #taken = (error?: Error | null): void => {
    if (error) return
    this.#lastHeardMs = performance.now()
    if (this.#delivery !== undefined && !this.#delivery.isDone) this.send()
  }

  /** Behind a closing message nothing may be sent. */
  get #isOpen(): boolean {
    return !this.#closing && this.#socket.readyState === this.#socket.OPEN
  }

  #await(work: Promise<void>): void {
    this.#isWorking = true
    work.then(
      () => {
        this.#isWorking = false
        this.send()
      },
      (error: unknown) => this.#archiveFailed(error),
    )
  }

  #archiveFailed(error: unknown): void {
    this.#context.stats.archiveFailures++
    this.#context.onArchiveFailure(error)
    this.close(CLOSE_INTERNAL_ERROR, 'messages cannot be read')
  }

  #receive(message: RawData, isBinary: boolean): void {
    if (this.#closing) return
    this.#countMessage()
    if (this.#closing) return
    const control = isBinary ? controlFrom(message) : undefined
    if (control?.type === 'snapshotAsk' && !this.#hasSubscribed) this.#askSnapshot(control)
    else if (this.#reader !== undefined) this.#misbehaved(CLOSE_BAD_REQUEST, 'expected SnapshotAsk')
    else if (control?.type === 'subscribe' && !this.#hasSubscribed) this.#subscribe(control)
    else if (control?.type === 'filterItems') this.#addItems(control)
    else if (control?.type === 'filterDrop') this.#dropFilter(control)
    else if (control?.type === 'ping' && this.#hasSubscribed) this.#sendHeartbeat(control.ping)
    else if (this.#hasSubscribed) this.#misbehaved(CLOSE_BAD_REQUEST, 'unexpected message')
    else this.refuse('badRequest', 'expected a Subscribe message')
  }

  #countMessage(): void {
    if (this.#closing || ++this.#messagesSincePing <= MESSAGES_PER_PING) return
    this.#misbehaved(CLOSE_TOO_MANY_MESSAGES, 'too many messages')
  }

  #misbehaved(code: number, reason: string): void {
    this.#context.stats.misbehavedCut++
    this.close(code, reason)
  }

  #askSnapshot(ask: SnapshotAsk): void {
    clearTimeout(this.#handshakeTimer)
    this.#role = 'snapshot'
    this.#reader ??= SnapshotReader.open(this.#context.snapshots, {
      send: (bytes, onTaken) => {
        this.#socket.send(bytes, { binary: true }, (error) => error || onTaken())
      },
      refuse: ({ code, reason }) => this.refuse(code, reason),
      misbehaved: () => this.#misbehaved(CLOSE_BAD_REQUEST, 'one question at a time'),
      failed: (error) => this.#archiveFailed(error),
    })
    this.#reader?.take(ask)
  }

  #subscribe(request: Subscribe): void {
    this.#hasSubscribed = true
    clearTimeout(this.#handshakeTimer)
    refusalOf(request, this.#context)
      .then((refusal) => {
        if (this.#closing) return
        if (refusal === undefined) this.#begin(request)
        else this.refuse(refusal.code, refusal.reason, refusal.oldestSeq)
      })
      .catch((error: unknown) => this.#archiveFailed(error))
  }

  #begin(request: Subscribe): void {
    this.#role = request.role
    this.#delivery = new Delivery(this.#context, request, this.#filters)
    if (this.#delivery.isFiltering) this.#context.stats.filteringSubscribers++
    this.send()
  }

  #addItems(message: FilterItems): void {
    const code = this.#filters.add(message)
    if (code !== undefined) {
      this.refuse(code, `filter ${message.name} cannot be taken`)
      return
    }
    // A long list takes its time.
    if (!this.#hasSubscribed) this.#handshakeTimer.refresh()
    this.#tellChanged(message.name)
  }

  #dropFilter({ name }: FilterDrop): void {
    this.#filters.drop(name)
    this.#tellChanged(name)
  }

  #tellChanged(name: string): void {
    if (this.#delivery === undefined) return
    // What is being read or merged may have been matched already.
    const fromSeq = this.#isWorking ? this.#context.log.tip.nextSeq : this.#delivery.nextSeq
    const itemCount = this.#filters.itemCountOf(name)
    this.#say({ type: 'filterChanged', name, itemCount, fromSeq })
  }

  #sendHeartbeat(ping?: number): void {
    const { log, ageMs } = this.#context
    const delivery = this.#delivery
    // Who has enough to read hears from the server by that.
    if (!delivery?.isClear || this.#connection.writableLength >= FRESH_BUFFERED_BYTES) return
    this.#say({
      type: 'heartbeat',
      nextSeq: log.tip.nextSeq,
      sentSeq: delivery.nextSeq,
      ageMs: Math.round(ageMs()),
      ...(ping !== undefined && { ping }),
    })
  }

  #say(message: ControlMessage): void {
    this.#socket.send(encodeControl(message), { binary: true })
  }
}

function controlFrom(message: RawData): ControlMessage | undefined {
  try {
    return decodeControl(message as Buffer)
  } catch {
    return undefined
  }
}
