/**
 * What a block's tasks cost. The time between two commits of one real worker is a step's execution
 * with its commit; what of it is the commit shows in a simulation, where the scheduler's own code
 * runs for real and can be timed alone.
 */

import { median } from '@shredcast/shared/primitives/statistics'
import type { ScaleCore, Simulation } from './scale-core.ts'
import type { TaskCosts } from './scale-run.ts'
import type { Trace } from './scale-trace.ts'

/** Virtual workers of the simulation that has validations beside commits. */
const CROWD = 8
/** Simulations before the timed ones, until V8 has optimized the core and the replay. */
const WARMUP = 3
const TIMED_RUNS = 5
/** A step's execution takes at least this share of the time between commits. */
const EXECUTION_SHARE_MIN = 0.2

/** `runs` are the commit times of one worker; the trace is loaded. */
export function measureCosts(
  core: ScaleCore,
  trace: Trace,
  runs: readonly Float64Array[],
): TaskCosts {
  const betweenMs = medianSteps(runs)
  const free = { commitMs: new Float64Array(betweenMs.length), validationMs: 0, pollMs: 0 }
  const assumed = { executionMs: betweenMs, ...free }
  for (let i = 0; i < WARMUP; i++) core.simulate(trace, 1, assumed)
  const alone = fastestOf(() => core.simulate(trace, 1, assumed))
  const crowd = fastestOf(() => core.simulate(trace, CROWD, assumed))
  const stepCount = betweenMs.length
  const perCommitMs = alone.pollingMs / stepCount
  const commitMs = shareOut(trace, perCommitMs)
  const pollMs = crowd.emptyPolls === 0 ? 0 : crowd.emptyMs / crowd.emptyPolls
  const ofValidationsMs = crowd.pollingMs - crowd.emptyMs - perCommitMs * stepCount
  return {
    executionMs: betweenMs.map((timeMs, step) => {
      return Math.max(timeMs - commitMs[step]!, timeMs * EXECUTION_SHARE_MIN)
    }),
    commitMs,
    validationMs: Math.max(0, ofValidationsMs / Math.max(1, crowd.validations)),
    pollMs,
  }
}

/** The scheduler does the same each time, so whatever takes longer is another's doing. */
function fastestOf(simulate: () => Simulation): Simulation {
  const simulations = Array.from({ length: TIMED_RUNS }, simulate)
  return simulations.reduce((best, other) => (other.pollingMs < best.pollingMs ? other : best))
}

/** The median time of each step over all runs. */
function medianSteps(runs: readonly Float64Array[]): Float64Array {
  return runs[0]!.map((_, step) => {
    return median(runs.map((times) => times[step]! - (step === 0 ? 0 : times[step - 1]!)))
  })
}

/** A commit looks at all that its step read and wrote. */
function shareOut({ steps }: Trace, meanMs: number): Float64Array {
  const weights = Float64Array.from(steps, ({ reads, writes }) => 1 + reads.length + writes.length)
  const meanWeight = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights.map((weight) => (meanMs * weight) / meanWeight)
}
