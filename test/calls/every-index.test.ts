/**
 * A read-only call at every commit index of a block sees the state there: it comes to what the
 * transaction that follows comes to on the simple sequential state, and reads of accounts and slots
 * give what the step before wrote.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { CallResult } from '@shredcast/shared/engine/call-result'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_WORKLOADS, MIX } from '../kit/all-workloads.ts'
import { requestOf } from '../kit/call-request.ts'
import { MapState } from '../kit/map-state.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { Oracle } from '../kit/oracle-block.ts'
import type { StepOutcome } from '../kit/step-outcome.ts'
import { WORLD_CONFIG, World } from '../kit/test-world.ts'

const TRANSACTIONS = 24
const FORKS: readonly Hardfork[] = ['frontier', 'spuriousDragon', 'istanbul', 'shanghai', 'osaka']

for (const engineName of ['inline', 'reference'] as const satisfies readonly EngineName[]) {
  describe(`calls beside the ${engineName} engine`, () => {
    let engine: Engine
    beforeAll(async () => {
      const build = engineName === 'inline' ? 'debug' : 'release'
      engine = await createEngine({ config: WORLD_CONFIG, workers: 2, engine: engineName, build })
    })
    afterAll(() => engine.close())

    const forks = engineName === 'inline' ? FORKS : FORKS.slice(-1)
    for (const fork of forks) {
      for (const workload of [...ALL_WORKLOADS, MIX]) {
        if (!isAtLeast(fork, workload.since ?? 'frontier')) continue
        it(`${fork}: ${workload.name}`, async () => {
          const world = new World(fork, createRandom(7))
          await engine.loadState(world.alloc())
          workload.fill(world, TRANSACTIONS)
          const block = world.takeBlock()
          const expected = await new Oracle(WORLD_CONFIG, new MapState(world.alloc())).run(block)
          await runWithCalls(engine, block, expected)
        })
      }
    }
  })
}

async function runWithCalls(
  engine: Engine,
  { context, transactions }: BlockInput,
  expected: readonly StepOutcome[],
): Promise<void> {
  await engine.openBlock(context)
  engine.execute()
  await engine.committedAbove(0)
  for (const [index, bytes] of transactions.entries()) {
    expectReads(engine, expected[index] as StepOutcome)
    const outcome = expected[index + 1] as StepOutcome
    if (outcome.type === 'transaction') {
      const request = requestOf(decodeTransaction(bytes), outcome.sender)
      expectSame(await engine.call(request, { gasLimit: 2n ** 62n }), outcome)
    }
    engine.append([bytes])
    engine.execute()
    await engine.committedAbove(index + 1)
  }
  expectReads(engine, expected[transactions.length] as StepOutcome)
}

function expectSame(result: CallResult, outcome: StepOutcome & { type: 'transaction' }): void {
  const { status, gasUsed, logs } = outcome.receipt
  if (result.status === 'invalid') throw new Error(`the call may not begin: ${result.reason}`)
  expect(result.status === 'success' ? 1 : 0).toBe(status)
  expect(result.gasUsed).toBe(gasUsed)
  if (result.status === 'success') expect(result.logs).toEqual(logs)
}

/** What the step wrote is what is read. */
function expectReads(engine: Engine, outcome: StepOutcome): void {
  if (outcome.type === 'rejected') return
  for (const { address, balance, nonce, code, slots } of outcome.changes) {
    const account = engine.readAccount(address)
    if (balance !== undefined) expect(account.balance).toBe(balance)
    if (nonce !== undefined) expect(account.nonce).toBe(nonce)
    if (code !== undefined) {
      expect(engine.readCode(address)).toEqual(code ?? new Uint8Array(0))
      expect(account.codeHash).toEqual(keccak256(code ?? new Uint8Array(0)))
    }
    for (const { key, value } of slots) expect(engine.readSlot(address, key)).toEqual(value)
  }
}
