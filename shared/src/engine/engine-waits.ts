/** Those on the main thread who wait for an engine: for commits, senders, a root. */

import {
  BLOCK_EPOCH,
  COMMIT_INDEX,
  HALT_WORKER_ERROR,
  HOST_COMMIT_TARGET,
} from '../layout/control.ts'
import { CONTROL_OFFSET } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'
import { EngineHaltedError } from './halt-error.ts'
import { waitForCore } from './host-wait.ts'
import type { WorkerPool } from './worker-pool.ts'

export class EngineWaits {
  readonly #host: CoreThread
  readonly #pool: WorkerPool
  readonly #waits = new Set<Promise<void>>()

  constructor(host: CoreThread, pool: WorkerPool) {
    this.#host = host
    this.#pool = pool
  }

  /** @throws EngineHaltedError with its cause */
  async until(isReached: () => boolean): Promise<void> {
    const wait = waitForCore(this.#host, isReached)
    this.#waits.add(wait)
    try {
      await wait
    } catch (error) {
      throw await this.#withCause(error)
    } finally {
      this.#waits.delete(wait)
    }
  }

  /** Until the commit index is at least that; earlier commits wake nobody. */
  async untilCommitted(commitIndex: number): Promise<void> {
    const target = (CONTROL_OFFSET + HOST_COMMIT_TARGET) >> 2
    const present = this.#waits.size > 0 ? controlWord(this.#host, HOST_COMMIT_TARGET) : Infinity
    Atomics.store(this.#host.words, target, Math.min(commitIndex, present))
    await this.until(() => controlWord(this.#host, COMMIT_INDEX) >= commitIndex)
  }

  /** Resolves when nobody waits any more, for whatever reason. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#waits)
  }

  /** What a worker says of its failure may come after the halt, but it comes. */
  async #withCause(error: unknown): Promise<unknown> {
    if (!(error instanceof EngineHaltedError) || error.reason !== HALT_WORKER_ERROR) return error
    const failure = await this.#pool.failureIn(controlWord(this.#host, BLOCK_EPOCH))
    return new EngineHaltedError(error.reason, failure.txIndex, failure.error)
  }
}
