/** What the core has to know before its workers start. */

import { randomInt } from 'node:crypto'
import { ENGINE, HASH_SEED, HEAP_BYTES } from '../layout/control.ts'
import { CHUNK_BYTES, CONTROL_OFFSET, HEAPS_BYTES } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'

/** `engine`: ENGINE_*. */
export function settleCore(host: CoreThread, engine: number, workers: number): void {
  const setWord = (offset: number, value: number) => {
    host.words[(CONTROL_OFFSET + offset) >> 2] = value
  }
  setWord(HASH_SEED, randomInt(2 ** 32))
  // An equal part of the heaps' region for each worker, in whole chunks.
  setWord(HEAP_BYTES, Math.floor(HEAPS_BYTES / workers / CHUNK_BYTES) * CHUNK_BYTES)
  setWord(ENGINE, engine)
}
