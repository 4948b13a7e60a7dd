/** Keccak-256 alone, in a small memory of its own, for what hashes outside the core. */

import { CONTROL_OFFSET } from '../src/layout/memory-map'
import { keccak256 } from './keccak/keccak'
import { initThread } from './memory/thread'

/** Where the hash is put; the input stands behind the scratch of the first thread. */
export const OUTPUT: usize = CONTROL_OFFSET
export const INPUT: usize = 128 * 1024

/** Hashes `bytes` bytes at INPUT. */
export function hash(bytes: usize): void {
  initThread(0)
  keccak256(OUTPUT, INPUT, bytes)
}
