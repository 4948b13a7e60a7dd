/** One full message of each type, with every optional field present; for tests. */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { Header } from '@shredcast/shared/chain/header'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { READ_BALANCE, READ_CODE } from '@shredcast/shared/chain/state-change'
import type { Hello } from './control-messages.ts'
import type { BlockOpened, BlockSealed, ChainReverted, MessageDraft, Shred } from './messages.ts'

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

const SAMPLE_DIFF: StateDiff = {
  changes: [
    { address: filled(20, 1), balance: 0n, nonce: 1n, code: null, slots: [] },
    {
      address: filled(20, 2),
      balance: 10n ** 18n,
      code: new Uint8Array(0),
      storageCleared: true,
      slots: [
        { key: filled(32, 0), value: filled(32, 9) },
        { key: filled(32, 1), value: filled(32, 0) },
      ],
    },
  ],
  deltas: [
    { address: filled(20, 1), amount: -21_000n },
    { address: filled(20, 2), amount: 10n ** 18n },
  ],
  reads: [{ address: filled(20, 2), fields: READ_BALANCE | READ_CODE, slots: [filled(32, 0)] }],
}

const SAMPLE_CONTEXT: BlockContext = {
  parentHash: filled(32, 3),
  number: 19_606_599n,
  timestamp: 1_712_500_000n,
  beneficiary: filled(20, 4),
  gasLimit: 30_000_000n,
  difficulty: 0n,
  prevRandao: filled(32, 5),
  baseFeePerGas: 7n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: filled(32, 6),
  withdrawals: [{ index: 1n, validatorIndex: 2n, address: filled(20, 7), amount: 3n }],
  ommers: [{ number: 19_606_598n, beneficiary: filled(20, 8) }],
  blockHashes: new Map([
    [19_606_597n, filled(32, 1)],
    [19_606_598n, filled(32, 3)],
  ]),
}

const SAMPLE_HEADER: Header = {
  parentHash: filled(32, 3),
  ommersHash: filled(32, 4),
  beneficiary: filled(20, 4),
  stateRoot: filled(32, 5),
  transactionsRoot: filled(32, 6),
  receiptsRoot: filled(32, 7),
  logsBloom: filled(256, 0),
  difficulty: 0n,
  number: 19_606_599n,
  gasLimit: 30_000_000n,
  gasUsed: 21_000n,
  timestamp: 1_712_500_000n,
  extraData: new TextEncoder().encode('shredcast'),
  mixHash: filled(32, 5),
  nonce: filled(8, 0),
  baseFeePerGas: 7n,
  withdrawalsRoot: filled(32, 8),
  blobGasUsed: 0n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: filled(32, 6),
  requestsHash: filled(32, 9),
}

export const SAMPLE_OPENED: BlockOpened = {
  type: 'blockOpened',
  seq: 0,
  prevHash: filled(32, 0),
  context: SAMPLE_CONTEXT,
  diff: SAMPLE_DIFF,
}

export const SAMPLE_SHRED: Shred = {
  type: 'shred',
  seq: 1,
  prevHash: filled(32, 1),
  blockNumber: 19_606_599n,
  shredIndex: 0,
  transaction: filled(110, 2),
  sender: filled(20, 1),
  receipt: {
    type: 2,
    status: 1,
    gasUsed: 21_000n,
    cumulativeGasUsed: 21_000n,
    logs: [{ address: filled(20, 2), topics: [filled(32, 1)], data: filled(3, 7) }],
  },
  startingLogIndex: 0,
  diff: SAMPLE_DIFF,
  committedAtUs: 1_712_500_000_123_456,
}

export const SAMPLE_SEALED: BlockSealed = {
  type: 'blockSealed',
  seq: 2,
  prevHash: filled(32, 2),
  header: SAMPLE_HEADER,
  hash: filled(32, 10),
  shredCount: 1,
  diff: { changes: [], deltas: [], reads: [] },
  requests: [filled(2, 0), filled(3, 1)],
}

/** Of a development chain. */
export const SAMPLE_EDITED: BlockOpened = {
  ...SAMPLE_OPENED,
  edits: { changes: SAMPLE_DIFF.changes, isBaseFeeSet: true },
}

export const SAMPLE_REVERTED: ChainReverted = {
  type: 'chainReverted',
  seq: 3,
  prevHash: filled(32, 3),
  number: 19_606_590n,
  hash: filled(32, 11),
  changes: SAMPLE_DIFF.changes,
}

export const SAMPLE_HELLO: Hello = {
  type: 'hello',
  protocol: 'shredcast',
  version: 1,
  chainId: 1n,
  genesisHash: filled(32, 1),
  leaderKey: filled(32, 2),
  engine: 'reference',
  nextSeq: 3,
  oldestSeq: 0,
  latestHash: filled(32, 3),
}

/** A short valid shred; `index` makes it different from the others. */
export function sampleDraft(index: number): MessageDraft {
  const { seq: _, prevHash: __, ...draft } = SAMPLE_SHRED
  return { ...draft, shredIndex: index }
}
