/**
 * State larger than memory: engines that load what they touch from a store, and evict nearly all of
 * it between blocks, come to what an engine comes to that has the whole state loaded. The store may
 * be some blocks behind. `COLD_SEED` is the first seed, `COLD_REPEATS` how many chains are made for
 * each fork.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { DeclaredSchedule, Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { assert } from '@shredcast/shared/primitives/assert'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterEach, describe, expect, it } from 'vitest'
import { MIX } from '../kit/all-workloads.ts'
import { initCode } from '../kit/bytecode.ts'
import { ColdStore, diffsOf } from '../kit/cold-chain.ts'
import { PHOENIX } from '../kit/contract-workloads.ts'
import { CONTRACT_CODE, PHOENIX_INIT, PHOENIX_RUNTIME } from '../kit/contracts.ts'
import { runAsItGrows, runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { StateOutcome } from '../kit/state-outcome.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import { addressOf, callTo, WORLD_CONFIG, World, word } from '../kit/test-world.ts'

const FIRST_SEED = Number(process.env.COLD_SEED ?? 1)
const REPEATS = Number(process.env.COLD_REPEATS ?? 2)
const BLOCKS = 7
const KIB = 1024
const TIMEOUT_MS = 600_000
const GAS = 300_000n

const FORKS: readonly Hardfork[] = ['frontier', 'spuriousDragon', 'shanghai', 'osaka']

interface ColdEngine {
  readonly name: EngineName
  readonly workers: number
  readonly build: CoreBuild
  /** Zero: nothing stays from one eviction to the next. */
  readonly stateCacheBytes: number
  readonly declared?: DeclaredSchedule
}

const COLD_ENGINES: readonly ColdEngine[] = [
  { name: 'inline', workers: 1, build: 'debug', stateCacheBytes: 0 },
  { name: 'inline', workers: 2, build: 'debug', stateCacheBytes: 32 * KIB },
  { name: 'inline', workers: 4, build: 'release', stateCacheBytes: 48 * KIB },
  { name: 'reference', workers: 2, build: 'release', stateCacheBytes: 32 * KIB },
  { name: 'inline', workers: 2, build: 'debug', stateCacheBytes: 32 * KIB, declared: 'dag' },
  { name: 'inline', workers: 2, build: 'release', stateCacheBytes: 0, declared: 'seeded' },
]

const opened: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const closable of opened.splice(0).reverse()) await closable.close()
})

async function openStore(world: World): Promise<ColdStore> {
  const store = await ColdStore.open(world.alloc())
  opened.push(store)
  return store
}

async function openEngine(store: ColdStore, options: ColdEngine): Promise<Engine> {
  const { name, ...rest } = options
  const { reader } = store
  const engine = await createEngine({ config: WORLD_CONFIG, engine: name, reader, ...rest })
  opened.push(engine)
  return engine
}

async function openWarm(world: World): Promise<Engine> {
  const engine = await createEngine({ config: WORLD_CONFIG, workers: 1 })
  opened.push(engine)
  await engine.loadState(world.alloc())
  return engine
}

describe('engines that evict', () => {
  for (const fork of FORKS) {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + REPEATS; seed++) {
      it(`${fork}, COLD_SEED=${seed}`, () => checkChain(fork, seed), TIMEOUT_MS)
    }
  }
})

/** Every `period` blocks the store catches up, and the engines evict. */
async function checkChain(fork: Hardfork, seed: number): Promise<void> {
  const world = new World(fork, createRandom(seed))
  const store = await openStore(world)
  const warm = await openWarm(world)
  const runs: { engine: Engine; options: ColdEngine; outcome: StateOutcome }[] = []
  for (const options of COLD_ENGINES) {
    runs.push({ engine: await openEngine(store, options), options, outcome: new StateOutcome() })
  }
  const period = 1 + (seed % 3)
  const expected = new StateOutcome()
  for (let block = 1; block <= BLOCKS; block++) {
    MIX.fill(world, 40)
    const input = world.takeBlock()
    const steps = await runSpeculatively(warm, input)
    world.settleNonces(steps.map(outcomeOf))
    applySteps(expected, steps)
    await warm.applyBlock()
    for (const { engine, options, outcome } of runs) {
      const name = `COLD_SEED=${seed}, block ${block}, ${textOf(options)}`
      applySteps(outcome, await checkBlock(engine, options, input, steps, name))
      await engine.applyBlock()
    }
    store.add(steps)
    if (block % period !== 0) continue
    await store.catchUp()
    for (const { engine } of runs) await engine.trimState()
  }
  const root = await expected.root()
  for (const { engine, options, outcome } of runs) {
    expect(await outcome.root()).toBe(root)
    expect(engine.stateCache.evicted).toBeGreaterThan(0)
    expect(engine.stateCache.bytesMax).toBe(options.stateCacheBytes)
  }
}

