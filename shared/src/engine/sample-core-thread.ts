/** A core without code for unit tests of encoders: memory, and a block arena that only grows. */

import type { CoreExports } from './core.ts'
import type { CoreThread } from './core-thread.ts'

const BYTES = 2 * 1024 * 1024
/** Behind every region of fixed size that encoders write to. */
const ARENA = BYTES / 2

export function sampleCoreThread(): CoreThread {
  const buffer = new ArrayBuffer(BYTES)
  let next = ARENA
  const core: Pick<CoreExports, 'allocateOutput'> = {
    allocateOutput(bytes) {
      const ptr = next
      next += Math.ceil(bytes / 8) * 8
      return ptr
    },
  }
  return {
    core: core as CoreExports,
    module: undefined as never,
    memory: undefined as never,
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    limbs: new BigUint64Array(buffer),
    scratch: 0,
  }
}
