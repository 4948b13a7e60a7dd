/**
 * What the scheduler decides while a block runs, beside how far it speculates (speculation.ts):
 * which kind of task comes first, and how many workers are awake. A worker looks for work in this
 * order:
 *
 *   sender recovery  while few steps are recovered ahead of the executions; otherwise behind them
 *   commit           always: what is final leaves at once, and nobody waits for anything else
 *   a kept step      of which others wait for the end (scheduler.ts)
 *   the root         while the wait for it would be too long (`lookAtRoot`); otherwise last
 *   validation       near the commits, while there are conflicts (speculation.ts)
 *   execution        by the first worker alone when one depends on the other (`takesSteps`)
 *
 * The committer looks at what was measured every few commits; all decisions are counted. None of
 * them changes a result, only who does what when, so that their words are plain ones.
 */

import {
  AWAKE_WORKERS,
  BLOCK_CHUNKS,
  BLOCK_STARTED_US,
  CORE_COUNT,
  COUNTER_LIMITED_BY_HOST,
  COUNTER_LIMITED_BY_MEMORY,
  COUNTER_ORDER_CHANGES,
  COUNTER_RECOVERIES_PUT_OFF,
  COUNTER_STEPS_LEFT,
  EVENT_LOOP_DELAY_MS,
  EXECUTION_INDEX,
  FIXED_ORDER,
  ORDER_ADAPTIVE,
  ORDER_ROOT_FIRST,
  PROCESS_MIB,
  PROCESS_MIB_MAX,
  READY_HEAD,
  RECOVERY_INDEX,
  ROOT_COMES_FIRST,
  SCHEDULE,
  SCHEDULE_BLOCK_STM,
  TX_COUNT,
  WORKER_COUNT,
  WORKERS_ARE_FIXED,
} from '../../src/layout/control'
import { BLOCK_ARENA_BYTES, CHUNK_BYTES, CONTROL_OFFSET } from '../../src/layout/memory-map'
import { nowUs } from '../memory/clock'
import { count, threadIndex } from '../memory/thread'
import { wakeAll } from '../memory/work-slots'
import { aheadUs } from '../trie/ahead'
import { isFed } from '../trie/feed'
import { isAlone } from './speculation'

/** Commits between two looks. */
const LOOK_EVERY: u32 = 64
/** The wait for the root may be this part of the time that the block has run. */
const ROOT_WAIT_SHARE: u64 = 10
/** A wait below it is nobody's concern, so that the first steps of a block do not wait for it. */
const ROOT_WAIT_MIN_US: u64 = 5000
/** Recovered steps ahead of the executions that keep all workers busy until more are recovered. */
const RECOVERED_AHEAD: u32 = 64
/** A main thread that comes so late needs a core: it sends what is committed. */
const HOST_LATE_MS: u32 = 50
/** Of the block's arena, in eighths: what is left has to do for what is executed once. */
const ARENA_FILL_MAX: u32 = 7
const ALL: u32 = 0

@inline
function word(offset: usize): u32 {
  return load<u32>(CONTROL_OFFSET + offset)
}

/** A new block. The gate is locked. */
export function resetPolicy(): void {
  store<u32>(CONTROL_OFFSET + AWAKE_WORKERS, ALL)
  const isRootFirst = word(FIXED_ORDER) == ORDER_ROOT_FIRST
  store<u32>(CONTROL_OFFSET + ROOT_COMES_FIRST, u32(isRootFirst))
  store<u64>(CONTROL_OFFSET + BLOCK_STARTED_US, nowUs())
}

/** The block's first steps may run. Host only. */
export function noteStart(): void {
  store<u64>(CONTROL_OFFSET + BLOCK_STARTED_US, nowUs())
}

/** `committed` steps are final. The holder of the commit token calls it behind each commit. */
@inline
export function lookNowAndThen(committed: u32): void {
  if (committed % LOOK_EVERY == 0) look()
}

function look(): void {
  lookAtWorkers()
  if (isFed()) lookAtRoot()
}

