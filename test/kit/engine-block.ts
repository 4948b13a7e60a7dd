/** A block on the parallel engine, from opening to the commit of its last step. */

import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { BlockOptions, DeclaredSchedule, Engine } from '@shredcast/shared/engine/engine'
import type { Random } from '@shredcast/shared/primitives/random'
import type { BlockInput } from './oracle-block.ts'

/** Executes a whole block speculatively, as a leader does with one that is there already. */
export async function runSpeculatively(
  engine: Engine,
  { context, transactions }: BlockInput,
): Promise<CommittedStep[]> {
  await engine.openBlock(context)
  engine.append(transactions)
  engine.appendClosing()
  await engine.sendersRecovered()
  engine.execute()
  return takeCommits(engine, engine.stepCount)
}

/** The same, but the transactions come in portions of random size while the workers run. */
export async function runAsItGrows(
  engine: Engine,
  { context, transactions }: BlockInput,
  random: Random,
  options: BlockOptions = {},
): Promise<CommittedStep[]> {
  await engine.openBlock(context, 'block-stm', options)
  for (let from = 0; from < transactions.length; ) {
    const to = from + 1 + random.below(20)
    engine.append(transactions.slice(from, to))
    engine.execute()
    from = to
    if (random.chance(0.3)) await new Promise(setImmediate)
  }
  engine.appendClosing()
  engine.execute()
  return takeCommits(engine, engine.stepCount)
}

/** Executes a block by the reads and writes that `diffs` declare, step by step, as a follower does. */
export async function runDeclared(
  engine: Engine,
  { context, transactions }: BlockInput,
  diffs: readonly StateDiff[],
  schedule: DeclaredSchedule = 'dag',
  options: BlockOptions = {},
): Promise<CommittedStep[]> {
  await engine.openBlock(context, schedule, options)
  engine.append(transactions)
  engine.appendClosing()
  for (const [txIndex, diff] of diffs.entries()) engine.declare(txIndex, diff)
  return takeCommits(engine, engine.stepCount)
}

async function takeCommits(engine: Engine, count: number): Promise<CommittedStep[]> {
  const steps: CommittedStep[] = []
  while (steps.length < count) {
    const committed = await engine.committedAbove(steps.length)
    while (steps.length < committed) steps.push(engine.step(steps.length))
  }
  return steps
}
