/** An engine whose shared memory the test can reach, on a debug build of the core. */

import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { createCoreThread } from '@shredcast/shared/engine/core-thread'
import { Engine } from '@shredcast/shared/engine/engine'
import { settleCore } from '@shredcast/shared/engine/settle-core'
import { startWorkers } from '@shredcast/shared/engine/worker-pool'
import { HOST_WORKER } from '@shredcast/shared/layout/memory-map'
import { WORLD_CONFIG } from './test-world.ts'

export interface OpenEngine {
  /** The host's own instance of the core. */
  readonly host: CoreThread
  readonly engine: Engine
}

export async function startOpenEngine(workers: number): Promise<OpenEngine> {
  const module = await compileCore('debug')
  const memory = createMemory()
  const host = createCoreThread(module, memory, HOST_WORKER)
  settleCore(host, { workers })
  const pool = await startWorkers({ module, memory, config: WORLD_CONFIG, workers })
  return { host, engine: new Engine(host, pool, WORLD_CONFIG) }
}
