/**
 * `bench root`: the state root after blocks that touch many leaves of a large state, half of them
 * accounts and half slots, by one thread, by several, and by `@ethereumjs/trie`. The peer's state is
 * smaller, because building it takes it minutes; its tries are less deep, which is in its favour.
 */

import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { assert } from '@shredcast/shared/primitives/assert'
import { bigIntToBytes, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { median } from '@shredcast/shared/primitives/statistics'
import { StateRoot } from '../kit/state-root.ts'
import type { ThreadedTrie } from '../kit/threaded-trie.ts'
import { createThreadedTrie } from '../kit/threaded-trie.ts'
import { GIGAGAS_PLANS } from './gigagas-blocks.ts'
import { collectGarbage, runInTurn, Samples } from './measure.ts'
import { choiceOf, jsonOption, listOf, positiveNumber, workerListOption } from './options.ts'
import type { Column } from './report.ts'
import { milliseconds, Report, ratio } from './report.ts'
import { measureRootWaits } from './root-wait.ts'

interface RootOptions {
  readonly accounts: number
  readonly slots: number
  readonly peer: number
  readonly touched: number[]
  readonly workers: number[]
  readonly repeat: number
  readonly blocks: readonly string[]
  readonly blockSize: number
  readonly blockMs: number
  readonly json?: boolean
}

/** What a block took: to hand its changes over, from then to the root, and of all processors. */
interface Timing {
  readonly stageMs: number
  readonly rootMs: number
  readonly cpuMs: number
}

interface SideRow {
  readonly threads: number
  readonly stageMs: number
  readonly rootMs: number
  readonly leavesPerSecond: number
  /** Processor time of the whole process: what counts when others use the machine too. */
  readonly cpuUsPerLeaf: number
  /** Times as many leaves a second as `@ethereumjs/trie`. */
  readonly timesPeer: number
}

interface RootRow {
  readonly touched: number
  readonly sides: readonly SideRow[]
  readonly peerLeavesPerSecond: number
  readonly peerCpuUsPerLeaf: number
}

/** So many slots belong to one contract, the others to contracts of that many. */
const LARGE_SHARE = 0.2
const SLOTS_PER_CONTRACT = 100
/** The peer executes no more updates of a block than this; they take it the same time each. */
const PEER_TOUCHED_MAX = 2000
const CHANGES_PER_BATCH = 100_000
const MS_PER_SECOND = 1000
const US_PER_MS = 1000
const SWEEP_MS = 250
const CODE = Uint8Array.of(1)

const BLOCK_NAMES = GIGAGAS_PLANS.map(({ name }) => name)

export const rootCommand = createCommand('root', 'the state root after large blocks')
  .option('--accounts <n>', 'accounts of the state', integerOption(10), 1_000_000)
  .option('--slots <n>', 'slots of the state', integerOption(10), 1_000_000)
  .option('--peer <n>', "accounts, and slots, of the peer's state", integerOption(10), 50_000)
  .option(
    '--touched <list>',
    'leaves that a block touches',
    listOf(integerOption(2)),
    [1000, 10_000, 100_000],
  )
  .addOption(workerListOption())
  .option('--repeat <n>', 'blocks of each size', integerOption(1), 5)
  .option(
    '--blocks <list>',
    'gigagas blocks whose root is waited for',
    listOf((name) => choiceOf(BLOCK_NAMES)(name)[0]!),
    BLOCK_NAMES,
  )
  .option('--no-blocks', 'leave them out')
  .option('--block-size <factor>', 'of a whole gigagas block', positiveNumber, 1)
  .option('--block-ms <n>', 'time over which their transactions come', integerOption(1), 1000)
  .option('--no-touched', 'leave the large blocks out')
  .addOption(jsonOption())
  .action(async (options: RootOptions) => {
    const report = new Report(options, Math.max(...options.workers))
    if (options.touched) await run(options, report)
    if (options.blocks) await measureRootWaits(options, report)
  })

async function run(options: RootOptions, report: Report): Promise<void> {
  const sizes = [1, ...options.workers]
  const tries: ThreadedTrie[] = []
  try {
    for (const threads of sizes) {
      const threaded = await createThreadedTrie('release', threads - 1)
      tries.push(threaded)
      const startedMs = performance.now()
      for (const batch of initialState(options)) threaded.trie.apply(batch)
      threaded.trie.root()
      const builtMs = performance.now() - startedMs
      const mebibytes = threaded.trie.nodeBytes / 2 ** 20
      report.line(
        { type: 'built', threads, builtMs, mebibytes },
        `${threads} threads: built in ${milliseconds(builtMs)} ms, ${mebibytes.toFixed(0)} MiB`,
      )
    }
    const peer = await StateRoot.fromGenesis([])
    const peerSize = { accounts: options.peer, slots: options.peer }
    for (const batch of initialState(peerSize)) await peer.apply(batch)
    const print = report.table('root', columnsFor(sizes))
    for (const touched of options.touched) {
      print(await measure(options, touched, { tries, sizes, peer, peerSize }))
    }
  } finally {
    for (const threaded of tries) await threaded.close()
  }
}

interface Sides {
  readonly tries: readonly ThreadedTrie[]
  readonly sizes: readonly number[]
  readonly peer: StateRoot
  readonly peerSize: StateSize
}

async function measure(options: RootOptions, touched: number, sides: Sides): Promise<RootRow> {
  const { tries, sizes, peer, peerSize } = sides
  const random = createRandom(touched)
  const timings = new Samples<Timing>()
  const peerRates: number[] = []
  const peerCpuUs: number[] = []
  for (let turn = 0; turn < options.repeat; turn++) {
    const changes = blockChanges(random, options, touched)
    // Threads of the runtime sweep for a while after the collection of the peer's large heap.
    collectGarbage()
    await setTimeout(SWEEP_MS)
    const roots: Uint8Array[] = []
    const runs = tries.map(({ trie }, index) => ({
      name: String(sizes[index]),
      run: async () => timeRoot(trie, changes, roots),
    }))
    for (const [name, timing] of await runInTurn(runs, turn)) timings.add(name, timing)
    assert(
      roots.every((root) => equalBytes(root, roots[0]!)),
      'all threads find the same root',
    )
    const peerTouched = Math.min(touched, PEER_TOUCHED_MAX)
    const peerChanges = blockChanges(random, peerSize, peerTouched)
    const startedMs = performance.now()
    const startedCpu = process.cpuUsage()
    await peer.apply(peerChanges)
    await peer.root()
    peerRates.push((peerTouched / (performance.now() - startedMs)) * MS_PER_SECOND)
    peerCpuUs.push((cpuMsSince(startedCpu) / peerTouched) * US_PER_MS)
  }
  const peerLeavesPerSecond = median(peerRates)
  const rows = sizes.map((threads): SideRow => {
    const all = timings.of(String(threads))
    const stageMs = median(all.map((timing) => timing.stageMs))
    const rootMs = median(all.map((timing) => timing.rootMs))
    const totals = all.map((timing) => timing.stageMs + timing.rootMs)
    const leavesPerSecond = (touched / median(totals)) * MS_PER_SECOND
    const timesPeer = leavesPerSecond / peerLeavesPerSecond
    const cpuUsPerLeaf = (median(all.map((timing) => timing.cpuMs)) / touched) * US_PER_MS
    return { threads, stageMs, rootMs, leavesPerSecond, cpuUsPerLeaf, timesPeer }
  })
  return { touched, sides: rows, peerLeavesPerSecond, peerCpuUsPerLeaf: median(peerCpuUs) }
}

function cpuMsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started)
  return (user + system) / US_PER_MS
}