function applySteps(outcome: StateOutcome, steps: readonly CommittedStep[]): void {
  outcome.apply(diffsOf(steps).flatMap(({ changes }) => changes))
}

async function checkBlock(
  engine: Engine,
  { declared }: ColdEngine,
  input: BlockInput,
  expected: readonly CommittedStep[],
  name: string,
): Promise<CommittedStep[]> {
  if (declared === undefined) {
    const steps = await runSpeculatively(engine, input)
    expect(steps.map(outcomeOf).map(textOf), name).toEqual(expected.map(outcomeOf).map(textOf))
    return steps
  }
  const valid = expected.filter((step) => step.type !== 'rejected')
  const transactions = valid.flatMap((step) => {
    return step.type === 'transaction' ? [step.transaction] : []
  })
  const diffs = diffsOf(valid)
  const steps = await runDeclared(engine, { ...input, transactions }, diffs, declared)
  const renumbered = valid.map((step, txIndex) => textOf({ ...step, txIndex }))
  expect(steps.map(textOf), name).toEqual(renumbered)
  return steps
}

/** A world in which there is storage where the phoenix will be, and perhaps the phoenix itself. */
class OldWorld extends World {
  readonly #phoenix: { readonly nonce: bigint; readonly code: Uint8Array }

  constructor(fork: Hardfork, phoenix = { nonce: 1n, code: PHOENIX_RUNTIME }) {
    super(fork, createRandom(1))
    this.#phoenix = phoenix
  }

