/**
 * What happens to a block that does not fit, or whose execution breaks: a clear error, and an engine
 * that goes on with the next block. The arenas are filled by moving their cursors, which is all that
 * filling them with data would do.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import { BlockTooLargeError } from '@shredcast/shared/engine/block-options'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { txRecordPtr } from '@shredcast/shared/engine/core-thread'
import { declareStep } from '@shredcast/shared/engine/declaration'
import type { Engine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import {
  BLOCK_CHUNKS,
  HALT_ABANDONED,
  HALT_BLOCK_ARENA_FULL,
  HALT_STATE_ARENA_FULL,
  HALT_SYSTEM_CALL_FAILED,
  HALT_WORKER_ERROR,
  STATE_CHUNKS,
} from '@shredcast/shared/layout/control'
import {
  BLOCK_ARENA_BYTES,
  CHUNK_BYTES,
  CONTROL_OFFSET,
  MEMORY_BYTES,
  STATE_ARENA_BYTES,
  TX_COUNT_MAX,
} from '@shredcast/shared/layout/memory-map'
import { TX_MESSAGE } from '@shredcast/shared/layout/records'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import { errorOf } from '../kit/error-of.ts'
import { MapState } from '../kit/map-state.ts'
import { startOpenEngine } from '../kit/open-engine.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { Oracle } from '../kit/oracle-block.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import { addressOf, callTo, WORLD_CONFIG, World, word } from '../kit/test-world.ts'
import { times } from '../kit/workload.ts'

const WORKERS = 2

let host: CoreThread
let engine: Engine
let world: World

async function startEngine(): Promise<void> {
  ;({ host, engine } = await startOpenEngine(WORKERS))
}

beforeAll(startEngine)
beforeEach(async () => {
  world = new World('osaka', createRandom(1))
  await engine.loadState(world.alloc())
})
afterAll(() => engine.close())

/** Leaves `left` chunks of the arena whose cursor is `cursor`. */
function leaveChunks(cursor: number, arenaBytes: number, left: number): void {
  Atomics.store(host.words, (CONTROL_OFFSET + cursor) >> 2, arenaBytes / CHUNK_BYTES - left)
}

function callBlock(count: number): BlockInput {
  const random = createRandom(2)
  times(count, (i) => {
    const sender = random.pick(world.rich)
    if (i % 2 === 0) world.call(sender, 'writer', 20)
    else world.send(sender, { to: addressOf(`recipient ${i}`), value: 1n })
  })
  return world.takeBlock()
}

async function expectHalt(promise: Promise<unknown>, reason: number): Promise<EngineHaltedError> {
  const error = await errorOf(promise)
  expect(error).toBeInstanceOf(EngineHaltedError)
  expect((error as EngineHaltedError).reason).toBe(reason)
  return error as EngineHaltedError
}

/** The engine executes a block as if nothing had happened. */
async function expectUsable(): Promise<void> {
  world = new World('osaka', createRandom(3))
  const block = callBlock(20)
  const expected = await new Oracle(WORLD_CONFIG, new MapState(world.alloc())).run(block)
  const steps = await runSpeculatively(engine, block)
  expect(steps.map((step) => textOf(outcomeOf(step)))).toEqual(expected.map(textOf))
}

