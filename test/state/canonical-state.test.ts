import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { StateReader } from '@shredcast/shared/chain/state-reader'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { createRandom } from '@shredcast/shared/primitives/random'
import { CanonicalState } from '@shredcast/shared/state/canonical-state'
import { ForkScheduleError, GenesisMismatchError } from '@shredcast/shared/state/genesis-block'
import type { ModelState } from '@shredcast/shared/state/sample-history'
import {
  allocOf,
  appliedTo,
  randomDiffs,
  SAMPLE_ADDRESSES,
  SAMPLE_KEYS,
  sampleHeader,
} from '@shredcast/shared/state/sample-history'
import { StateUnavailableError } from '@shredcast/shared/state/state-readers'
import { NotNextBlockError } from '@shredcast/shared/state/store-block'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import type { Store } from '@shredcast/shared/store/store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StateRoot } from '../kit/state-root.ts'

let folder: SampleFolder
let store: Store

beforeEach(async () => {
  folder = createSampleFolder()
  store = await folder.open()
})

afterEach(() => folder.remove())

const CONFIG: ChainConfig = {
  chainId: 7n,
  forks: [{ fork: 'frontier', block: 0n }],
  blobSchedule: [],
}

const LOG = { maxMessages: 1000, maxAgeMs: 1e12 }

function open(blocks = 1000, options: { config?: ChainConfig; mark?: number } = {}) {
  const { config = CONFIG, mark = 0 } = options
  const genesis = { config, header: sampleHeader(undefined, mark), alloc: allocOf(GENESIS) }
  return CanonicalState.open({ store, genesis, retention: { blocks, log: LOG } })
}

const GENESIS = appliedTo(
  new Map(),
  [1, 2, 3].flatMap((seed) => randomDiffs(createRandom(seed))),
)
// A genesis records every account that it lists.
for (const account of GENESIS.values()) account.isRecorded = true

const EMPTY_BODY = { transactions: [], ommers: [] }

/** The header that `state` stands at, grown by one block with the given content. */
async function grow(
  state: CanonicalState,
  diffs: readonly StateDiff[],
  options: { transactions?: Uint8Array[]; mark?: number } = {},
): Promise<Header> {
  const { transactions = [], mark = 0 } = options
  const header = sampleHeader(store.blocks.header(state.head.number)!, mark)
  await state.apply({ header, body: { transactions, ommers: [] }, receipts: [] }, diffs)
  return header
}

/** Everything a reader can be asked about the sample world. */
function seenBy(reader: StateReader): unknown[] {
  return SAMPLE_ADDRESSES.map((address) => {
    const account = reader.account(address)
    const slots = SAMPLE_KEYS.map((key) => bytesToHex(reader.slot(address, key)))
    if (account === undefined) return slots
    const { nonce, balance, codeHash, hasStorage } = account
    const code = bytesToHex(reader.code(codeHash))
    return [...slots, nonce, balance, bytesToHex(codeHash), code, hasStorage]
  })
}

function seenIn(state: ModelState): unknown[] {
  return SAMPLE_ADDRESSES.map((address) => {
    const account = state.get(bytesToHex(address))
    const zero = new Uint8Array(32)
    const slots = SAMPLE_KEYS.map((key) => bytesToHex(account?.slots.get(bytesToHex(key)) ?? zero))
    if (account === undefined) return slots
    const { nonce, balance, code } = account
    const hashAndCode = [bytesToHex(keccak256(code)), bytesToHex(code)]
    return [...slots, nonce, balance, ...hashAndCode, account.slots.size > 0]
  })
}

/** Entries of every table that has to do with blocks and state, but for code, which stays. */
function contents(): unknown {
  const tables = store.stats().tables.filter(({ name }) => name !== 'codes')
  return tables.map(({ name, entries }) => [name, entries])
}

