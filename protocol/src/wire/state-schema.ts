/** Fields of what messages carry from the chain: state, receipts, block context and header. */

import type { BlockContext, Ommer, Withdrawal } from '@shredcast/shared/chain/block'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { Header } from '@shredcast/shared/chain/header'
import type { Log, Receipt } from '@shredcast/shared/chain/receipt'
import type {
  BalanceDelta,
  SlotChange,
  StateChange,
  StateDiff,
  StateRead,
} from '@shredcast/shared/chain/state-change'
import {
  READ_BALANCE,
  READ_CODE,
  READ_NONCE,
  READ_STORAGE_EPOCH,
} from '@shredcast/shared/chain/state-change'
import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import type { Field } from './fields.ts'
import {
  bytesUpTo,
  fixedBytes,
  flag,
  integer,
  list,
  oneOf,
  optional,
  orNull,
  record,
  signedAmount,
  uint,
} from './fields.ts'
import {
  MAX_BLOCK_HASHES,
  MAX_EXTRA_DATA_BYTES,
  MAX_OMMERS,
  MAX_TOPICS,
  MAX_WITHDRAWALS,
} from './limits.ts'

export const address = fixedBytes(20)
export const word = fixedBytes(32)
/** Block numbers, times, gas, nonces. */
export const u64 = uint(8)
const u256 = uint(32)

const ALL_READS = READ_BALANCE | READ_NONCE | READ_CODE | READ_STORAGE_EPOCH

export const slotChange = record<SlotChange>({
  key: word,
  value: word,
  delta: optional(signedAmount()),
})

export const stateChange = record<StateChange>({
  address,
  balance: optional(u256),
  nonce: optional(u64),
  code: optional(orNull(bytesUpTo())),
  storageCleared: flag(),
  slots: list(slotChange, { ascendingBy: (slot) => slot.key }),
})

export const stateChanges = list(stateChange, { ascendingBy: (change) => change.address })

export const balanceDelta = record<BalanceDelta>({ address, amount: signedAmount() })

export const stateRead = record<StateRead>({
  address,
  fields: integer(0, ALL_READS),
  slots: list(word, { ascendingBy: (key) => key }),
})

export const stateDiff = record<StateDiff>({
  changes: stateChanges,
  deltas: list(balanceDelta, { ascendingBy: (delta) => delta.address }),
  reads: list(stateRead, { ascendingBy: (read) => read.address }),
})

export const log = record<Log>({
  address,
  topics: list(word, { max: MAX_TOPICS }),
  data: bytesUpTo(),
})

export const receipt = record<Receipt>({
  type: integer(0, 0x7f),
  status: oneOf([0, 1]),
  gasUsed: u64,
  cumulativeGasUsed: u64,
  logs: list(log),
})

export const withdrawal = record<Withdrawal>({
  index: u64,
  validatorIndex: u64,
  address,
  amount: u64,
})

export const ommer = record<Ommer>({ number: u64, beneficiary: address })

export const numberedHash = record<{ number: bigint; hash: Uint8Array }>({
  number: u64,
  hash: word,
})

const numberedHashes = list(numberedHash, {
  max: MAX_BLOCK_HASHES,
  ascendingBy: (entry) => bigIntToBytes(entry.number, 8),
})

/** A map by block number, as a list in ascending order. */
const blockHashes: Field<ReadonlyMap<bigint, Uint8Array>> = {
  toPlain(map) {
    const entries = [...map].map(([number, hash]) => ({ number, hash }))
    entries.sort((a, b) => (a.number < b.number ? -1 : 1))
    return numberedHashes.toPlain(entries)
  },
  read(cursor) {
    return new Map(numberedHashes.read(cursor).map(({ number, hash }) => [number, hash]))
  },
}

export const blockContext = record<BlockContext>({
  parentHash: word,
  number: u64,
  timestamp: u64,
  beneficiary: address,
  gasLimit: u64,
  difficulty: u256,
  prevRandao: word,
  baseFeePerGas: optional(u256),
  excessBlobGas: optional(u64),
  parentBeaconBlockRoot: optional(word),
  withdrawals: optional(list(withdrawal, { max: MAX_WITHDRAWALS })),
  ommers: list(ommer, { max: MAX_OMMERS }),
  blockHashes,
})

export const blockEdits = record<BlockEdits>({
  changes: stateChanges,
  isBaseFeeSet: flag(),
  isGasLimitSet: flag(),
})

export const header = record<Header>({
  parentHash: word,
  ommersHash: word,
  beneficiary: address,
  stateRoot: word,
  transactionsRoot: word,
  receiptsRoot: word,
  logsBloom: fixedBytes(256),
  difficulty: u256,
  number: u64,
  gasLimit: u64,
  gasUsed: u64,
  timestamp: u64,
  extraData: bytesUpTo(MAX_EXTRA_DATA_BYTES),
  mixHash: word,
  nonce: fixedBytes(8),
  baseFeePerGas: optional(u256),
  withdrawalsRoot: optional(word),
  blobGasUsed: optional(u64),
  excessBlobGas: optional(u64),
  parentBeaconBlockRoot: optional(word),
  requestsHash: optional(word),
})
