/** The virtual clock on blocks whose speed-up is known beforehand. */

import { KIND_BALANCE } from '@shredcast/shared/layout/records'
import { beforeAll, describe, expect, it } from 'vitest'
import { toyAddress } from '../kit/virtual-worker.ts'
import { ScaleCore } from './scale-core.ts'
import type { Trace, TracedLocation, TracedStep } from './scale-trace.ts'

const STEP_COUNT = 120
const STEP_MS = 1

let core: ScaleCore

beforeAll(async () => {
  core = await ScaleCore.create()
})

function locationAt(place: number): TracedLocation {
  return { kind: KIND_BALANCE, address: toyAddress(place), key: undefined, base: 0n }
}

/** Each step adds one to the place that `placeOf` gives it, by reading it first or lazily. */
function increments(placeOf: (step: number) => number, isLazy: boolean): Trace {
  const locations = new Map<number, TracedLocation>()
  const values = new Map<number, bigint>()
  const steps = Array.from({ length: STEP_COUNT }, (_, index): TracedStep => {
    const place = placeOf(index)
    const location = locations.get(place) ?? locationAt(place)
    locations.set(place, location)
    const before = values.get(place) ?? 0n
    values.set(place, before + 1n)
    const write = { location, value: before + 1n, delta: isLazy ? 1n : undefined }
    return {
      reads: isLazy ? [] : [{ location, value: before }],
      expected: undefined,
      writes: [write],
    }
  })
  return { steps, locations: [...locations.values()] }
}

function speedup(trace: Trace, workers: number, commitMs = 0): number {
  const costs = {
    executionMs: new Float64Array(STEP_COUNT).fill(STEP_MS),
    commitMs: new Float64Array(STEP_COUNT).fill(commitMs),
    validationMs: 0,
    pollMs: 0,
  }
  core.load(trace)
  const alone = core.simulate(trace, 1, costs)
  return alone.executeMs / core.simulate(trace, workers, costs).executeMs
}

describe('the simulated scheduler', () => {
  it('keeps all workers busy with independent steps', () => {
    const trace = increments((step) => step, false)
    for (const workers of [2, 4, 8]) expect(speedup(trace, workers)).toBeCloseTo(workers, 0)
  })

  it('gains nothing on a chain of dependent steps', () => {
    const chain = increments(() => 0, false)
    expect(Math.abs(speedup(chain, 8) - 1)).toBeLessThan(0.1)
  })

  it('runs lazy updates of one place in parallel', () => {
    const updates = increments(() => 0, true)
    expect(speedup(updates, 8)).toBeGreaterThan(7)
  })

  it('is bounded by commits, of which one at a time is made', () => {
    const trace = increments((step) => step, false)
    // Alone a step takes 1.25 ms; together a commit of 0.25 ms follows the other.
    expect(speedup(trace, 32, STEP_MS / 4)).toBeLessThan(5.01)
  })
})
