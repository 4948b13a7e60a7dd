/** One lie of each kind about the first block of the small chain, and what a follower says of it. */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { ShredDraft } from './lies.ts'
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
} from './lies.ts'
import { ALICE, BOB, EVE, STRANGER, signedCall } from './small-chain.ts'
import { addressOf, ETHER, word } from './test-world.ts'

const counter = bytesToHex(addressOf('counter'))
const slotZero = bytesToHex(word(0))
const hasSlots = (change: { readonly slots: readonly unknown[] }) => change.slots.length > 0
export const isOf = (address: Uint8Array) => (change: { readonly address: Uint8Array }) =>
  bytesToHex(change.address) === bytesToHex(address)
const renumbered = (shreds: readonly ShredDraft[]) =>
  shreds.map((shred, shredIndex) => ({ ...shred, shredIndex }))

export type Lie = (drafts: readonly MessageDraft[]) => MessageDraft[]

export interface ExpectedDivergence {
  readonly kind: string
  readonly place: number | 'open' | 'seal'
  readonly location?: object
  readonly expected?: string | null
  readonly got?: string | null
}

export const slotOfCounter = { kind: 'slot', address: counter, key: slotZero }

export const LIES: readonly (readonly [string, Lie, ExpectedDivergence])[] = [
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
  ).map(([field, value]): readonly [string, Lie, ExpectedDivergence] => [
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
