/** What stands in the shared memory before any worker starts. */

import { randomInt } from 'node:crypto'
import {
  ENGINE,
  ENGINE_INLINE,
  ENGINE_REFERENCE,
  HAS_READER,
  HASH_SEED,
  HEAP_BYTES,
  SPECULATION_IS_FIXED,
} from '../layout/control.ts'
import { CHUNK_BYTES, CONTROL_OFFSET, HEAPS_BYTES } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import type { EngineOptions } from './engine-options.ts'
import { DEFAULT_ENGINE } from './engine-options.ts'

/** Writes what the core has to know before its workers start. */
export function settleCore(
  host: CoreThread,
  options: Pick<EngineOptions, 'workers' | 'engine' | 'reader' | 'speculation'>,
): void {
  const { workers, engine = DEFAULT_ENGINE, reader, speculation } = options
  const setWord = (offset: number, value: number) => {
    host.words[(CONTROL_OFFSET + offset) >> 2] = value
  }
  setWord(HASH_SEED, randomInt(2 ** 32))
  // An equal part of the heaps' region for each worker, in whole chunks.
  setWord(HEAP_BYTES, Math.floor(HEAPS_BYTES / workers / CHUNK_BYTES) * CHUNK_BYTES)
  setWord(HAS_READER, reader === undefined ? 0 : 1)
  setWord(SPECULATION_IS_FIXED, speculation === 'unlimited' ? 1 : 0)
  setWord(ENGINE, engine === 'inline' ? ENGINE_INLINE : ENGINE_REFERENCE)
}
