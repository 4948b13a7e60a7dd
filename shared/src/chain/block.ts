/**
 * What a block tells the transactions inside it, before any of them has run. A `BlockContext` is
 * everything execution may ask of its block; a header adds what only execution can answer.
 */

import { bigIntToMinimalBytes } from '../primitives/bytes.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import type { Header } from './header.ts'

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

/** The withdrawal as the withdrawals trie holds it. */
export function encodeWithdrawal(withdrawal: Withdrawal): Uint8Array {
  const { index, validatorIndex, address, amount } = withdrawal
  return encodeRlp([
    bigIntToMinimalBytes(index),
    bigIntToMinimalBytes(validatorIndex),
    address,
    bigIntToMinimalBytes(amount),
  ])
}
