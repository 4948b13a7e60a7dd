import { DivergenceError } from '@shredcast/follower/apply/divergence'
import { FixtureChain } from '@shredcast/follower/chain/fixture-chain'
import { GenesisChain } from '@shredcast/follower/chain/genesis-chain'
import type { OwnChain } from '@shredcast/follower/chain/own-chain'
import type { BlockReport } from '@shredcast/follower/ingest/block-intake'
import { BlockIntake } from '@shredcast/follower/ingest/block-intake'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { fixtureStream, genesisStream, receivedStream } from '../kit/honest-stream.ts'
import type { ShredDraft } from '../kit/lies.ts'
import {
  inChange,
  inDiff,
  inHeader,
  inOpening,
  inReceipt,
  inSeal,
  inShred,
  reordered,
  tweaked,
} from '../kit/lies.ts'
import {
  ALICE,
  BOB,
  EVE,
  SMALL_CHAIN_BENEFICIARY,
  STRANGER,
  signedCall,
  smallBlocks,
  smallGenesis,
} from '../kit/small-chain.ts'
import { addressOf, ETHER, word } from '../kit/test-world.ts'

const WORKERS = 2
const genesis = smallGenesis()
let engine: Engine
let honest: readonly MessageDraft[]

beforeAll(async () => {
  engine = await createEngine({ config: genesis.config, workers: WORKERS })
  honest = await genesisStream(engine, genesis, smallBlocks(), SMALL_CHAIN_BENEFICIARY)
})

afterAll(() => engine.close())

async function follow(drafts: readonly MessageDraft[]) {
  return followOn(engine, GenesisChain.create(genesis, engine.trie), drafts)
}

/** Gives the stream to a follower's intake; what it verified, and where it diverged. */
async function followOn(engine: Engine, chain: OwnChain, drafts: readonly MessageDraft[]) {
  const verified: BlockReport[] = []
  const intake = new BlockIntake({ engine, chain, onBlock: (report) => verified.push(report) })
  try {
    for (const received of receivedStream(drafts)) await intake.take(received)
    return { verified, divergence: undefined }
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error
    return { verified, divergence: error.divergence }
  } finally {
    await intake.abandon()
  }
}

const counter = bytesToHex(addressOf('counter'))
const slotZero = bytesToHex(word(0))
const hasSlots = (change: { readonly slots: readonly unknown[] }) => change.slots.length > 0
const isOf = (address: Uint8Array) => (change: { readonly address: Uint8Array }) =>
  bytesToHex(change.address) === bytesToHex(address)
const renumbered = (shreds: readonly ShredDraft[]) =>
  shreds.map((shred, shredIndex) => ({ ...shred, shredIndex }))

describe('a follower of an honest leader', () => {
  it('verifies every block, without an abort', async () => {
    const { verified, divergence } = await follow(honest)
    expect(divergence).toBeUndefined()
    expect(verified.map(({ number, shreds, aborts }) => [number, shreds, aborts])).toEqual([
      [1, 7, 0],
      [2, 2, 0],
    ])
    expect(verified[0]?.edges).toBeGreaterThan(0)
    expect(verified[0]?.criticalPath).toBeGreaterThan(1)
  })

  it('lets a shred declare more reads than there were', async () => {
    const more = { address: addressOf('store'), fields: 15, slots: [word(1), word(7)] }
    const withMore = inDiff(2, ({ reads }) => {
      const all = [...reads.filter((read) => !isOf(more.address)(read)), more]
      return { reads: all.sort((a, b) => Buffer.compare(a.address, b.address)) }
    })
    const { verified, divergence } = await follow(withMore(honest))
    expect(divergence).toBeUndefined()
    expect(verified).toHaveLength(2)
  })
})

type Lie = (drafts: readonly MessageDraft[]) => MessageDraft[]

interface Expected {
  readonly kind: string
  readonly place: number | 'open' | 'seal'
  readonly location?: object
  readonly expected?: string | null
  readonly got?: string | null
}

const slotOfCounter = { kind: 'slot', address: counter, key: slotZero }