describe('random histories', () => {
  it.each([1, 2, 3, 4])(
    'are read at every block, and unwound to the byte, seed %i',
    async (seed) => {
      const random = createRandom(seed)
      const state = await open()
      const models = [GENESIS]
      const counts = [contents()]
      const root = await StateRoot.fromGenesis(allocOf(GENESIS))
      for (let i = 0; i < 60; i++) {
        // Now and then back by some blocks, and on by other ones.
        if (random.chance(0.1)) {
          const number = random.below(models.length)
          const back = state.changesSince(BigInt(number))
          await state.unwindTo(BigInt(number))
          await root.apply(back)
          models.length = number + 1
          counts.length = number + 1
          expect(contents()).toEqual(counts[number])
        }
        const diffs = randomDiffs(random)
        await grow(state, diffs, { mark: i })
        await root.apply(diffs.flatMap(({ changes }) => changes))
        models.push(appliedTo(models.at(-1)!, diffs))
        counts.push(contents())
        expect(seenBy(state.latest)).toEqual(seenIn(models.at(-1)!))
        const rebuilt = await StateRoot.fromGenesis(allocOf(models.at(-1)!))
        expect(await root.root()).toEqual(await rebuilt.root())
      }
      for (const [number, model] of models.entries()) {
        expect(seenBy(state.at(BigInt(number)))).toEqual(seenIn(model))
      }
      for (let number = models.length - 1; number >= 0; number -= 1 + random.below(5)) {
        await state.unwindTo(BigInt(number))
        expect(seenBy(state.latest)).toEqual(seenIn(models[number]!))
        expect(contents()).toEqual(counts[number])
      }
    },
  )
})

describe('a canonical state', () => {
  const [address = new Uint8Array()] = SAMPLE_ADDRESSES
  const paid = (balance: bigint): StateDiff[] => [
    { changes: [{ address, balance, slots: [] }], deltas: [], reads: [] },
  ]

  it('goes on from its head when it is opened again', async () => {
    const header = await grow(await open(), paid(5n))
    await store.close()
    store = await folder.open()
    const state = await open()
    expect(state.head).toEqual({ number: 1n, hash: headerHash(header) })
    expect(state.latest.account(address)?.balance).toBe(5n)
    await grow(state, paid(6n))
    expect(state.at(1n).account(address)?.balance).toBe(5n)
    expect(state.at(2n).account(address)?.balance).toBe(6n)
  })

  it('keeps header, body, receipts and places of its transactions, until they are unwound', async () => {
    const state = await open()
    const transactions = [Uint8Array.of(0xc1, 1), Uint8Array.of(0xc1, 2)]
    const header = await grow(state, paid(5n), { transactions })
    const hash = headerHash(header)
    expect(store.blocks.header(1n)).toEqual(header)
    expect(store.blocks.body(1n)?.transactions).toEqual(transactions)
    expect(store.blocks.receipts(1n)).toEqual([])
    expect(store.blocks.numberOf(hash)).toBe(1n)
    const second = transactionHash(transactions[1]!)
    expect(store.transactions.placeOf(second)).toEqual({ blockNumber: 1n, index: 1 })
    await state.unwindTo(0n)
    expect(store.blocks.header(1n)).toBeUndefined()
    expect(store.blocks.numberOf(hash)).toBeUndefined()
    expect(store.transactions.placeOf(second)).toBeUndefined()
  })

  it('writes trie nodes with the block, and with an unwinding', async () => {
    const state = await open()
    const place = { owner: undefined, path: Uint8Array.of(3) }
    const header = sampleHeader(store.blocks.header(0n)!)
    const block = { header, body: EMPTY_BODY, receipts: [] }
    await state.apply(block, [], (sink) => sink.put(place, Uint8Array.of(9)))
    expect(store.trieNodes.node(place)).toEqual(Uint8Array.of(9))
    await state.unwindTo(0n, (sink) => sink.remove(place))
    expect(store.trieNodes.node(place)).toBeUndefined()
  })

  it('takes nothing but the next block, and nothing of a block that fails', async () => {
    const state = await open()
    const next = sampleHeader(store.blocks.header(0n)!)
    for (const wrong of [{ number: 2n }, { parentHash: new Uint8Array(32).fill(1) }]) {
      const block = { header: { ...next, ...wrong }, body: EMPTY_BODY, receipts: [] }
      await expect(state.apply(block, paid(5n))).rejects.toThrow(NotNextBlockError)
    }
    const before = contents()
    // A header without a field that a later one has cannot be encoded: after the state is written.
    const unencodable = {
      ...EMPTY_BODY,
      ommers: [{ ...next, withdrawalsRoot: new Uint8Array(32) }],
    }
    const broken = { header: next, body: unencodable, receipts: [] }
    await expect(state.apply(broken, paid(5n))).rejects.toThrow('withdrawalsRoot')
    expect(contents()).toEqual(before)
    expect(seenBy(state.latest)).toEqual(seenIn(GENESIS))
    await grow(state, paid(6n))
    expect(state.latest.account(address)?.balance).toBe(6n)
  })

  it('refuses the genesis of another chain, by hash and by chain id', async () => {
    await open()
    await expect(open(10, { mark: 1 })).rejects.toThrow(GenesisMismatchError)
    const other = open(10, { config: { ...CONFIG, chainId: 8n } })
    await expect(other).rejects.toThrow('the folder holds chain 7')
  })

  it('takes a new fork ahead of the head, but not one below it', async () => {
    const state = await open()
    for (let i = 0; i < 5; i++) await grow(state, [])
    const scheduled = (block: bigint) => {
      return { ...CONFIG, forks: [...CONFIG.forks, { fork: 'homestead', block } as const] }
    }
    await expect(open(10, { config: scheduled(5n) })).rejects.toThrow(ForkScheduleError)
    await expect(open(10, { config: scheduled(6n) })).resolves.toBeDefined()
    expect(store.meta.config?.forks).toHaveLength(2)
    await expect(open(10, { config: MAINNET })).rejects.toThrow(GenesisMismatchError)
  })
})

