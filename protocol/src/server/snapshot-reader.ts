/**
 * Snapshots as the stream server gives them out: on connections of their own, each question answered
 * before the next one may come, so that a slow reader has one chunk in its socket at most. Where chunks
 * come from is a source's business.
 */

import type { SnapshotAsk, SnapshotChunk, SnapshotHead } from '../wire/control-messages.ts'
import { encodeControl } from '../wire/message-codec.ts'
import type { StreamServerStats } from './stream-server-stats.ts'
import type { Refusal } from './subscription-check.ts'
import { accessRefusal } from './subscription-check.ts'

export interface SnapshotSource {
  /** The newest snapshot there is, or why there is none. */
  head(): Promise<SnapshotHead | Refusal>
  /** The chunk of that block's snapshot behind a place, or why there is none. */
  chunk(block: Uint8Array, after: Uint8Array): Promise<SnapshotChunk | Refusal>
}

/** Each has one question in work, or a chunk in its socket, at most. */
const READERS_MAX = 32

const START = new Uint8Array(0)

interface DeskOptions {
  /** Absent: this server keeps no state. */
  readonly source: SnapshotSource | undefined
  readonly isTokenValid: (token: string | undefined) => boolean
  readonly stats: StreamServerStats
}

/** What all readers of snapshots share. */
export class SnapshotDesk {
  readonly #options: DeskOptions

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** Why there can be no more readers now. */
  enter(): Refusal | undefined {
    const { stats } = this.#options
    if (stats.snapshotReaders >= READERS_MAX) {
      return { code: 'full', reason: `${READERS_MAX} are loading snapshots already` }
    }
    stats.snapshotReaders++
    return undefined
  }

  leave(): void {
    this.#options.stats.snapshotReaders--
  }

  /** Rejects when the snapshot cannot be read. */
  async answer(ask: SnapshotAsk): Promise<Uint8Array | Refusal> {
    const { source, isTokenValid, stats } = this.#options
    const refusal = accessRefusal(ask, isTokenValid)
    if (refusal !== undefined) return refusal
    if (source === undefined) {
      return { code: 'noSnapshot', reason: 'this server keeps no state to make snapshots of' }
    }
    const startedMs = performance.now()
    const { block, after = START } = ask
    const answer = await (block === undefined ? source.head() : source.chunk(block, after))
    if ('code' in answer) return answer
    const bytes = encodeControl(answer)
    if (answer.type === 'snapshotHead') stats.snapshotsBegun++
    else stats.snapshotChunksSent++
    stats.snapshotBytesSent += bytes.length
    stats.snapshotWaitMs += performance.now() - startedMs
    return bytes
  }
}

/** What a reader does with its connection. */
export interface SnapshotConnection {
  /** `onTaken` is called when the socket has taken all of it. */
  send(bytes: Uint8Array, onTaken: () => void): void
  refuse(refusal: Refusal): void
  /** The peer asked before it had an answer. */
  misbehaved(): void
  failed(error: unknown): void
}

export class SnapshotReader {
  readonly #desk: SnapshotDesk
  readonly #connection: SnapshotConnection
  #isAnswering = false
  #hasEnded = false
  #askedMs = performance.now()

  private constructor(desk: SnapshotDesk, connection: SnapshotConnection) {
    this.#desk = desk
    this.#connection = connection
  }

  /** Undefined when there is no place, which the peer is told. */
  static open(desk: SnapshotDesk, connection: SnapshotConnection): SnapshotReader | undefined {
    const refusal = desk.enter()
    if (refusal === undefined) return new SnapshotReader(desk, connection)
    connection.refuse(refusal)
    return undefined
  }

  /** How long the peer has not asked for anything. */
  get idleMs(): number {
    return this.#isAnswering ? 0 : performance.now() - this.#askedMs
  }

  take(ask: SnapshotAsk): void {
    if (this.#isAnswering) {
      this.#connection.misbehaved()
      return
    }
    this.#isAnswering = true
    this.#desk.answer(ask).then(
      (answer) => this.#answered(answer),
      (error: unknown) => {
        if (!this.#hasEnded) this.#connection.failed(error)
      },
    )
  }

  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#desk.leave()
  }

  #answered(answer: Uint8Array | Refusal): void {
    if (this.#hasEnded) return
    if ('code' in answer) {
      this.#connection.refuse(answer)
      return
    }
    this.#connection.send(answer, () => {
      this.#isAnswering = false
      this.#askedMs = performance.now()
    })
  }
}
