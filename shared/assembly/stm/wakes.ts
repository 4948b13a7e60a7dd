/**
 * Who is woken for what. A worker that another one wakes may be put on the same core, and then each
 * waits for the other's time slice (4 ms were seen): work that is done before that is left to
 * whoever is awake. How much work it is, steps executed before tell (STEP_COST).
 */

import { COUNTER_WAKES_SPARED, STEP_COST } from '../../src/layout/control'
import { average, noteAverage } from '../memory/average'
import { count } from '../memory/thread'
import { hasSleepers, wakeAll, wakeFirst, wakeOne, wakeSome } from '../memory/work-slots'
import { areWorkersFixed, isFirstEnough } from './policy'

/** Fewer tasks than this are not worth another thread. */
const PASS_ON_MIN: u32 = 6
/** Steps that one worker executes alone: four transactions between the system steps. */
const ALONE_MAX: u32 = 6
/** Work that is worth another thread. */
const WORTH_WAKING_NS: u64 = 100_000
/** Before anything was measured. */
const STEP_COST_UNKNOWN_NS: u32 = 20_000
/** Steps whose time says something. */
const MEASURED_MIN: u32 = 16

/** Wakes workers for `added` senders to recover: all of them, or one for a few. */
export function signalSenders(added: u32): void {
  if (added > ALONE_MAX) wakeAll()
  else wakeFirst()
}

/** The same for steps to execute; a few of them find another worker while steps below run. */
export function signalSteps(added: u32, isRunning: bool): void {
  if (added <= ALONE_MAX) {
    if (isRunning) wakeOne()
    else wakeFirst()
    return
  }
  const helpers = areWorkersFixed() ? added : helpersFor(added)
  if (helpers == 0) count(COUNTER_WAKES_SPARED)
  wakeSome(helpers)
}

/** Wakes another worker when enough steps are left over. */
@inline
export function passOn(waiting: u32): void {
  if (waiting >= PASS_ON_MIN && hasSleepers()) passOnSteps(waiting)
}

function passOnSteps(waiting: u32): void {
  if (areWorkersFixed() || helpersFor(waiting) != 0) wakeOne()
  else count(COUNTER_WAKES_SPARED)
}

/** The same for senders, each of which is worth it. */
@inline
export function passOnSenders(waiting: u32): void {
  if (waiting >= PASS_ON_MIN && hasSleepers()) wakeOne()
}

/** A step has become ready that the caller does not take. */
export function wakeForStep(): void {
  if (isFirstEnough()) wakeFirst()
  else wakeOne()
}

/** How many threads so many steps would keep busy for long enough. */
function helpersFor(steps: u32): u32 {
  return <u32>((<u64>steps * average(STEP_COST, STEP_COST_UNKNOWN_NS)) / WORTH_WAKING_NS)
}

/** A worker was busy with nothing but `steps` steps for so long. */
export function noteStepCost(busyUs: u64, steps: u32): void {
  if (steps >= MEASURED_MIN) noteAverage(STEP_COST, (busyUs * 1000) / steps)
}
