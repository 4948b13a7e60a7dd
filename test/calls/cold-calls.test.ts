/**
 * Calls and reads on an engine that caches little of the state, beside an engine that has all of it: in
 * the middle of blocks, while the store is behind, and behind evictions. `COLD_SEED` is the first seed.
 */

import type { CallRequest } from '@shredcast/shared/chain/call'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { decodeTransaction, MalformedTransactionError } from '@shredcast/shared/chain/transaction'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { estimateGas } from '@shredcast/shared/engine/estimate-gas'
import { recoverSender } from '@shredcast/shared/engine/sender'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterEach, describe, expect, it } from 'vitest'
import { MIX } from '../kit/all-workloads.ts'
import { requestOf } from '../kit/call-request.ts'
import { ColdStore } from '../kit/cold-chain.ts'
import { PHOENIX } from '../kit/contract-workloads.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { outcomeOf } from '../kit/step-outcome.ts'
import { addressOf, callTo, WORLD_CONFIG, World, word } from '../kit/test-world.ts'

const FIRST_SEED = Number(process.env.COLD_SEED ?? 1)
const SEEDS = 2
const BLOCKS = 4
const TRANSACTIONS = 24
const TIMEOUT_MS = 600_000
const UNLIMITED = { gasLimit: 2n ** 62n }
const SLOTS = [0, 1, 5, 7, 42].map(word)

const FORKS: readonly (readonly [Hardfork, CoreBuild])[] = [
  ['frontier', 'debug'],
  ['spuriousDragon', 'debug'],
  ['osaka', 'debug'],
  ['osaka', 'release'],
]

const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const closable of opened.splice(0).reverse()) await closable.close()
})

interface Pair {
  readonly warm: Engine
  readonly cold: Engine
}

async function openPair(world: World, store: ColdStore, build: CoreBuild): Promise<Pair> {
  const { reader } = store
  const options = { config: WORLD_CONFIG, workers: 2, build }
  const warm = await createEngine(options)
  const cold = await createEngine({ ...options, reader, stateCacheBytes: 0 })
  opened.push(warm, cold)
  await warm.loadState(world.alloc())
  return { warm, cold }
}

/** Each engine executes the block a transaction at a time, with calls before each. */
async function runBlock(pair: Pair, block: BlockInput, addresses: readonly Uint8Array[]) {
  const { context, transactions } = block
  for (const engine of [pair.warm, pair.cold]) {
    await engine.openBlock(context)
    engine.execute()
    await engine.committedAbove(0)
  }
  for (const [index, bytes] of transactions.entries()) {
    await compareCalls(pair, requestsAround(bytes, addresses[index % addresses.length]!))
    compareReads(pair, addresses)
    for (const engine of [pair.warm, pair.cold]) {
      engine.append([bytes])
      engine.execute()
      await engine.committedAbove(index + 1)
    }
  }
  for (const engine of [pair.warm, pair.cold]) {
    engine.appendClosing()
    engine.execute()
    await engine.committedAbove(engine.stepCount - 1)
  }
  const { warm } = pair
  return Array.from({ length: warm.stepCount }, (_, index) => warm.step(index))
}

/** What the transaction is about to do, and looks at an account and at a slot. */
function requestsAround(bytes: Uint8Array, address: Uint8Array): CallRequest[] {
  return [
    ...requestsOf(bytes),
    callTo('inspector', address),
    { to: address, data: new Uint8Array(0) },
    callTo('store', 1, 2),
  ]
}

/** None, if the bytes are no transaction. */
function requestsOf(bytes: Uint8Array): CallRequest[] {
  try {
    const transaction = decodeTransaction(bytes)
    return [requestOf(transaction, recoverSender(transaction) ?? addressOf('nobody'))]
  } catch (error) {
    if (error instanceof MalformedTransactionError) return []
    throw error
  }
}

async function compareCalls({ warm, cold }: Pair, requests: readonly CallRequest[]) {
  for (const request of requests) {
    const options = { ...UNLIMITED, collectAccessList: true }
    expect(await cold.call(request, options)).toEqual(await warm.call(request, options))
  }
}

function compareReads({ warm, cold }: Pair, addresses: readonly Uint8Array[]): void {
  for (const address of addresses) {
    expect(cold.readAccount(address)).toEqual(warm.readAccount(address))
    expect(cold.readCode(address)).toEqual(warm.readCode(address))
    for (const key of SLOTS) {
      expect(cold.readSlot(address, key)).toEqual(warm.readSlot(address, key))
    }
  }
}

async function checkChain(fork: Hardfork, build: CoreBuild, seed: number): Promise<void> {
  const world = new World(fork, createRandom(seed))
  const store = await ColdStore.open(world.alloc())
  opened.push(store)
  const pair = await openPair(world, store, build)
  const addresses = [
    ...world.alloc().map(({ address }) => address),
    ...[PHOENIX, addressOf('nobody'), world.beneficiary],
  ]
  const requests = addresses.map((address) => callTo('inspector', address))
  for (let block = 1; block <= BLOCKS; block++) {
    MIX.fill(world, TRANSACTIONS)
    const steps = await runBlock(pair, world.takeBlock(), addresses)
    world.settleNonces(steps.map(outcomeOf))
    store.add(steps)
    for (const engine of [pair.warm, pair.cold]) await engine.applyBlock()
    compareReads(pair, addresses)
    await compareCalls(pair, requests)
    // Now and then the store stays behind, and nothing is evicted.
    if ((block + seed) % 3 === 0) continue
    await store.catchUp()
    compareReads(pair, addresses)
    await pair.cold.trimState()
    compareReads(pair, addresses)
    await compareCalls(pair, requests)
  }
  expect(pair.cold.stateCache.evicted).toBeGreaterThan(0)
}

describe('calls beside an engine that evicts', () => {
  for (const [fork, build] of FORKS) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      it(`${fork}, ${build}, COLD_SEED=${seed}`, () => checkChain(fork, build, seed), TIMEOUT_MS)
    }
  }

  it('leave nothing in the cache, and are estimated alike', async () => {
    const world = new World('osaka', createRandom(1))
    const store = await ColdStore.open(world.alloc())
    opened.push(store)
    const pair = await openPair(world, store, 'debug')
    const { context } = world.takeBlock()
    for (const engine of [pair.warm, pair.cold]) {
      await engine.openBlock(context)
      engine.execute()
      await engine.committedAbove(0)
    }
    const before = pair.cold.stateCache.bytes
    const [from] = world.rich
    for (const { address } of world.alloc()) {
      const request = { from: from!.address, to: address, value: 1n }
      const estimate = await estimateGas(pair.cold, request)
      expect(estimate).toEqual(await estimateGas(pair.warm, request))
    }
    expect(pair.cold.stateCache.bytes).toBe(before)
  })

  it('fail with what the reader says', async () => {
    const source = `export const openBaseReader = () => ({
      account() { throw new Error('the disk is gone') }, close: async () => {} })`
    const reader = { module: `data:text/javascript,${encodeURIComponent(source)}`, options: {} }
    const engine = await createEngine({ config: WORLD_CONFIG, workers: 1, reader })
    opened.push(engine)
    // Before Cancun a block's opening step reads nothing.
    await engine.openBlock(new World('istanbul', createRandom(1)).takeBlock().context)
    const call = engine.call({ to: addressOf('counter') })
    await expect(call).rejects.toThrow('the disk is gone')
    expect(() => engine.readAccount(addressOf('counter'))).toThrow('the disk is gone')
  })
})
