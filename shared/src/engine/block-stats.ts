/** Counters of a block, as the core keeps them. */

import {
  ABORT_COUNT,
  BLOCK_CHUNKS,
  CRITICAL_PATH,
  EAGER_COUNT,
  EDGE_COUNT,
  ESTIMATE_READ_COUNT,
  EXECUTION_COUNT,
  GAS_USED,
  STATE_CHUNKS,
  VALIDATION_COUNT,
} from '../layout/control.ts'
import { BLOCK_ARENA_BYTES, CHUNK_BYTES, STATE_ARENA_BYTES } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import { controlLong, controlWord } from './core-thread.ts'

export interface BlockStats {
  readonly gasUsed: bigint
  /** Executions begun, the repeated ones included. */
  readonly executions: number
  readonly validations: number
  /** Incarnations thrown away. */
  readonly aborts: number
  /** Reads that met an ESTIMATE. */
  readonly estimateReads: number
  /** Executions repeated because an assumption (nonce, bound, gas left) failed at commit. */
  readonly eagerRepeats: number
  /** DAG: edges, and steps on the longest path. */
  readonly edges: number
  readonly criticalPath: number
  /** Fill of the arenas, 0 to 1. */
  readonly blockArenaFill: number
  readonly stateArenaFill: number
}

export function readBlockStats(host: CoreThread): BlockStats {
  return {
    gasUsed: controlLong(host, GAS_USED),
    executions: controlWord(host, EXECUTION_COUNT),
    validations: controlWord(host, VALIDATION_COUNT),
    aborts: controlWord(host, ABORT_COUNT),
    estimateReads: controlWord(host, ESTIMATE_READ_COUNT),
    eagerRepeats: controlWord(host, EAGER_COUNT),
    edges: controlWord(host, EDGE_COUNT),
    criticalPath: controlWord(host, CRITICAL_PATH),
    blockArenaFill: (controlWord(host, BLOCK_CHUNKS) * CHUNK_BYTES) / BLOCK_ARENA_BYTES,
    stateArenaFill: (controlWord(host, STATE_CHUNKS) * CHUNK_BYTES) / STATE_ARENA_BYTES,
  }
}
