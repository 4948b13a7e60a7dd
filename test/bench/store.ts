/**
 * `bench store`: reads of a state, sealed blocks put on it, and how its file grows. A block moves
 * tokens: each transaction writes balances and slots of its own, and has a log. Half of the slots
 * that it writes are new ones.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { median } from '@shredcast/shared/primitives/statistics'
import { CanonicalState } from '@shredcast/shared/state/canonical-state'
import { sampleHeader } from '@shredcast/shared/state/sample-history'
import type { LogRetention } from '@shredcast/shared/store/repositories/logged-messages'
import { Store } from '@shredcast/shared/store/store'
import { Option } from 'commander'
import { jsonOption } from './options.ts'
import { milliseconds, Report } from './report.ts'

interface StoreOptions {
  readonly slots: number
  readonly blocks: number
  readonly changes: number
  readonly transactions: number
  readonly retention: number
  readonly durability: 'os' | 'disk'
  readonly json?: boolean
}

/** Slots of one account, as in a token. */
const SLOTS_PER_ACCOUNT = 10_000
const TRANSACTION_BYTES = 110
/** A shred of a token transfer as it goes over the wire. */
const MESSAGE_BYTES = 900
const READS = 100_000
const BYTES_PER_MIB = 2 ** 20

export const storeCommand = createCommand('store', 'reads, sealed blocks and growth of the store')
  .option('--slots <n>', 'slots of the state', integerOption(1), 500_000)
  .option('--blocks <n>', 'blocks that are put on it', integerOption(1), 200)
  .option('--changes <n>', 'slots that a block changes', integerOption(1), 5000)
  .option('--transactions <n>', 'transactions of a block', integerOption(1), 1000)
  .option('--retention <n>', 'blocks whose change sets are kept', integerOption(1), 32)
  .addOption(
    new Option('--durability <name>', 'what an acknowledged write survives')
      .choices(['os', 'disk'])
      .default('os'),
  )
  .addOption(jsonOption())
  .action(run)