/** Whether senders are to be recovered before anything else is done. */
export function comesRecoveryFirst(): bool {
  const next = word(RECOVERY_INDEX)
  if (next >= word(TX_COUNT)) return false
  if (word(FIXED_ORDER) != ORDER_ADAPTIVE) return true
  const isStm = word(SCHEDULE) == SCHEDULE_BLOCK_STM
  const executed = isStm ? word(EXECUTION_INDEX) : word(READY_HEAD)
  if (next < executed + RECOVERED_AHEAD) return true
  count(COUNTER_RECOVERIES_PUT_OFF)
  return false
}

/** Whether work on the root is to be done before steps. */
@inline
export function comesRootFirst(): bool {
  return word(ROOT_COMES_FIRST) != 0
}

/**
 * Decides that, by how long the root would take from now on with all workers. What comes over time
 * is thus done over time, and does not wait for the last commit.
 */
export function lookAtRoot(): void {
  if (word(FIXED_ORDER) != ORDER_ADAPTIVE) return
  const waitUs = aheadUs() / max(1, word(WORKER_COUNT))
  const runUs = nowUs() - load<u64>(CONTROL_OFFSET + BLOCK_STARTED_US)
  const comesFirst = waitUs > max(ROOT_WAIT_MIN_US, runUs / ROOT_WAIT_SHARE)
  if (comesFirst == comesRootFirst()) return
  count(COUNTER_ORDER_CHANGES)
  store<u32>(CONTROL_OFFSET + ROOT_COMES_FIRST, u32(comesFirst))
}

/**
 * Whether this worker hashes ahead, which takes milliseconds: the first one is kept free for the
 * transactions that come, as long as there are others and nothing presses.
 */
export function hashesAhead(): bool {
  return threadIndex() != 0 || word(WORKER_COUNT) == 1 || comesRootFirst()
}

/** Whether this worker does anything but end what it has begun. */
@inline
export function isAwake(): bool {
  const limit = word(AWAKE_WORKERS)
  return limit == ALL || threadIndex() < limit
}

/**
 * Whether this worker executes and validates. Where each step needs the one before it, the first
 * worker does so alone: its caches hold what the next one reads, and nobody looks on.
 */
export function takesSteps(): bool {
  if (isAwake() && (threadIndex() == 0 || !isAlone() || areWorkersFixed())) return true
  count(COUNTER_STEPS_LEFT)
  return false
}

/** Whether no other worker than the first would take a step. */
@inline
export function isFirstEnough(): bool {
  return word(AWAKE_WORKERS) == 1 || (isAlone() && !areWorkersFixed())
}

@inline
export function areWorkersFixed(): bool {
  return word(WORKERS_ARE_FIXED) != 0
}

/**
 * Decides how many workers are awake. Where memory is short, one executes in order, which throws
 * nothing away; while the main thread is late, it has a core.
 */
function lookAtWorkers(): void {
  if (areWorkersFixed()) return
  let limit = ALL
  let reason = COUNTER_LIMITED_BY_MEMORY
  if (isMemoryShort()) {
    limit = 1
  } else if (isHostLate() && needsCoreForHost()) {
    limit = word(WORKER_COUNT) - 1
    reason = COUNTER_LIMITED_BY_HOST
  }
  const before = word(AWAKE_WORKERS)
  if (limit == before) return
  store<u32>(CONTROL_OFFSET + AWAKE_WORKERS, limit)
  if (limit == ALL) wakeAll()
  else count(reason)
}

/**
 * A leader's main thread sends what is committed; a follower's is late whenever it declares a large
 * block at once, and then waits for the workers.
 */
function needsCoreForHost(): bool {
  if (word(SCHEDULE) != SCHEDULE_BLOCK_STM) return false
  return word(WORKER_COUNT) > 1 && word(WORKER_COUNT) >= word(CORE_COUNT)
}

function isHostLate(): bool {
  return word(EVENT_LOOP_DELAY_MS) > HOST_LATE_MS
}

function isMemoryShort(): bool {
  const chunks = <u32>(BLOCK_ARENA_BYTES / CHUNK_BYTES)
  if (word(BLOCK_CHUNKS) >= (chunks / 8) * ARENA_FILL_MAX) return true
  const limit = word(PROCESS_MIB_MAX)
  return limit != 0 && word(PROCESS_MIB) > limit
}
