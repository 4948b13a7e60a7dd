import type { BlockContext } from '@shredcast/shared/chain/block'
import type { Header } from '@shredcast/shared/chain/header'
import type { SlotChange, StateDiff } from '@shredcast/shared/chain/state-change'
import { compareBytes } from '@shredcast/shared/primitives/bytes'
import type { Arbitrary } from 'fast-check'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMessage, encodeMessage } from './message-codec.ts'
import type { BlockOpened, BlockSealed, Shred } from './messages.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const address = bytes(20)
const word = bytes(32)
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const u256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const amount = fc.bigInt({ min: 1n - 2n ** 256n, max: 2n ** 256n - 1n })
const seq = fc.maxSafeNat().filter((value) => value < Number.MAX_SAFE_INTEGER)
const index = fc.nat(0xffff_ffff)
const blob = fc.uint8Array({ maxLength: 300 })

/** Lists without duplicates in ascending order of a key of bytes. */
function ascending<T>(item: Arbitrary<T>, key: (value: T) => Uint8Array): Arbitrary<T[]> {
  const order = (a: T, b: T) => compareBytes(key(a), key(b))
  return fc
    .uniqueArray(item, { maxLength: 20, comparator: (a, b) => order(a, b) === 0 })
    .map((list) => list.sort(order))
}

/** A record in which any of the optional fields may be absent. */
function partial<T extends object>(
  model: { [K in keyof T]-?: Arbitrary<Exclude<T[K], undefined>> },
  requiredKeys: readonly (keyof T)[],
): Arbitrary<T> {
  return fc.record(model as Record<string, Arbitrary<unknown>>, {
    requiredKeys: requiredKeys.map(String),
    noNullPrototype: true,
  }) as Arbitrary<unknown> as Arbitrary<T>
}

const slot = partial<SlotChange>({ key: word, value: word, delta: amount }, ['key', 'value'])

const diff: Arbitrary<StateDiff> = fc.record({
  changes: ascending(
    partial<StateDiff['changes'][number]>(
      {
        address,
        balance: u256,
        nonce: u64,
        code: fc.option(blob),
        storageCleared: fc.constant(true as const),
        slots: ascending(slot, (change) => change.key),
      },
      ['address', 'slots'],
    ),
    (change) => change.address,
  ),
  deltas: ascending(fc.record({ address, amount }), (delta) => delta.address),
  reads: ascending(
    fc.record({ address, fields: fc.nat(15), slots: ascending(word, (key) => key) }),
    (read) => read.address,
  ),
})

const context = partial<BlockContext>(
  {
    parentHash: word,
    number: u64,
    timestamp: u64,
    beneficiary: address,
    gasLimit: u64,
    difficulty: u256,
    prevRandao: word,
    baseFeePerGas: u256,
    excessBlobGas: u64,
    parentBeaconBlockRoot: word,
    withdrawals: fc.array(fc.record({ index: u64, validatorIndex: u64, address, amount: u64 })),
    ommers: fc.array(fc.record({ number: u64, beneficiary: address }), { maxLength: 2 }),
    blockHashes: fc.array(fc.tuple(u64, word), { maxLength: 256 }).map((list) => new Map(list)),
  },
  [
    'parentHash',
    'number',
    'timestamp',
    'beneficiary',
    'gasLimit',
    'difficulty',
    'prevRandao',
    'ommers',
    'blockHashes',
  ],
)

const header = partial<Header>(
  {
    parentHash: word,
    ommersHash: word,
    beneficiary: address,
    stateRoot: word,
    transactionsRoot: word,
    receiptsRoot: word,
    logsBloom: bytes(256),
    difficulty: u256,
    number: u64,
    gasLimit: u64,
    gasUsed: u64,
    timestamp: u64,
    extraData: fc.uint8Array({ maxLength: 32 }),
    mixHash: word,
    nonce: bytes(8),
    baseFeePerGas: u256,
    withdrawalsRoot: word,
    blobGasUsed: u64,
    excessBlobGas: u64,
    parentBeaconBlockRoot: word,
    requestsHash: word,
  },
  [
    'parentHash',
    'ommersHash',
    'beneficiary',
    'stateRoot',
    'transactionsRoot',
    'receiptsRoot',
    'logsBloom',
    'difficulty',
    'number',
    'gasLimit',
    'gasUsed',
    'timestamp',
    'extraData',
    'mixHash',
    'nonce',
  ],
)

const receipt = fc.record({
  type: fc.nat(0x7f),
  status: fc.constantFrom(0 as const, 1 as const),
  gasUsed: u64,
  cumulativeGasUsed: u64,
  logs: fc.array(fc.record({ address, topics: fc.array(word, { maxLength: 4 }), data: blob })),
})

const opened: Arbitrary<BlockOpened> = fc.record({
  type: fc.constant('blockOpened' as const),
  seq,
  prevHash: word,
  context,
  diff,
})

const shred = partial<Shred>(
  {
    type: fc.constant('shred' as const),
    seq,
    prevHash: word,
    blockNumber: u64,
    shredIndex: index,
    transaction: blob,
    sender: address,
    receipt,
    startingLogIndex: index,
    diff,
    committedAtUs: fc.maxSafeNat(),
  },
  [
    'type',
    'seq',
    'prevHash',
    'blockNumber',
    'shredIndex',
    'transaction',
    'sender',
    'receipt',
    'startingLogIndex',
    'diff',
  ],
)

const sealed: Arbitrary<BlockSealed> = fc.record({
  type: fc.constant('blockSealed' as const),
  seq,
  prevHash: word,
  header,
  hash: word,
  shredCount: fc.nat(100_000),
  diff,
  requests: ascending(
    blob.filter((request) => request.length > 0),
    (request) => request.subarray(0, 1),
  ),
})

describe('message codec, any message', () => {
  it.each([
    ['BlockOpened', opened],
    ['Shred', shred],
    ['BlockSealed', sealed],
  ])('gives back any %s, and encodes it to the same bytes again', (_, arbitrary) => {
    fc.assert(
      fc.property<[BlockOpened | Shred | BlockSealed]>(arbitrary, (message) => {
        const encoded = encodeMessage(message)
        const decoded = decodeMessage(encoded)
        expect(decoded).toEqual(message)
        expect(encodeMessage(decoded)).toEqual(encoded)
      }),
      { numRuns: 60 },
    )
  })

  it('refuses random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (random) => {
        expect(() => decodeMessage(random)).toThrow(/malformed|invalid/)
      }),
    )
  })
})
