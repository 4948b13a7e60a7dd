/**
 * Mainnet blocks: speculative execution by several workers, and execution by declared reads and
 * writes, both come to what one execution after the other comes to, step by step, and to the block's
 * header. `EQUIVALENCE_WORKERS=1,2,4,8` runs every block with each of these worker counts, and
 * `EQUIVALENCE_REPEATS=20` as often.
 */

import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type {
  CommittedStep,
  CommittedSystemStep,
  CommittedTransaction,
} from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { depositRequest } from '@shredcast/shared/engine/reference/deposit-requests'
import { differencesFromHeader, summarizeBlock } from '@shredcast/shared/state/block-summary'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import { MapState } from '../kit/map-state.ts'
import { Oracle } from '../kit/oracle-block.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'

/** For one run with every worker count. */
const TIMEOUT_MS = 60_000
const ALL_WORKER_COUNTS = [1, 2, 4, 8]
const REPEATS = Number(process.env.EQUIVALENCE_REPEATS ?? 1)
const FORCED_WORKER_COUNTS = process.env.EQUIVALENCE_WORKERS?.split(',').map(Number)

/** All blocks with two workers; every third of them with another count too. */
function workerCountsOf(position: number): readonly number[] {
  if (FORCED_WORKER_COUNTS !== undefined) return FORCED_WORKER_COUNTS
  return position % 3 === 0 ? [2, [1, 4, 8][(position / 3) % 3]!] : [2]
}

const engines = new Map<number, Engine>()

describeWithData('mainnet blocks, in parallel', '../shared/fixtures/mainnet', (folder) => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json.gz'))
  files.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))

  beforeAll(async () => {
    for (const workers of FORCED_WORKER_COUNTS ?? ALL_WORKER_COUNTS) {
      engines.set(workers, await createEngine({ config: MAINNET, workers }))
    }
  })
  afterAll(async () => {
    for (const engine of engines.values()) await engine.close()
  })

  for (const [position, file] of files.entries()) {
    const workerCounts = workerCountsOf(position)
    const name = `block ${basename(file, '.json.gz')} with ${workerCounts.join(' and ')} workers`
    it(`${name} is the sequential one`, { timeout: TIMEOUT_MS * REPEATS }, async () => {
      const fixture = await readBlockFixture(join(folder, file))
      const oracle = new Oracle(MAINNET, new MapState(fixture.preState))
      const expected = (await oracle.run(fixture)).map(textOf)
      for (const workers of workerCounts) {
        for (let repeat = 0; repeat < REPEATS; repeat++) {
          await checkWith(engines.get(workers)!, fixture, expected)
        }
      }
    })
  }
})

/** Of BN254, of BLS12-381, and of the proofs on it. */
const LIBRARIES = 3

async function checkWith(
  engine: Engine,
  fixture: BlockFixture,
  expected: readonly string[],
): Promise<void> {
  await engine.loadState(fixture.preState)
  const steps = await runSpeculatively(engine, fixture)
  expect(steps.map((step) => textOf(outcomeOf(step)))).toEqual(expected)
  checkHeader(fixture, steps)

  // The state before the block is untouched until the block is applied.
  const diffs = steps.map(diffOf)
  for (const schedule of ['dag', 'seeded'] as const) {
    const declared = await runDeclared(engine, fixture, diffs, schedule)
    expect(declared.map((step) => textOf(outcomeOf(step)))).toEqual(expected)
    expect(declared.map((step) => textOf(diffOf(step)))).toEqual(diffs.map(textOf))
    expect(engine.stats.aborts).toBe(0)
    // A worker that loads the library of a precompile begins the step a second time.
    const repeated = engine.stats.executions - steps.length
    expect(repeated).toBeLessThanOrEqual(engine.workers * LIBRARIES)
  }
}

function diffOf(step: CommittedStep): StateDiff {
  if (step.type === 'rejected') throw new Error(`mainnet's transaction is rejected: ${step.reason}`)
  return step.diff
}

function checkHeader(fixture: BlockFixture, steps: readonly CommittedStep[]): void {
  const { header } = fixture
  const transactions = steps.filter((step): step is CommittedTransaction => {
    return step.type === 'transaction'
  })
  const receipts = transactions.map((step) => step.receipt)
  const deposits = depositRequest(
    receipts.flatMap((receipt) => receipt.logs),
    MAINNET.depositContract!,
  )
  const { requests } = steps.at(-1) as CommittedSystemStep
  const summary = summarizeBlock({
    fork: hardforkAt(MAINNET, header.number, header.timestamp),
    transactions: transactions.map((step) => step.transaction),
    receipts,
    withdrawals: fixture.context.withdrawals ?? [],
    requests: deposits === undefined ? requests : [deposits, ...requests],
  })
  expect(differencesFromHeader(header, summary)).toEqual([])
}