const LIES: readonly (readonly [string, Lie, Expected])[] = [
  [
    'a changed value',
    inChange(1, hasSlots, (account) => ({
      ...account,
      slots: account.slots.map(({ key }) => ({ key, value: word(9) })),
    })),
    {
      kind: 'wrongValue',
      place: 1,
      location: slotOfCounter,
      expected: bytesToHex(word(1)),
      got: bytesToHex(word(9)),
    },
  ],
  [
    'a changed balance',
    inChange(0, isOf(BOB.address), (account) => ({ ...account, balance: 1n })),
    {
      kind: 'wrongValue',
      place: 0,
      location: { kind: 'balance', address: bytesToHex(BOB.address) },
    },
  ],
  [
    'a missing write, which the next shred reads',
    inDiff(1, ({ changes }) => ({ changes: changes.filter((change) => !hasSlots(change)) })),
    { kind: 'missingWrite', place: 1, location: slotOfCounter },
  ],
  [
    'an extra write',
    inChange(1, hasSlots, (account) => ({
      ...account,
      slots: [...account.slots, { key: word(3), value: word(4) }],
    })),
    {
      kind: 'extraWrite',
      place: 1,
      location: { ...slotOfCounter, key: bytesToHex(word(3)) },
      expected: null,
    },
  ],
  [
    'an extra write of deleted code',
    inChange(2, hasSlots, (account) => ({ ...account, code: null })),
    { kind: 'extraWrite', place: 2, location: { kind: 'code', address: counter } },
  ],
  [
    'an account that is listed without a change',
    inDiff(2, ({ changes }) => ({
      changes: [{ address: new Uint8Array(20), slots: [] }, ...changes],
    })),
    {
      kind: 'extraWrite',
      place: 2,
      location: { kind: 'account', address: `0x${'00'.repeat(20)}` },
    },
  ],
  [
    'a missing read of what the shred before wrote',
    inDiff(2, ({ reads }) => ({ reads: reads.map((read) => ({ ...read, slots: [] })) })),
    { kind: 'undeclaredRead', place: 2, location: slotOfCounter },
  ],
  ['no reads at all', inDiff(4, () => ({ reads: [] })), { kind: 'undeclaredRead', place: 4 }],
  [
    'a delta of another amount',
    inDiff(0, ({ deltas }) => ({
      deltas: deltas.map((delta) => ({ ...delta, amount: delta.amount + 1n })),
    })),
    { kind: 'delta', place: 0 },
  ],
  [
    'a delta passed off as a plain write',
    inDiff(0, () => ({ deltas: [] })),
    { kind: 'delta', place: 0 },
  ],
  [
    'wrong gas',
    inReceipt(2, ({ gasUsed }) => ({ gasUsed: gasUsed - 1n })),
    { kind: 'receipt', place: 2, location: { kind: 'receipt', field: 'gasUsed' } },
  ],
  [
    'wrong cumulative gas',
    inReceipt(3, ({ cumulativeGasUsed }) => ({ cumulativeGasUsed: cumulativeGasUsed + 1n })),
    { kind: 'receipt', place: 3, location: { kind: 'receipt', field: 'cumulativeGasUsed' } },
  ],
  [
    'success of a failed transaction',
    inReceipt(5, () => ({ status: 1 })),
    { kind: 'receipt', place: 5, location: { kind: 'receipt', field: 'status' }, expected: '0' },
  ],
  [
    'another receipt type',
    inReceipt(5, () => ({ type: 1 })),
    { kind: 'receipt', place: 5, location: { kind: 'receipt', field: 'type' } },
  ],
  [
    'another log',
    inReceipt(1, ({ logs }) => ({
      logs: logs.map((log) => ({ ...log, data: tweaked(log.data) })),
    })),
    { kind: 'log', place: 1, location: { kind: 'log', index: 0, field: 'data' } },
  ],
  [
    'a missing log',
    inReceipt(2, () => ({ logs: [] })),
    { kind: 'log', place: 2, location: { kind: 'log', index: 0, field: 'address' }, got: null },
  ],
  [
    'a wrong log index',
    inShred(2, () => ({ startingLogIndex: 7 })),
    { kind: 'startingLogIndex', place: 2, expected: '1', got: '7' },
  ],
  [
    'a wrong sender',
    inShred(3, () => ({ sender: STRANGER.address })),
    { kind: 'sender', place: 3, got: bytesToHex(STRANGER.address) },
  ],
  [
    'another transaction of the same sender',
    inShred(0, () => ({
      transaction: signedCall(ALICE, 0n, { to: BOB.address, value: 2n * ETHER }),
    })),
    { kind: 'wrongValue', place: 0 },
  ],
  [
    'a transaction that nobody can pay for',
    inShred(6, () => ({
      transaction: signedCall(STRANGER, 0n, { to: BOB.address, value: 100n * ETHER }),
      sender: STRANGER.address,
    })),
    {
      kind: 'invalidTransaction',
      place: 6,
      expected: 'invalid: insufficient funds for gas * price + value',
    },
  ],
  [
    'bytes that are no transaction',
    inShred(2, () => ({ transaction: Uint8Array.of(1, 2, 3) })),
    { kind: 'invalidTransaction', place: 2, expected: 'invalid: malformed transaction' },
  ],
  [
    'shreds in another order',
    reordered(([a, b, c, ...rest]) => [a!, c!, b!, ...rest]),
    { kind: 'sequence', place: 1, expected: '1', got: '2' },
  ],
  [
    'shreds in another order, renumbered',
    reordered(([a, b, c, ...rest]) => renumbered([a!, c!, b!, ...rest])),
    { kind: 'receipt', place: 1 },
  ],
  [
    'transactions of one sender in another order, renumbered',
    reordered(([a, b, ...rest]) => renumbered([b!, a!, ...rest])),
    { kind: 'invalidTransaction', place: 0, expected: 'invalid: nonce too high' },
  ],
  [
    'a repeated shred',
    reordered(([a, b, ...rest]) => [a!, b!, b!, ...rest]),
    { kind: 'sequence', place: 2, got: '1' },
  ],
  [
    'a repeated shred, renumbered',
    reordered(([a, b, ...rest]) => renumbered([a!, b!, b!, ...rest])),
    { kind: 'invalidTransaction', place: 2, expected: 'invalid: nonce too low' },
  ],
  [
    'a dropped shred',
    reordered((shreds) => shreds.toSpliced(3, 1)),
    { kind: 'sequence', place: 3, expected: '3', got: '4' },
  ],
  [
    'a dropped shred, renumbered',
    reordered((shreds) => renumbered(shreds.toSpliced(3, 1))),
    { kind: 'invalidTransaction', place: 3 },
  ],
  [
    'a dropped last shred',
    reordered((shreds) => shreds.slice(0, -1)),
    { kind: 'sequence', place: 'seal', location: { kind: 'message', field: 'shredCount' } },
  ],
  ['a wrong shred count', inSeal(() => ({ shredCount: 8 })), { kind: 'sequence', place: 'seal' }],
  [
    'a shred of another block',
    inShred(2, () => ({ blockNumber: 2n })),
    { kind: 'sequence', place: 2, location: { kind: 'message', field: 'blockNumber' } },
  ],
  [
    'a dropped seal',
    (drafts) => drafts.filter(({ type }, at) => type !== 'blockSealed' || at > 10),
    { kind: 'sequence', place: 'seal', got: 'blockOpened' },
  ],
  [
    'a dropped opening',
    (drafts) => drafts.slice(1),
    { kind: 'sequence', place: 'open', got: 'shred' },
  ],
  [
    'another parent',
    inOpening(({ context }) => ({ context: { ...context, parentHash: word(1) } })),
    { kind: 'context', place: 'open', location: { kind: 'context', field: 'parentHash' } },
  ],
  [
    'a wrong base fee',
    inOpening(({ context }) => ({ context: { ...context, baseFeePerGas: 1n } })),
    { kind: 'context', place: 'open', location: { kind: 'context', field: 'baseFeePerGas' } },
  ],
  [
    'a block that is not later than its parent',
    inOpening(({ context }) => ({ context: { ...context, timestamp: 0n } })),
    { kind: 'context', place: 'open', location: { kind: 'context', field: 'timestamp' } },
  ],
  [
    'a forged block hash',
    inOpening(({ context }) => ({
      context: { ...context, blockHashes: new Map([[0n, word(5)]]) },
    })),
    { kind: 'context', place: 'open', location: { kind: 'context', field: 'blockHashes[0]' } },
  ],
  [
    'other opening work',
    inOpening(({ diff }) => ({ diff: { ...diff, changes: [] } })),
    { kind: 'missingWrite', place: 'open' },
  ],
  [
    'other closing work',
    inSeal(({ diff }) => ({
      diff: { ...diff, changes: [{ address: EVE.address, balance: ETHER, slots: [] }] },
    })),
    { kind: 'extraWrite', place: 'seal' },
  ],
  [
    'a request that nobody made',
    inSeal(() => ({ requests: [Uint8Array.of(1, 2, 3)] })),
    { kind: 'requests', place: 'seal', location: { kind: 'request', index: 0 }, expected: null },
  ],
  [
    'a wrong hash',
    inSeal(() => ({ hash: word(1) })),
    { kind: 'header', place: 'seal', location: { kind: 'header', field: 'hash' } },
  ],
  ...(
    [
      ['stateRoot', word(1)],
      ['receiptsRoot', word(1)],
      ['transactionsRoot', word(1)],
      ['withdrawalsRoot', word(1)],
      ['requestsHash', word(1)],
      ['logsBloom', new Uint8Array(256)],
      ['gasUsed', 21_000n],
      ['timestamp', 99n],
      ['beneficiary', EVE.address],
      ['mixHash', word(1)],
      ['blobGasUsed', 131_072n],
    ] as const
  ).map(([field, value]): readonly [string, Lie, Expected] => [
    `a wrong ${field}`,
    inHeader({ [field]: value }),
    { kind: 'header', place: 'seal', location: { kind: 'header', field } },
  ]),
  [
    'a gas limit that is no step from the last one',
    (drafts) => {
      const gasLimit = 10n ** 9n
      const inContext = inOpening(({ context }) => ({ context: { ...context, gasLimit } }))
      return inHeader({ gasLimit })(inContext(drafts))
    },
    {
      kind: 'header',
      place: 'seal',
      location: { kind: 'header', field: 'gas limit out of bounds' },
      got: '1000000000',
    },
  ],
  [
    'two lies, of which the later is seen first',
    (drafts) =>
      inShred(2, () => ({ sender: STRANGER.address }))(
        reordered((shreds) => shreds.toSpliced(3, 1))(drafts),
      ),
    { kind: 'sender', place: 2 },
  ],
]

