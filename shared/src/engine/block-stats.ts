/** Counters of a block, as the core keeps them: some in the control region, some a thread each. */

import {
  AWAKE_WORKERS,
  BLOCK_CHUNKS,
  COUNTER_ABORTS,
  COUNTER_APPLY_TASKS,
  COUNTER_BUSY_US,
  COUNTER_CACHE_HITS,
  COUNTER_COLD_ACCOUNTS,
  COUNTER_COLD_SLOTS,
  COUNTER_EAGER_REPEATS,
  COUNTER_ESTIMATE_READS,
  COUNTER_EXECUTIONS,
  COUNTER_FEED_TASKS,
  COUNTER_HASH_TASKS,
  COUNTER_LARGE_HEAP,
  COUNTER_LIMITED_BY_HOST,
  COUNTER_LIMITED_BY_MEMORY,
  COUNTER_ORDER_CHANGES,
  COUNTER_RECOVERIES,
  COUNTER_RECOVERIES_PUT_OFF,
  COUNTER_ROOT_FIRST_TASKS,
  COUNTER_SLEEPS,
  COUNTER_STEPS_LEFT,
  COUNTER_TRIE_TASKS,
  COUNTER_VALIDATIONS,
  COUNTER_WAITS,
  COUNTER_WAKES_SPARED,
  CRITICAL_PATH,
  EDGE_COUNT,
  EVENT_LOOP_DELAY_MS,
  GAS_USED,
  PROCESS_MIB,
  SCRATCH_COUNTERS,
  SPECULATION_NARROWED,
  SPECULATION_WIDENED,
  SPECULATION_WINDOW,
} from '../layout/control.ts'
import {
  BLOCK_ARENA_BYTES,
  CHUNK_BYTES,
  HOST_WORKER,
  STATE_ARENA_BYTES,
  WORKER_STRIDE,
  WORKERS_OFFSET,
} from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import { controlLong, controlWord, loadWord } from './core-thread.ts'
import { stateArenaBytes } from './state-cache.ts'

const US_PER_MS = 1000

export interface BlockStats {
  readonly gasUsed: bigint
  /** Executions begun, the repeated ones included. */
  readonly executions: number
  /** Validations before the commit; each commit validates once more. */
  readonly validations: number
  /** Incarnations thrown away: invalid reads, reads of an ESTIMATE, assumptions that failed. */
  readonly aborts: number
  /** Transactions that were not begun before the one they were expected to conflict with. */
  readonly waits: number
  /** Reads that met an ESTIMATE. */
  readonly estimateReads: number
  /** Executions repeated because an assumption (nonce, bound, gas left) failed at commit. */
  readonly eagerRepeats: number
  /** Executions that were started again in the large heap, one at a time. */
  readonly largeHeapUses: number
  /** Accounts and slots that the block used and that were cached before it. */
  readonly cacheHits: number
  /** Accounts and slots that were loaded by the reader; the same one by two workers counts twice. */
  readonly coldAccounts: number
  readonly coldSlots: number
  /** How far executions may run ahead of the commits now, in steps; 0: without limit. */
  readonly speculationWindow: number
  /** How often that was narrowed and widened. */
  readonly windowsNarrowed: number
  readonly windowsWidened: number
  /** Times that a worker found nothing to do and slept. */
  readonly sleeps: number
  /** Milliseconds that workers were awake, all together. */
  readonly busyMs: number
  /** Senders recovered, and looks at which steps went before senders that wait. */
  readonly recoveries: number
  readonly recoveriesPutOff: number
  /** Tasks of the state root that workers did; those before it was asked for, by kind. */
  readonly trieTasks: number
  readonly feedTasks: number
  readonly applyTasks: number
  readonly hashTasks: number
  /** Of those, how many came before steps; and how often that order was changed. */
  readonly rootFirstTasks: number
  readonly orderChanges: number
  /** How many workers may be awake now, 0: all; and how often fewer were let be, by reason. */
  readonly awakeWorkers: number
  readonly limitedByHost: number
  readonly limitedByMemory: number
  /** Looks at which a worker left steps to others, and signals for which one worker was enough. */
  readonly stepsLeft: number
  readonly wakesSpared: number
  /** How late the main thread's event loop was when it last looked; late, no root work is done ahead. */
  readonly eventLoopDelayMs: number
  readonly processMiB: number
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
    executions: sumOf(host, COUNTER_EXECUTIONS),
    validations: sumOf(host, COUNTER_VALIDATIONS),
    aborts: sumOf(host, COUNTER_ABORTS),
    waits: sumOf(host, COUNTER_WAITS),
    estimateReads: sumOf(host, COUNTER_ESTIMATE_READS),
    eagerRepeats: sumOf(host, COUNTER_EAGER_REPEATS),
    largeHeapUses: sumOf(host, COUNTER_LARGE_HEAP),
    cacheHits: sumOf(host, COUNTER_CACHE_HITS),
    coldAccounts: sumOf(host, COUNTER_COLD_ACCOUNTS),
    coldSlots: sumOf(host, COUNTER_COLD_SLOTS),
    speculationWindow: controlWord(host, SPECULATION_WINDOW),
    windowsNarrowed: controlWord(host, SPECULATION_NARROWED),
    windowsWidened: controlWord(host, SPECULATION_WIDENED),
    sleeps: sumOf(host, COUNTER_SLEEPS),
    busyMs: sumOf(host, COUNTER_BUSY_US) / US_PER_MS,
    recoveries: sumOf(host, COUNTER_RECOVERIES),
    recoveriesPutOff: sumOf(host, COUNTER_RECOVERIES_PUT_OFF),
    trieTasks: sumOf(host, COUNTER_TRIE_TASKS),
    feedTasks: sumOf(host, COUNTER_FEED_TASKS),
    applyTasks: sumOf(host, COUNTER_APPLY_TASKS),
    hashTasks: sumOf(host, COUNTER_HASH_TASKS),
    rootFirstTasks: sumOf(host, COUNTER_ROOT_FIRST_TASKS),
    orderChanges: sumOf(host, COUNTER_ORDER_CHANGES),
    awakeWorkers: controlWord(host, AWAKE_WORKERS),
    limitedByHost: sumOf(host, COUNTER_LIMITED_BY_HOST),
    limitedByMemory: sumOf(host, COUNTER_LIMITED_BY_MEMORY),
    stepsLeft: sumOf(host, COUNTER_STEPS_LEFT),
    wakesSpared: sumOf(host, COUNTER_WAKES_SPARED),
    eventLoopDelayMs: controlWord(host, EVENT_LOOP_DELAY_MS),
    processMiB: controlWord(host, PROCESS_MIB),
    edges: controlWord(host, EDGE_COUNT),
    criticalPath: controlWord(host, CRITICAL_PATH),
    blockArenaFill: (controlWord(host, BLOCK_CHUNKS) * CHUNK_BYTES) / BLOCK_ARENA_BYTES,
    stateArenaFill: stateArenaBytes(host) / STATE_ARENA_BYTES,
  }
}

function sumOf(host: CoreThread, counter: number): number {
  let sum = 0
  for (let worker = 0; worker <= HOST_WORKER; worker++) {
    sum += loadWord(host, WORKERS_OFFSET + worker * WORKER_STRIDE + SCRATCH_COUNTERS + counter)
  }
  return sum
}