describe('a block that does not fit', () => {
  for (const left of [0, 1, 2, 3, 4, 6, 8, 12]) {
    it(`halts with ${left} chunks left for what workers write, and is abandoned`, async () => {
      const { context, transactions } = callBlock(1000)
      await engine.openBlock(context)
      engine.append(transactions)
      await engine.sendersRecovered()
      leaveChunks(BLOCK_CHUNKS, BLOCK_ARENA_BYTES, left)
      engine.execute()
      await expectHalt(engine.committedAbove(transactions.length), HALT_BLOCK_ARENA_FULL)
      await engine.abandonBlock()
      await expectUsable()
    })
  }

  it('halts when its commits do not fit', async () => {
    times(3000, (i) => {
      world.send(world.rich[i % 20]!, { to: addressOf(`recipient ${i}`), value: 1n })
    })
    const block = world.takeBlock()
    const steps = await runSpeculatively(engine, block)
    const diffs = steps.flatMap((step) => (step.type === 'rejected' ? [] : [step.diff]))
    await engine.openBlock(block.context, 'dag')
    engine.append(block.transactions)
    // Nothing is committed before step 0, which is told last.
    for (let txIndex = 1; txIndex <= 3000; txIndex++) engine.declare(txIndex, diffs[txIndex]!)
    while (engine.stats.executions < 3000) await new Promise(setImmediate)
    leaveChunks(BLOCK_CHUNKS, BLOCK_ARENA_BYTES, 0)
    declareStep(host, 0, diffs[0]!)
    await expectHalt(engine.committedAbove(3000), HALT_BLOCK_ARENA_FULL)
    await engine.abandonBlock()
    await expectUsable()
  })

  it('says so to whoever appends what the block arena cannot hold', async () => {
    const { context, transactions } = callBlock(1)
    await engine.openBlock(context)
    leaveChunks(BLOCK_CHUNKS, BLOCK_ARENA_BYTES, 0)
    const append = async () => {
      engine.append([...transactions, new Uint8Array(CHUNK_BYTES)])
    }
    await expectHalt(append(), HALT_BLOCK_ARENA_FULL)
    await engine.abandonBlock()
    await expectUsable()
  })

  it('says so to whoever declares what the block arena cannot hold', async () => {
    const block = callBlock(1000)
    const steps = await runSpeculatively(engine, block)
    const diffs = steps.flatMap((step) => (step.type === 'rejected' ? [] : [step.diff]))
    await engine.openBlock(block.context, 'dag')
    engine.append(block.transactions)
    leaveChunks(BLOCK_CHUNKS, BLOCK_ARENA_BYTES, 0)
    const declare = async () => {
      for (const [txIndex, diff] of diffs.entries()) engine.declare(txIndex, diff)
    }
    await expectHalt(declare(), HALT_BLOCK_ARENA_FULL)
    await engine.abandonBlock()
    const declared = await runDeclared(engine, block, diffs)
    expect(declared.map(textOf)).toEqual(steps.map(textOf))
    await engine.abandonBlock()
    await expectUsable()
  })

  it('has no more steps than the table', async () => {
    const { context } = callBlock(0)
    await engine.openBlock(context)
    const transactions = Array.from({ length: TX_COUNT_MAX }, () => new Uint8Array(0))
    expect(() => engine.append(transactions)).toThrow(BlockTooLargeError)
    await engine.abandonBlock()
    await expectUsable()
  })

  it('has a context of limited size', async () => {
    const { context } = callBlock(0)
    const blockHashes = new Map<bigint, Uint8Array>()
    for (let number = 0n; number < 10_000n; number++) blockHashes.set(number, word(number))
    const error = await errorOf(engine.openBlock({ ...context, blockHashes }))
    expect(error).toBeInstanceOf(BlockTooLargeError)
    await expectUsable()
  })

  it('has a context that can be encoded', async () => {
    const { context } = callBlock(0)
    const poisoned = { ...context, ommers: [() => {}] } as unknown as BlockContext
    expect(await errorOf(engine.openBlock(poisoned))).toBeInstanceOf(Error)
    await expectUsable()
  })
})

describe('a state that does not fit', () => {
  it('halts the block that meets it, and is usable when it is loaded anew', async () => {
    const { context, transactions } = callBlock(400)
    await engine.openBlock(context)
    engine.append(transactions)
    await engine.sendersRecovered()
    leaveChunks(STATE_CHUNKS, STATE_ARENA_BYTES, 0)
    engine.execute()
    await expectHalt(engine.committedAbove(transactions.length), HALT_STATE_ARENA_FULL)
    await engine.abandonBlock()
    await engine.loadState(world.alloc())
    await expectUsable()
  })

  it('is refused where it is loaded', async () => {
    const accounts = function* () {
      yield* world.alloc()
      leaveChunks(STATE_CHUNKS, STATE_ARENA_BYTES, 0)
      const code = new Uint8Array(CHUNK_BYTES)
      yield { address: addressOf('large'), balance: 0n, nonce: 1n, code, storage: [] }
    }
    await expectHalt(engine.loadState(accounts()), HALT_STATE_ARENA_FULL)
    await engine.loadState(world.alloc())
    await expectUsable()
  })
})

