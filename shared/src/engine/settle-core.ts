/** What stands in the shared memory before any worker starts. */

import { randomInt } from 'node:crypto'
import { availableParallelism, totalmem } from 'node:os'
import {
  CORE_COUNT,
  ENGINE,
  ENGINE_INLINE,
  ENGINE_REFERENCE,
  FIXED_ORDER,
  HAS_READER,
  HASH_SEED,
  HEAP_BYTES,
  ORDER_ADAPTIVE,
  ORDER_ROOT_FIRST,
  ORDER_STEPS_FIRST,
  PROCESS_MIB_MAX,
  SPECULATION_IS_FIXED,
  WORKER_COUNT,
  WORKERS_ARE_FIXED,
} from '../layout/control.ts'
import { CHUNK_BYTES, CONTROL_OFFSET, HEAPS_BYTES } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import type { EngineOptions, FixedDecisions } from './engine-options.ts'
import { DEFAULT_ENGINE } from './engine-options.ts'

/** Of the memory that the process may have. */
const MEMORY_SHARE = 0.9
const BYTES_PER_MIB = 2 ** 20

/** Writes what the core has to know before its workers start. */
export function settleCore(
  host: CoreThread,
  options: Pick<EngineOptions, 'workers' | 'engine' | 'reader' | 'fixed'>,
): void {
  const { workers, engine = DEFAULT_ENGINE, reader, fixed = {} } = options
  const setWord = (offset: number, value: number) => {
    host.words[(CONTROL_OFFSET + offset) >> 2] = value
  }
  setWord(HASH_SEED, randomInt(2 ** 32))
  // An equal part of the heaps' region for each worker, in whole chunks.
  setWord(HEAP_BYTES, Math.floor(HEAPS_BYTES / workers / CHUNK_BYTES) * CHUNK_BYTES)
  setWord(HAS_READER, reader === undefined ? 0 : 1)
  setWord(WORKER_COUNT, workers)
  setWord(CORE_COUNT, availableParallelism())
  setWord(PROCESS_MIB_MAX, Math.floor((memoryBytes() * MEMORY_SHARE) / BYTES_PER_MIB))
  setWord(SPECULATION_IS_FIXED, fixed.speculation === 'unlimited' ? 1 : 0)
  setWord(WORKERS_ARE_FIXED, fixed.workers === 'all' ? 1 : 0)
  setWord(FIXED_ORDER, ORDERS[fixed.order ?? 'adaptive'])
  setWord(ENGINE, engine === 'inline' ? ENGINE_INLINE : ENGINE_REFERENCE)
}

const ORDERS: Readonly<Record<NonNullable<FixedDecisions['order']> | 'adaptive', number>> = {
  adaptive: ORDER_ADAPTIVE,
  'steps first': ORDER_STEPS_FIRST,
  'root first': ORDER_ROOT_FIRST,
}

/** What the process may have: all of the machine's, or what its control group says (0: nothing). */
function memoryBytes(): number {
  const limit = process.constrainedMemory()
  return limit === 0 ? totalmem() : Math.min(limit, totalmem())
}
