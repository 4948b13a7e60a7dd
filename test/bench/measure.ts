/**
 * Timing a block on an engine. Execution only: senders are recovered and the state is loaded before
 * the clock starts, and nobody reads the commits.
 */

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { BlockStats } from '@shredcast/shared/engine/block-stats'
import type { BlockOptions, Engine, Schedule } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'

export interface MeasuredBlock {
  readonly context: BlockContext
  /** Signed bytes. */
  readonly transactions: readonly Uint8Array[]
}

export interface Execution {
  /** From the first execution to the last commit. */
  readonly executeMs: number
  readonly stats: BlockStats
}

// What the main thread collects while it waits would take a core from the workers.
setFlagsFromString('--expose-gc')
export const collectGarbage: () => void = runInNewContext('gc')

/** Executes the block on the engine's present state, which stays; the block stays open. */
export async function executeBlock(engine: Engine, block: MeasuredBlock): Promise<Execution> {
  await prepareBlock(engine, block)
  const startedMs = performance.now()
  engine.execute()
  await engine.committedAbove(engine.stepCount - 1)
  return { executeMs: performance.now() - startedMs, stats: engine.stats }
}

/** Opens the block and recovers its senders; nothing is executed yet. */
export async function prepareBlock(
  engine: Engine,
  block: MeasuredBlock,
  schedule: Schedule = 'block-stm',
  options: BlockOptions = {},
): Promise<void> {
  await engine.openBlock(block.context, schedule, options)
  engine.append(block.transactions)
  engine.appendClosing()
  await engine.sendersRecovered()
}

/**
 * When each step of the block committed, in milliseconds from the start. This thread watches the
 * commit index without a pause, so that a step's time is exact to a fraction of a microsecond; it
 * needs a core of its own beside the workers.
 */
export async function commitTimes(engine: Engine, block: MeasuredBlock): Promise<Float64Array> {
  await prepareBlock(engine, block)
  const times = new Float64Array(engine.stepCount)
  const startedMs = performance.now()
  engine.execute()
  for (let seen = 0; seen < times.length; ) {
    const committed = engine.commitIndex
    const timeMs = performance.now() - startedMs
    assert(timeMs < WATCH_LIMIT_MS, 'the block is executed while it is watched')
    const before = seen === 0 ? 0 : times[seen - 1]!
    const steps = committed - seen
    for (let step = 1; step <= steps; step++) {
      times[seen + step - 1] = before + ((timeMs - before) * step) / steps
    }
    seen = committed
  }
  return times
}

const WATCH_LIMIT_MS = 120_000

/** A side of a comparison: one way of executing a block. */
export interface Side<Result> {
  readonly name: string
  readonly run: () => Promise<Result>
}

/**
 * Runs all sides directly after each other, so that they meet the same machine, and each first in
 * turn. Results by name.
 */
export async function runInTurn<Result>(
  sides: readonly Side<Result>[],
  turn: number,
): Promise<Map<string, Result>> {
  const results = new Map<string, Result>()
  for (let place = 0; place < sides.length; place++) {
    const side = sides[(turn + place) % sides.length]!
    results.set(side.name, await side.run())
  }
  return results
}

/** Values gathered under names. */
export class Samples<Value> {
  readonly #values = new Map<string, Value[]>()

  add(name: string, value: Value): void {
    const values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, [value])
    else values.push(value)
  }

  of(name: string): readonly Value[] {
    return this.#values.get(name) ?? []
  }
}