/** Makes what a step executes lie at the memory's end: the core traps when it reads it. */
function poisonMessage(txIndex: number): void {
  host.words[(txRecordPtr(txIndex) + TX_MESSAGE) >> 2] = MEMORY_BYTES - 8
}

describe('a block whose execution breaks', () => {
  it('halts with the cause when a worker throws', async () => {
    const { context, transactions } = callBlock(50)
    await engine.openBlock(context)
    engine.append(transactions)
    await engine.sendersRecovered()
    poisonMessage(1)
    engine.execute()
    const error = await expectHalt(engine.committedAbove(1), HALT_WORKER_ERROR)
    expect(error.cause).toBeInstanceOf(Error)
    await engine.abandonBlock()
    await expectUsable()
  })

  it('halts with the cause when its closing work must not fail and does', async () => {
    const { context, transactions } = callBlock(30)
    await engine.loadState(world.alloc().filter((account) => account.balance > 0n))
    const error = await expectHalt(
      runSpeculatively(engine, { context, transactions }),
      HALT_SYSTEM_CALL_FAILED,
    )
    expect(error.txIndex).toBe(transactions.length + 1)
    await engine.abandonBlock()
    await engine.loadState(world.alloc())
    await expectUsable()
  })

  it('does not blame a later halt on an earlier cause', async () => {
    const { context, transactions } = callBlock(1000)
    await engine.openBlock(context)
    engine.append(transactions)
    await engine.sendersRecovered()
    poisonMessage(1)
    engine.execute()
    await expectHalt(engine.committedAbove(1), HALT_WORKER_ERROR)
    await engine.abandonBlock()
    await engine.openBlock(context)
    engine.append(transactions)
    leaveChunks(BLOCK_CHUNKS, BLOCK_ARENA_BYTES, 0)
    engine.execute()
    const error = await expectHalt(
      engine.committedAbove(transactions.length),
      HALT_BLOCK_ARENA_FULL,
    )
    expect(error.cause).toBeUndefined()
    await engine.abandonBlock()
  })
})

describe('a block that is given up', () => {
  it('ends for whoever waits for its commits', async () => {
    const { context, transactions } = callBlock(200)
    await engine.openBlock(context)
    engine.append(transactions)
    engine.execute()
    const waiting = errorOf(engine.committedAbove(1000))
    await engine.abandonBlock()
    await expectUsable()
    expect(await waiting).toMatchObject({ reason: HALT_ABANDONED })
  })

  it('is given up again and again while it runs', async () => {
    for (let round = 0; round < 30; round++) {
      world = new World('osaka', createRandom(round))
      const { context, transactions } = callBlock(100)
      await engine.openBlock(context)
      engine.append(transactions)
      engine.execute()
      if (round % 3 > 0) await engine.committedAbove(round % 2 === 0 ? 0 : 40)
      await engine.abandonBlock()
    }
    await expectUsable()
  })

  it('does not keep the engine from closing', async () => {
    const { context, transactions } = callBlock(500)
    await engine.openBlock(context)
    engine.append(transactions)
    engine.execute()
    const waiting = errorOf(engine.committedAbove(10_000))
    await engine.committedAbove(3)
    await engine.close()
    expect(await waiting).toMatchObject({ reason: HALT_ABANDONED })
    await startEngine()
  })

  it('need not have been executed when the engine closes', async () => {
    const { context } = callBlock(0)
    await engine.openBlock(context)
    engine.append([world.rich[0]!.sign({ ...callTo('counter') })])
    await engine.close()
    await startEngine()
  })
})