async function run(options: StoreOptions): Promise<void> {
  const report = new Report(options, 1)
  const path = mkdtempSync(join(tmpdir(), 'shredcast-bench-'))
  try {
    const store = await Store.open({ path, durability: options.durability })
    const world = new World(options.slots)
    const genesis = {
      config: { chainId: 1n, forks: [], blobSchedule: [] },
      header: sampleHeader(),
      alloc: world.alloc(),
    }
    const retention = { blocks: options.retention, log: logRetentionOf(options) }
    const state = await CanonicalState.open({ store, genesis, retention })
    measureReads(report, state, world)
    await measureBlocks({ report, store, state, world, options })
    await store.close()
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
}

/** Addresses and keys are hashes of nobody: spread over their tables, as real ones are. */
class World {
  readonly random: Random = createRandom(1)
  readonly #accountCount: number
  #slotCount: number

  constructor(slotCount: number) {
    this.#accountCount = Math.ceil(slotCount / SLOTS_PER_ACCOUNT)
    this.#slotCount = slotCount
  }

  address(index: number): Uint8Array {
    return spread(index, 20)
  }

  /** The place of a slot that is there. */
  slot(): { address: Uint8Array; key: Uint8Array } {
    return this.#place(this.random.below(this.#slotCount))
  }

  /** The place of one more slot. */
  newSlot(): { address: Uint8Array; key: Uint8Array } {
    return this.#place(this.#slotCount++)
  }

  #place(index: number) {
    return { address: this.address(index % this.#accountCount), key: spread(index + 2 ** 31, 32) }
  }

  alloc(): GenesisAccount[] {
    const accounts = Array.from({ length: this.#accountCount }, (_, i) => ({
      address: this.address(i),
      balance: 10n ** 18n,
      nonce: 1n,
      code: spread(i, 5000),
      storage: [] as { key: Uint8Array; value: Uint8Array }[],
    }))
    for (let i = 0; i < this.#slotCount; i++) {
      const { key } = this.#place(i)
      accounts[i % this.#accountCount]!.storage.push({ key, value: spread(i, 32) })
    }
    return accounts
  }

  changes(slotCount: number, accountCount: number): StateChange[] {
    const senders = Array.from({ length: accountCount }, () => {
      const address = this.address(2 ** 24 + this.random.below(100_000))
      const nonce = BigInt(1 + this.random.below(1000))
      return { address, nonce, balance: BigInt(this.random.below(2 ** 30)) * 10n ** 9n, slots: [] }
    })
    const slots = Array.from({ length: slotCount }, (_, i) => {
      const { address, key } = i % 2 === 0 ? this.slot() : this.newSlot()
      return { address, slots: [{ key, value: spread(this.random.below(2 ** 31), 32) }] }
    })
    return [...senders, ...slots]
  }
}

function spread(index: number, length: number): Uint8Array {
  const random = createRandom(index)
  return Uint8Array.from({ length }, () => 1 + random.below(255))
}

function measureReads(report: Report, { latest }: CanonicalState, world: World): void {
  const slots = Array.from({ length: 10_000 }, () => world.slot())
  const places = {
    'slots that are there': (i: number) => slots[i % slots.length]!,
    'slots that are not': (i: number) => ({ ...slots[i % slots.length]!, key: spread(i, 32) }),
  }
  for (const [name, place] of Object.entries(places)) {
    const chosen = Array.from({ length: slots.length }, (_, i) => place(i))
    const time = timeOf((i) =>
      latest.slot(chosen[i % chosen.length]!.address, chosen[i % chosen.length]!.key),
    )
    reportRead(report, name, time)
  }
  const accounts = slots.map(({ address }) => address)
  reportRead(
    report,
    'accounts',
    timeOf((i) => latest.account(accounts[i % accounts.length]!)),
  )
}

/** Microseconds of processor time of one call. */
function timeOf(read: (index: number) => unknown): number {
  const before = process.cpuUsage()
  for (let i = 0; i < READS; i++) read(i)
  return cpuMsSince(before) * (1000 / READS)
}

/** Milliseconds that the process has been on a processor, in all its threads. */
function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function reportRead(report: Report, name: string, readUs: number): void {
  const readsPerSecond = Math.round(1e6 / readUs)
  const text = `${name}: ${readUs.toFixed(2)} us a read, ${readsPerSecond} reads/s of one thread`
  report.line({ type: 'reads', name, readUs, readsPerSecond }, text)
}

function logRetentionOf({ retention, transactions }: StoreOptions): LogRetention {
  return { maxMessages: retention * transactions, maxAgeMs: 1e12 }
}

async function measureBlocks(bench: {
  report: Report
  store: Store
  state: CanonicalState
  world: World
  options: StoreOptions
}): Promise<void> {
  const { report, store, state, world, options } = bench
  const { blocks, changes, transactions } = options
  const appendMs: number[] = []
  const applyMs: number[] = []
  const applyCpuMs: number[] = []
  let header = sampleHeader()
  let grownFrom = 0
  await report.withProgress('bench store', blocks, async (advance) => {
    for (let number = 1; number <= blocks; number++) {
      const messages = Array.from({ length: transactions }, () => spread(number, MESSAGE_BYTES))
      appendMs.push(await millisecondsOf(() => store.shredLog.append(messages)))
      header = sampleHeader(header)
      const block = { header, ...contentOf(world, number, transactions) }
      const diffs = [{ changes: world.changes(changes, transactions), deltas: [], reads: [] }]
      const before = process.cpuUsage()
      applyMs.push(await millisecondsOf(() => state.apply(block, diffs)))
      const lastSeq = store.shredLog.nextSeq - 1
      store.messages.prune(logRetentionOf(options), { lastSeq, count: 2 * transactions })
      applyCpuMs.push(cpuMsSince(before))
      // From here on a change set is removed for each that is added.
      if (number === Math.ceil(blocks / 2)) grownFrom = store.stats().fileBytes
      advance()
    }
  })
  const { fileBytes, tables } = store.stats()
  const grownBytes = (fileBytes - grownFrom) / ((blocks - Math.ceil(blocks / 2)) * transactions)
  const sorted = [...applyMs].sort((a, b) => a - b)
  const summary = {
    type: 'summary',
    durability: options.durability,
    applyMs: median(applyMs),
    applyCpuMs: median(applyCpuMs),
    slowApplyMs: sorted[Math.floor(0.95 * sorted.length)]!,
    appendMs: median(appendMs),
    fileMiB: Math.round(fileBytes / BYTES_PER_MIB),
    bytesPerTransaction: Math.round(grownBytes),
  }
  report.line(
    summary,
    `a block of ${changes} slots and ${transactions} transactions is applied in ` +
      `${milliseconds(summary.applyMs)} ms (95 %: ${milliseconds(summary.slowApplyMs)}; processor: ` +
      `${milliseconds(summary.applyCpuMs)}), its messages ` +
      `are logged in ${milliseconds(summary.appendMs)}; the file has ${summary.fileMiB} MiB and grew ` +
      `by ${summary.bytesPerTransaction} bytes a transaction in the second half`,
  )
  for (const { name, entries, bytes } of tables) {
    const text = `  ${name}: ${entries} entries, ${(bytes / BYTES_PER_MIB).toFixed(1)} MiB`
    report.line({ type: 'table', name, entries, bytes }, text)
  }
}

function contentOf(world: World, number: number, count: number) {
  const bytes = Array.from({ length: count }, (_, i) =>
    spread(number * count + i, TRANSACTION_BYTES),
  )
  const receipts = Array.from({ length: count }, (_, i): Receipt => {
    const { address, key } = world.slot()
    const log = { address, topics: [key, key, key], data: spread(i, 32) }
    return {
      type: 2,
      status: 1,
      gasUsed: 50_000n,
      cumulativeGasUsed: 50_000n * BigInt(i + 1),
      logs: [log],
    }
  })
  return { body: { transactions: bytes, ommers: [] }, receipts }
}

async function millisecondsOf(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now()
  await action()
  return performance.now() - begin
}