describe('a follower of a lying leader', () => {
  it.each(LIES)('catches %s', async (_, lie, expected) => {
    const { verified, divergence } = await follow(lie(honest))
    const { expected: own, ...rest } = expected
    expect(divergence).toMatchObject({ blockNumber: 1n, ...rest })
    if (own !== undefined) expect(divergence?.expected).toBe(own)
    expect(verified).toEqual([])
  })

  it('catches a lie in a later block, after it verified those before', async () => {
    const place = honest.findIndex(({ type }) => type === 'blockSealed') + 2
    const drafts = honest.map((draft, at) =>
      at === place && draft.type === 'shred' ? { ...draft, sender: EVE.address } : draft,
    )
    const { verified, divergence } = await follow(drafts)
    expect(verified).toHaveLength(1)
    expect(divergence).toMatchObject({ blockNumber: 2n, place: 0, kind: 'sender' })
  })

  it('names the same read however the workers ran', async () => {
    const lie = inDiff(2, ({ reads }) => ({ reads: reads.map((read) => ({ ...read, slots: [] })) }))
    for (let run = 0; run < 20; run++) {
      const { divergence } = await follow(lie(honest))
      expect(divergence).toMatchObject({
        kind: 'undeclaredRead',
        place: 2,
        location: slotOfCounter,
      })
    }
  })

  it('verifies the honest stream after all that', async () => {
    expect((await follow(honest)).verified).toHaveLength(2)
  })
})

