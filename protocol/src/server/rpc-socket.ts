/**
 * One WebSocket connection of the JSON-RPC server: requests run side by side, up to a bound, and
 * notifications go out as they come. Who does not read what he asked for is cut.
 */

import type { WebSocket } from 'ws'
import type { RpcBackend } from '../rpc/backend.ts'
import type { Dispatcher } from '../rpc/dispatcher.ts'
import { MAX_RESPONSE_BYTES } from '../rpc/dispatcher.ts'
import type { CallerAccess } from '../rpc/method.ts'
import { Subscriptions } from '../rpc/subscriptions.ts'
import type { RpcServerStats } from './rpc-server-stats.ts'

/** Requests of one connection at a time; more wait in its socket. */
const RUNNING_MAX = 256
/** What may wait in the socket when a notification is added, and when an answer is. */
const NOTIFIED_MAX_BYTES = 4 * 1024 * 1024
const ANSWERED_MAX_BYTES = MAX_RESPONSE_BYTES + NOTIFIED_MAX_BYTES

export class RpcSocket {
  readonly #socket: WebSocket
  readonly #dispatcher: Dispatcher
  readonly #access: CallerAccess
  readonly #stats: RpcServerStats
  readonly #subscriptions: Subscriptions
  #running = 0
  #isAlive = true

  constructor(
    socket: WebSocket,
    parts: {
      readonly dispatcher: Dispatcher
      readonly backend: RpcBackend
      readonly access: CallerAccess
      readonly stats: RpcServerStats
    },
  ) {
    this.#socket = socket
    this.#dispatcher = parts.dispatcher
    this.#access = parts.access
    this.#stats = parts.stats
    this.#subscriptions = new Subscriptions(parts.backend, (text) => {
      this.#send(text, NOTIFIED_MAX_BYTES)
    })
    socket.on('message', (message) => this.#receive(message as Buffer))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    socket.on('close', () => this.#subscriptions.close())
    // A fault of the peer's WebSocket, such as a frame above the limit, closes the connection.
    socket.on('error', () => socket.terminate())
  }

  /** Called at intervals: a peer that answered no ping since the last time is cut. */
  checkAlive(): void {
    if (!this.#isAlive) this.#socket.terminate()
    else if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping()
    this.#isAlive = false
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  async #receive(message: Buffer): Promise<void> {
    this.#running++
    if (this.#running === RUNNING_MAX) this.#socket.pause()
    const opened: string[] = []
    const caller = { access: this.#access, subscriptions: this.#subscriptions, opened }
    const answer = await this.#dispatcher.answer(message, caller)
    if (answer !== undefined) this.#send(answer, ANSWERED_MAX_BYTES)
    for (const id of opened) this.#subscriptions.release(id)
    if (this.#running === RUNNING_MAX) this.#socket.resume()
    this.#running--
  }

  #send(text: string, maxBufferedBytes: number): void {
    const socket = this.#socket
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount + text.length <= maxBufferedBytes) {
      socket.send(text)
    } else {
      // Not closed in order: the close frame would wait behind what is not read.
      this.#stats.slowReadersCut++
      socket.terminate()
    }
  }
}
