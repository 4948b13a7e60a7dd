/** The gate, from the host's side: what it rearranges, it rearranges when no worker looks. */

import { setImmediate, setTimeout } from 'node:timers/promises'
import { COMMIT_INDEX, HALT_WORKER_ERROR } from '../layout/control.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'
import { EngineHaltedError } from './halt-error.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Workers leave the gate in microseconds, unless one is in the middle of a long execution. */
const QUICK_TRIES = 50
const RETRY_MS = 1

/**
 * Waits until no worker is inside the core's tables, and keeps them out meanwhile.
 * @throws EngineHaltedError when a worker has died
 */
export async function withGateLocked(
  host: CoreThread,
  pool: WorkerPool,
  action: () => void,
): Promise<void> {
  for (let attempt = 0; host.core.lockGate() === 0; attempt++) {
    // A thread that died inside never leaves.
    if (pool.hasDied) {
      throw new EngineHaltedError(HALT_WORKER_ERROR, controlWord(host, COMMIT_INDEX))
    }
    await (attempt < QUICK_TRIES ? setImmediate() : setTimeout(RETRY_MS))
  }
  try {
    action()
  } finally {
    host.core.unlockGate()
  }
}