describeWithData(
  'lies about a mainnet block',
  '../shared/fixtures/mainnet/1150000.json.gz',
  (path) => {
    let mainnet: Engine
    let block: readonly MessageDraft[]
    const followBlock = async (lie: Lie) => {
      return followOn(mainnet, await FixtureChain.find([path]), lie(block))
    }

    beforeAll(async () => {
      mainnet = await createEngine({ config: MAINNET, workers: WORKERS })
      block = await fixtureStream(mainnet, await readBlockFixture(path))
    })

    afterAll(() => mainnet.close())

    it('verifies the honest block', async () => {
      const { verified, divergence } = await followBlock((drafts) => [...drafts])
      expect(divergence).toBeUndefined()
      expect(verified).toMatchObject([{ number: 1_150_000, shreds: 9, aborts: 0 }])
    })

    const lies: readonly (readonly [string, Lie, Expected])[] = [
      ['wrong gas', inReceipt(8, () => ({ gasUsed: 1n })), { kind: 'receipt', place: 8 }],
      ['no reads', inDiff(3, () => ({ reads: [] })), { kind: 'undeclaredRead', place: 3 }],
      // An update that is not declared as lazy is none: its value is read, and that is not declared.
      ['no writes', inDiff(3, () => ({ changes: [] })), { kind: 'undeclaredRead', place: 3 }],
      [
        'a state root that nobody can compute from a fixture',
        inHeader({ stateRoot: word(1) }),
        { kind: 'header', place: 'seal', location: { kind: 'header', field: 'hash' } },
      ],
      [
        'another time of day',
        inOpening(({ context }) => ({ context: { ...context, timestamp: 1n } })),
        { kind: 'context', place: 'open', location: { kind: 'context', field: 'timestamp' } },
      ],
    ]

    it.each(lies)('catches %s', async (_, lie, expected) => {
      const { verified, divergence } = await followBlock(lie)
      expect(divergence).toMatchObject({ blockNumber: 1_150_000n, ...expected })
      expect(verified).toEqual([])
    })
  },
)
