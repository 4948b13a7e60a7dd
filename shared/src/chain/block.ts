/**
 * What a block tells the transactions inside it, before any of them has run. A `BlockContext` is
 * everything execution may ask of its block; a header adds what only execution can answer.
 */

import type { RlpItem } from '../primitives/rlp.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import type { Header } from './header.ts'
import type { FieldCodec } from './rlp-fields.ts'
import { addressBytes, listOf, uint64 } from './rlp-fields.ts'

/** EIP-4895 withdrawal. `amount` is in gwei. */
export interface Withdrawal {
  readonly index: bigint
  readonly validatorIndex: bigint
  readonly address: Uint8Array
  readonly amount: bigint
}

/** What an ommer contributes to execution: whom to reward, and how deep it lies. */
export interface Ommer {
  readonly number: bigint
  readonly beneficiary: Uint8Array
}

/** BLOCKHASH reaches so far back (Yellow Paper, H.2). */
export const BLOCK_HASH_COUNT = 256n

/** The block as execution sees it. Addresses are 20 bytes, hashes 32, amounts in wei. */
export interface BlockContext {
  readonly parentHash: Uint8Array
  readonly number: bigint
  readonly timestamp: bigint
  readonly beneficiary: Uint8Array
  readonly gasLimit: bigint
  /** 0 from Paris on. */
  readonly difficulty: bigint
  /** The header's mixHash: PREVRANDAO from Paris on. */
  readonly prevRandao: Uint8Array
  /** From London on. */
  readonly baseFeePerGas?: bigint
  /** From Cancun on (EIP-4844). */
  readonly excessBlobGas?: bigint
  /** From Cancun on (EIP-4788). */
  readonly parentBeaconBlockRoot?: Uint8Array
  /** From Shanghai on. */
  readonly withdrawals?: readonly Withdrawal[]
  readonly ommers: readonly Ommer[]
  /** Hashes that BLOCKHASH may ask for, by block number; one that is absent reads as zero. */
  readonly blockHashes: ReadonlyMap<bigint, Uint8Array>
}

/** What a block's execution needs besides its header and transactions. */
export type BlockSurroundings = Pick<BlockContext, 'withdrawals' | 'ommers' | 'blockHashes'>

export function blockContextOf(header: Header, surroundings: BlockSurroundings): BlockContext {
  const { baseFeePerGas, excessBlobGas, parentBeaconBlockRoot } = header
  return {
    parentHash: header.parentHash,
    number: header.number,
    timestamp: header.timestamp,
    beneficiary: header.beneficiary,
    gasLimit: header.gasLimit,
    difficulty: header.difficulty,
    prevRandao: header.mixHash,
    ...(baseFeePerGas !== undefined && { baseFeePerGas }),
    ...(excessBlobGas !== undefined && { excessBlobGas }),
    ...(parentBeaconBlockRoot !== undefined && { parentBeaconBlockRoot }),
    ...surroundings,
  }
}

export const withdrawalField: FieldCodec<Withdrawal> = {
  decode(item) {
    const [index, validatorIndex, address, amount] = listOf(item, 4) as RlpItem[]
    return {
      index: uint64.decode(index as RlpItem),
      validatorIndex: uint64.decode(validatorIndex as RlpItem),
      address: addressBytes.decode(address as RlpItem),
      amount: uint64.decode(amount as RlpItem),
    }
  },
  encode: ({ index, validatorIndex, address, amount }) => [
    uint64.encode(index),
    uint64.encode(validatorIndex),
    address,
    uint64.encode(amount),
  ],
}

/** The withdrawal as the withdrawals trie holds it. */
export function encodeWithdrawal(withdrawal: Withdrawal): Uint8Array {
  return encodeRlp(withdrawalField.encode(withdrawal))
}
