/**
 * The client of a server's snapshots: one connection, one question at a time. It checks that what comes
 * is what was asked for and whole; whether it is true is its user's business. It does not reconnect: a
 * snapshot goes on at any place, on any connection.
 */

import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { openStreamSocket } from '#stream-socket'
import type {
  ControlMessage,
  Hello,
  SnapshotAsk,
  SnapshotChunk,
  SnapshotHead,
} from '../wire/control-messages.ts'
import { PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { MAX_CONTROL_BYTES, MAX_SNAPSHOT_HEAD_BYTES } from '../wire/limits.ts'
import { decodeControl, encodeControl } from '../wire/message-codec.ts'
import { checkStreamUrl } from './connect-stream.ts'
import { Deadline } from './deadline.ts'
import {
  DisconnectedError,
  disconnectedError,
  InvalidStreamError,
  refusedError,
  SilentServerError,
  StreamClosedError,
  StreamError,
  WrongStreamError,
} from './stream-errors.ts'
import type { StreamSocket } from './stream-socket.ts'

export interface SnapshotClientOptions {
  readonly token?: string
  /** Without any traffic. Default 15000. */
  readonly readDeadlineMs?: number
}

type Wanted = 'hello' | 'snapshotHead' | 'snapshotChunk'

interface Question {
  readonly wanted: Wanted
  resolve(answer: ControlMessage): void
  reject(error: StreamError): void
}

const DEFAULT_READ_DEADLINE_MS = 15_000

export class SnapshotClient {
  /** Rejects when there is no connection. */
  readonly hello: Promise<Hello>
  readonly #token: string | undefined
  readonly #socket: StreamSocket
  readonly #deadline: Deadline
  #question: Question | undefined
  /** Why nothing more comes. */
  #failure: StreamError | undefined

  /** @throws InvalidStreamUrlError */
  constructor(url: string, { token, readDeadlineMs }: SnapshotClientOptions = {}) {
    checkStreamUrl(url)
    const deadlineMs = readDeadlineMs ?? DEFAULT_READ_DEADLINE_MS
    this.#token = token
    this.#socket = openStreamSocket(
      url,
      {
        handshakeTimeoutMs: deadlineMs,
        maxMessageBytes: MAX_SNAPSHOT_HEAD_BYTES + MAX_CONTROL_BYTES,
      },
      {
        message: (bytes) => this.#receive(bytes),
        ping: () => this.#deadline.refresh(),
        error: (cause) => this.#fail(new DisconnectedError(url, 1006, '', cause)),
        closed: (code, reason) => this.#fail(disconnectedError(url, code, reason)),
      },
    )
    this.#deadline = new Deadline(deadlineMs, () => {
      this.#fail(new SilentServerError(url, deadlineMs))
    })
    this.hello = this.#wait('hello') as Promise<Hello>
    this.hello.catch(() => {})
  }

  /**
   * The newest snapshot of the server.
   * @throws RefusedError, DisconnectedError, SilentServerError, InvalidStreamError
   */
  head(): Promise<SnapshotHead> {
    return this.#ask({}, 'snapshotHead') as Promise<SnapshotHead>
  }

  /**
   * The chunk behind the place `after` of that block's snapshot.
   * @throws TooOldError when the server has it no more; and as `head`
   */
  async chunk(block: Uint8Array, after: Uint8Array): Promise<SnapshotChunk> {
    const chunk = (await this.#ask({ block, after }, 'snapshotChunk')) as SnapshotChunk
    if (!equalBytes(chunk.after, after)) {
      throw this.#fail(new WrongStreamError('the server sent another chunk of the snapshot'))
    }
    if (!equalBytes(keccak256(chunk.content), chunk.checksum)) {
      throw this.#fail(new WrongStreamError('a chunk of the snapshot has another checksum'))
    }
    return chunk
  }

  close(): void {
    this.#fail(new StreamClosedError('the snapshot was closed'))
  }

  #ask(ask: Pick<SnapshotAsk, 'block' | 'after'>, wanted: Wanted): Promise<ControlMessage> {
    const answer = this.#wait(wanted)
    if (this.#failure === undefined) {
      const token = this.#token
      const version = PROTOCOL_VERSION
      const message: SnapshotAsk = { type: 'snapshotAsk', version, ...(token && { token }), ...ask }
      this.#socket.send(encodeControl(message))
    }
    return answer
  }

  #wait(wanted: Wanted): Promise<ControlMessage> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure)
      else this.#question = { wanted, resolve, reject }
    })
  }

  #receive(bytes: Uint8Array | undefined): void {
    if (this.#failure !== undefined) return
    this.#deadline.refresh()
    try {
      if (bytes === undefined) throw new WrongStreamError('the server sent text')
      const control = decodeControl(bytes)
      if (control.type === 'refused') throw refusedError(control)
      const question = this.#question
      if (control.type !== question?.wanted) {
        throw new WrongStreamError(`the server sent a ${control.type} message`)
      }
      this.#question = undefined
      question.resolve(control)
    } catch (error) {
      this.#fail(error instanceof StreamError ? error : new InvalidStreamError(error))
    }
  }

  /** Ends the connection; the first reason holds. */
  #fail(error: StreamError): StreamError {
    this.#deadline.stop()
    if (this.#failure === undefined) {
      this.#failure = error
      this.#socket.close()
    }
    this.#question?.reject(this.#failure)
    this.#question = undefined
    return this.#failure
  }
}