function timeRoot(trie: SparseTrie, changes: readonly StateChange[], roots: Uint8Array[]): Timing {
  const startedMs = performance.now()
  const startedCpu = process.cpuUsage()
  trie.apply(changes)
  const stagedMs = performance.now()
  roots.push(trie.root())
  const rootMs = performance.now() - stagedMs
  return { stageMs: stagedMs - startedMs, rootMs, cpuMs: cpuMsSince(startedCpu) }
}

interface StateSize {
  readonly accounts: number
  readonly slots: number
}

/** Contracts are the first accounts, the one with many slots before them all. */
function* initialState({ accounts, slots }: StateSize): Generator<StateChange[]> {
  let batch: StateChange[] = []
  let nextSlot = 0
  for (let index = 0; index < accounts; index++) {
    const count = Math.min(slots - nextSlot, slotsOf(index, slots))
    const written = Array.from({ length: count }, (_, i) => slotChange(nextSlot + i, 1))
    nextSlot += count
    const change = { address: addressOf(index), balance: BigInt(index) + 1n, nonce: 1n }
    batch.push({ ...change, ...(count > 0 && { code: CODE }), slots: written })
    if (batch.length < CHANGES_PER_BATCH) continue
    yield batch
    batch = []
  }
  yield batch
}

function slotsOf(account: number, slots: number): number {
  return account === 0 ? Math.floor(slots * LARGE_SHARE) : SLOTS_PER_CONTRACT
}

function contractOf(slot: number, slots: number): number {
  const large = slotsOf(0, slots)
  return slot < large ? 0 : 1 + Math.floor((slot - large) / SLOTS_PER_CONTRACT)
}

/** Half of the leaves are accounts, half slots, each anywhere in the state. */
function blockChanges(random: Random, size: StateSize, touched: number): StateChange[] {
  return Array.from({ length: touched }, (_, index): StateChange => {
    if (index % 2 === 0) {
      const address = addressOf(random.below(size.accounts))
      return { address, balance: BigInt(1 + random.below(2 ** 31)), slots: [] }
    }
    const slot = random.below(size.slots)
    const address = addressOf(contractOf(slot, size.slots))
    return { address, slots: [slotChange(slot, 1 + random.below(2 ** 31))] }
  })
}

function slotChange(slot: number, value: number) {
  return { key: bigIntToBytes(BigInt(slot), 32), value: bigIntToBytes(BigInt(value), 32) }
}

function addressOf(index: number): Uint8Array {
  return bigIntToBytes(BigInt(index) + 1n, 20)
}

function columnsFor(sizes: readonly number[]): Column<RootRow>[] {
  const ofSide = (index: number): Column<RootRow>[] => [
    {
      name: `${sizes[index]} thr. ms`,
      width: 11,
      cell: ({ sides }) => milliseconds(sides[index]!.stageMs + sides[index]!.rootMs),
    },
    {
      name: 'leaves/s',
      width: 10,
      cell: ({ sides }) => sides[index]!.leavesPerSecond.toFixed(0),
    },
    {
      name: 'CPU us',
      width: 7,
      cell: ({ sides }) => sides[index]!.cpuUsPerLeaf.toFixed(1),
    },
    { name: 'x peer', width: 7, cell: ({ sides }) => ratio(sides[index]!.timesPeer) },
  ]
  return [
    { name: 'touched', width: 8, cell: ({ touched }) => String(touched) },
    ...sizes.flatMap((_, index) => ofSide(index)),
    {
      name: 'peer leaves/s',
      width: 14,
      cell: ({ peerLeavesPerSecond }) => peerLeavesPerSecond.toFixed(0),
    },
    {
      name: 'CPU us',
      width: 7,
      cell: ({ peerCpuUsPerLeaf }) => peerCpuUsPerLeaf.toFixed(1),
    },
  ]
}
