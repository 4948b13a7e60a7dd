/** Calls of the core on the main thread, which the core may stop as it stops a worker. */

import { CoreHaltedError } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { throwIfHalted } from './host-wait.ts'

/** @throws EngineHaltedError when the core stops it */
export function inCore(host: CoreThread, action: () => void): void {
  try {
    action()
  } catch (error) {
    if (error instanceof CoreHaltedError) throwIfHalted(host)
    throw error
  }
}