  override alloc() {
    const storage = [{ key: word(5), value: word(9) }]
    return [...super.alloc(), { ...this.#phoenix, address: PHOENIX, balance: 0n, storage }]
  }
}

const createPhoenix = { to: addressOf('phoenixFactory'), gasLimit: GAS, data: PHOENIX_INIT }
const slotOfPhoenix = { to: PHOENIX, gasLimit: GAS, data: concatBytes(word(5), word(1)) }

async function logsOf(engine: Engine, input: BlockInput): Promise<Uint8Array[]> {
  const steps = await runSpeculatively(engine, input)
  await engine.applyBlock()
  return steps.flatMap((step) => {
    assert(step.type !== 'rejected', 'no transaction of the block is invalid')
    return step.type === 'transaction' ? step.receipt.logs.map(({ data }) => data) : []
  })
}

describe('a cold engine', () => {
  const options: ColdEngine = { name: 'inline', workers: 2, build: 'debug', stateCacheBytes: 0 }

  it('does not take a slot from the store that was destroyed after it', async () => {
    const world = new OldWorld('shanghai')
    const store = await openStore(world)
    const engine = await openEngine(store, options)
    world.send(world.rich[0]!, { to: PHOENIX, gasLimit: GAS })
    const destruction = await runSpeculatively(engine, world.takeBlock())
    await engine.applyBlock()
    world.send(world.rich[1]!, createPhoenix)
    const creation = await runSpeculatively(engine, world.takeBlock())
    await engine.applyBlock()
    world.send(world.rich[2]!, slotOfPhoenix)
    expect(await logsOf(engine, world.takeBlock())).toEqual([word(0)])
    store.add(destruction)
    store.add(creation)
    expect(store.state.latest.slot(PHOENIX, word(5))).toEqual(word(9))
  })

  it('takes a slot from the store that was written after a destruction and evicted', async () => {
    const world = new OldWorld('shanghai')
    const store = await openStore(world)
    const engine = await openEngine(store, options)
    world.send(world.rich[0]!, slotOfPhoenix)
    world.send(world.rich[0]!, { to: PHOENIX, gasLimit: GAS })
    store.add(await runSpeculatively(engine, world.takeBlock()))
    await engine.applyBlock()
    world.send(world.rich[1]!, createPhoenix)
    world.send(world.rich[1]!, slotOfPhoenix)
    store.add(await runSpeculatively(engine, world.takeBlock()))
    await engine.applyBlock()
    await store.catchUp()
    await engine.trimState()
    world.send(world.rich[2]!, slotOfPhoenix)
    expect(await logsOf(engine, world.takeBlock())).toEqual([word(1)])
    expect(engine.stats.coldSlots).toBe(1)
  })

  it('knows an account with storage but neither code nor nonce', async () => {
    for (const nonce of [0n, 1n]) {
      const world = new OldWorld('shanghai', { nonce, code: new Uint8Array(0) })
      const engine = await openEngine(await openStore(world), options)
      const warm = await openWarm(world)
      world.send(world.rich[1]!, createPhoenix)
      world.send(world.rich[1]!, slotOfPhoenix)
      const block = world.takeBlock()
      // Nobody logs, because there is no code.
      expect(await logsOf(warm, block)).toEqual([])
      expect(await logsOf(engine, block)).toEqual([])
    }
  })

  it('counts what it loads, finds and evicts', async () => {
    const world = new World('osaka', createRandom(1))
    const store = await openStore(world)
    const engine = await openEngine(store, { ...options, workers: 1 })
    const call = async () => {
      world.send(world.rich[0]!, callTo('counter'))
      const steps = await runSpeculatively(engine, world.takeBlock())
      await engine.applyBlock()
      store.add(steps)
      return engine.stats
    }
    const first = await call()
    const second = await call()
    expect(first.coldAccounts).toBeGreaterThan(3)
    expect(first.coldSlots).toBeGreaterThan(0)
    expect(second.coldAccounts).toBe(0)
    expect(second.cacheHits).toBeGreaterThan(3)
    await store.catchUp()
    await engine.trimState()
    expect(engine.stateCache).toMatchObject({ evictions: 1 })
    expect(engine.stateCache.evicted).toBeGreaterThan(4)
    expect(await call()).toMatchObject({ coldAccounts: first.coldAccounts })
  })

  it('takes a block back from the trie that has written what it never read', async () => {
    const world = new World('osaka', createRandom(1))
    const engine = await openEngine(await openStore(world), options)
    engine.trie.reset(world.alloc())
    const before = engine.trie.root()
    // A new contract's slots are known to be empty.
    const data = initCode(CONTRACT_CODE.counter, '9 1 SSTORE')
    world.send(world.rich[0]!, { data, gasLimit: GAS })
    await runAsItGrows(engine, world.takeBlock(), createRandom(1), { feedsTrie: true })
    expect(engine.trie.root()).not.toEqual(before)
    await engine.abandonBlock()
    expect(engine.trie.root()).toEqual(before)
  })

  it('refuses to evict while a block is open', async () => {
    const world = new World('osaka', createRandom(1))
    const engine = await openEngine(await openStore(world), options)
    await engine.openBlock(world.takeBlock().context)
    await expect(engine.trimState()).rejects.toThrow('no block is open')
  })

  it('stops the block with what the reader says', async () => {
    const world = new World('osaka', createRandom(1))
    const source = `export const openBaseReader = () => ({
      account() { throw new Error('the disk is gone') }, close: async () => {} })`
    const reader = { module: `data:text/javascript,${encodeURIComponent(source)}`, options: {} }
    const engine = await createEngine({ config: WORLD_CONFIG, workers: 2, reader })
    opened.push(engine)
    world.send(world.rich[0]!, { to: addressOf('counter'), gasLimit: GAS })
    const error = await runSpeculatively(engine, world.takeBlock()).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(EngineHaltedError)
    expect(String((error as Error).cause)).toContain('the disk is gone')
  })

  it('does not start without its reader', async () => {
    const reader = { module: 'data:text/javascript,', options: {} }
    await expect(createEngine({ config: WORLD_CONFIG, workers: 1, reader })).rejects.toThrow(
      'openBaseReader',
    )
  })
})
