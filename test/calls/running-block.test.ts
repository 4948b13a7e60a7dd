/**
 * Read-only calls while blocks are executed, sealed and abandoned: each sees one step's state, none
 * holds up the host, and nothing of them stays. Long executions of workers stop with their block, too.
 */

import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { controlWord } from '@shredcast/shared/engine/core-thread'
import type { Engine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { BLOCK_CHUNKS, HALT_ABANDONED, STATE_CHUNKS } from '@shredcast/shared/layout/control'
import { bytesToBigInt } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assemble } from '../kit/bytecode.ts'
import { runSpeculatively } from '../kit/engine-block.ts'
import { errorOf } from '../kit/error-of.ts'
import { startOpenEngine } from '../kit/open-engine.ts'
import { addressOf, callTo, World, word } from '../kit/test-world.ts'
import { times } from '../kit/workload.ts'

const WORKERS = 2
const TRANSACTIONS = 3000
const SENDERS = 24
const TWIN = addressOf('two slots that are always the same')
const ENDLESS = addressOf('without end')
const UNLIMITED = { gasLimit: 10n ** 15n, timeMs: 600_000 }

/** With call data it counts in both slots, else it returns the second and what the first has more. */
const TWIN_CODE = assemble(`CALLDATASIZE @count JUMPI
  0 SLOAD 2000 :spin 1 SWAP1 SUB DUP1 @spin JUMPI POP
  1 SLOAD DUP1 0 MSTORE SWAP1 SUB 32 MSTORE 64 0 RETURN
  :count 0 SLOAD 1 ADD 0 SSTORE 1 SLOAD 1 ADD 1 SSTORE`)

let host: CoreThread
let engine: Engine
let world: World

beforeEach(async () => {
  ;({ host, engine } = await startOpenEngine(WORKERS))
  world = new World('prague', createRandom(1))
  world.gasLimit = 10n ** 15n
  const contract = { balance: 0n, nonce: 1n, storage: [] }
  await engine.loadState([
    ...world.alloc(),
    { ...contract, address: TWIN, code: TWIN_CODE },
    { ...contract, address: ENDLESS, code: assemble(':again @again JUMP') },
  ])
})
afterEach(() => engine.close())

/** The count that the twin slots have; they must be the same. */
async function twinCount(): Promise<number> {
  const result = await engine.call({ to: TWIN })
  if (result.status !== 'success') throw new Error(JSON.stringify(result.status))
  expect(bytesToBigInt(result.output.subarray(32))).toBe(0n)
  return Number(bytesToBigInt(result.output.subarray(0, 32)))
}

function countingBlock(count: number) {
  times(count, (i) => {
    const data = Uint8Array.of(1)
    world.send(world.rich[i % SENDERS]!, { to: TWIN, gasLimit: 100_000n, data })
  })
  return world.takeBlock()
}

describe('calls while a block is executed', () => {
  it('see all of one step and nothing of another', async () => {
    const { context, transactions } = countingBlock(TRANSACTIONS)
    await engine.openBlock(context)
    engine.append(transactions)
    engine.appendClosing()
    await engine.sendersRecovered()
    expect(await twinCount()).toBe(0)
    engine.execute()
    const seen = new Set<number>()
    while (engine.commitIndex < engine.stepCount) {
      const before = engine.commitIndex
      const count = await twinCount()
      // Step 0 opens the block, the last one closes it.
      expect(count).toBeGreaterThanOrEqual(Math.min(Math.max(before - 1, 0), TRANSACTIONS))
      expect(count).toBeLessThanOrEqual(Math.max(engine.commitIndex - 1, 0))
      seen.add(count)
    }
    expect(seen.size).toBeGreaterThan(1)
    expect(await twinCount()).toBe(TRANSACTIONS)
    await engine.applyBlock()
    expect(await twinCount()).toBe(TRANSACTIONS)
    expect(engine.readSlot(TWIN, word(1))).toEqual(word(TRANSACTIONS))
  })

  it('leave nothing in the arenas', async () => {
    await engine.openBlock(world.takeBlock().context)
    engine.execute()
    await engine.committedAbove(0)
    await twinCount()
    const used = () => [controlWord(host, STATE_CHUNKS), controlWord(host, BLOCK_CHUNKS)]
    const before = used()
    const [from] = world.rich
    for (let round = 0; round < 100; round++) {
      const to = addressOf('writer')
      const { data } = callTo('writer', 500)
      const result = await engine.call({ from: from!.address, to, data })
      expect(result.status).toBe('success')
      await engine.call({ to: addressOf(`nobody ${round}`), value: 0n })
    }
    expect(used()).toEqual(before)
    expect(engine.readSlot(addressOf('writer'), word(1))).toEqual(word(0))
  })
})

describe('a long call', () => {
  it('holds up neither sealing nor the next block, and sees the newer one', async () => {
    const late = engine.openBlock(world.takeBlock().context).then(() => {
      return errorOf(engine.call({ to: ENDLESS }, { ...UNLIMITED, timeMs: 5000 }))
    })
    for (let blocks = 0; blocks < 3; blocks++) {
      await runSpeculatively(engine, countingBlock(10))
      await engine.applyBlock()
    }
    expect(engine.readSlot(TWIN, word(0))).toEqual(word(30))
    expect(await late).toMatchObject({ name: 'Engine.CallTimeoutError' })
    expect(await twinCount()).toBe(30)
  })
})

describe('a long execution of a worker', () => {
  const startEndless = async (count: number) => {
    times(count, (i) => {
      world.add(world.rich[i]!, { to: ENDLESS, gasLimit: 10n ** 13n })
    })
    const { context, transactions } = world.takeBlock()
    await engine.openBlock(context)
    engine.append(transactions)
    engine.execute()
    await engine.committedAbove(0)
  }

  it('stops when its block is abandoned', async () => {
    await startEndless(WORKERS)
    const waiting = errorOf(engine.committedAbove(1))
    await engine.abandonBlock()
    expect(await waiting).toMatchObject({ reason: HALT_ABANDONED })
    expect(await waiting).toBeInstanceOf(EngineHaltedError)
    await runSpeculatively(engine, countingBlock(10))
    await engine.applyBlock()
    expect(await twinCount()).toBe(10)
  })

  it('stops when the engine closes', async () => {
    await startEndless(1)
    await engine.close()
  })
})