describe('retention', () => {
  it('reads and unwinds so many blocks back, and no further', async () => {
    const state = await open(10)
    const models = [GENESIS]
    const random = createRandom(9)
    const held = state.at(0n)
    for (let i = 0; i < 30; i++) {
      const diffs = randomDiffs(random)
      await grow(state, diffs)
      models.push(appliedTo(models.at(-1)!, diffs))
    }
    for (let number = 20; number <= 30; number++) {
      expect(seenBy(state.at(BigInt(number)))).toEqual(seenIn(models[number]!))
    }
    expect(() => state.at(19n)).toThrow(StateUnavailableError)
    expect(() => state.at(31n)).toThrow(StateUnavailableError)
    expect(() => held.account(SAMPLE_ADDRESSES[0]!)).toThrow(StateUnavailableError)
    await expect(state.unwindTo(19n)).rejects.toThrow(StateUnavailableError)
    await expect(state.unwindTo(31n)).rejects.toThrow(StateUnavailableError)
    await state.unwindTo(20n)
    expect(seenBy(state.latest)).toEqual(seenIn(models[20]!))
    expect(() => state.at(19n)).toThrow(StateUnavailableError)
  })

  it('keeps the file from growing, but for the blocks themselves', async () => {
    const messages = 50
    const retention = { blocks: 10, log: { maxMessages: messages, maxAgeMs: 1e12 } }
    const genesis = { config: CONFIG, header: sampleHeader(), alloc: allocOf(GENESIS) }
    const state = await CanonicalState.open({ store, genesis, retention })
    const random = createRandom(5)
    const entries = (name: string) => {
      return store.stats().tables.find((table) => table.name === name)?.entries
    }
    const after: { fileBytes: number; slotChanges: number | undefined }[] = []
    for (let i = 1; i <= 300; i++) {
      const lastSeq = await store.shredLog.append([new Uint8Array(20_000).fill(i)])
      store.shredLog.prune(retention.log, { lastSeq, count: 2 })
      await grow(state, randomDiffs(random))
      if (i % 100 !== 0) continue
      const { fileBytes } = store.stats()
      after.push({ fileBytes, slotChanges: entries('slot changes') })
      expect(entries('shred log')).toBe(messages)
    }
    const [first, , last] = after
    // 200 blocks logged 4 MB; what stays of them is headers of 600 bytes, and pages half full.
    expect(last!.fileBytes - first!.fileBytes).toBeLessThan(600_000)
    expect(last!.slotChanges).toBeLessThan(2 * first!.slotChanges!)
    expect(store.shredLog.nextSeq).toBe(300)
  }, 30_000)
})
