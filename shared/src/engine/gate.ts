/**
 * The gate as the host locks it: nobody is inside the core's tables while the host rearranges them
 * (assembly/host/block.ts).
 */

import { setImmediate, setTimeout } from 'node:timers/promises'
import { COMMIT_INDEX, HALT_WORKER_ERROR } from '../layout/control.ts'
import type { CallThread } from './call-thread.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'
import { EngineHaltedError } from './halt-error.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Workers leave the gate in microseconds, unless one is in the middle of a long execution. */
const GATE_QUICK_TRIES = 50
const GATE_RETRY_MS = 1

export class Gate {
  readonly #host: CoreThread
  readonly #pool: WorkerPool
  readonly #calls: CallThread

  constructor(host: CoreThread, pool: WorkerPool, calls: CallThread) {
    this.#host = host
    this.#pool = pool
    this.#calls = calls
  }

  /**
   * Waits until nobody is inside the core's tables, and keeps all out meanwhile.
   * @throws EngineHaltedError when a worker died inside
   */
  async whileLocked(action: () => void): Promise<void> {
    this.#calls.holdOff()
    try {
      await this.#lock()
      try {
        action()
      } finally {
        this.#host.core.unlockGate()
      }
    } finally {
      this.#calls.release()
    }
  }

  async #lock(): Promise<void> {
    for (let attempt = 0; this.#host.core.lockGate() === 0; attempt++) {
      // A thread that died inside never leaves.
      if (this.#pool.hasDied) {
        throw new EngineHaltedError(HALT_WORKER_ERROR, controlWord(this.#host, COMMIT_INDEX))
      }
      await (attempt < GATE_QUICK_TRIES ? setImmediate() : setTimeout(GATE_RETRY_MS))
    }
  }
}
