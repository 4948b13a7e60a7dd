/**
 * A fuzz case: a state and blocks on top of it, as plain values. It is what the generator makes, what
 * shrinking cuts down, and what `--case` reads from a file. Transactions are not signed yet: nonces
 * and exact balances are told relative to the state that they meet, so that a case still makes sense
 * when half of it is gone.
 *
 * In JSON a bigint is a string of digits that ends in `n`, and bytes are hex with `0x`.
 */

import type { AccessListEntry } from '@shredcast/shared/chain/access-list'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { CANCUN_BLOBS, PRAGUE_BLOBS } from '@shredcast/shared/chain/chain-config'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { HARDFORKS } from '@shredcast/shared/chain/hardforks'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'

/** Ways to make a signature that nobody may use; the rest of the transaction stays as it is. */
export const SIGNATURE_FAULTS = ['high s', 'zero r', 'zero s', 'huge r', 'other parity'] as const

/** Changes to the signed bytes, mostly into something malformed. */
export type ByteEdit =
  | { readonly type: 'cut'; readonly at: number }
  | { readonly type: 'append'; readonly bytes: Uint8Array }
  | { readonly type: 'flip'; readonly at: number; readonly mask: number }
  | { readonly type: 'replace'; readonly bytes: Uint8Array }

export interface AuthorizationModel {
  /** Index of the authority's key. */
  readonly signer: number
  readonly address: Uint8Array
  readonly chainId: bigint
  /** Added to the nonce that makes the authorization valid. */
  readonly nonceSkew: bigint
  readonly fault?: 'high s' | 'zero r' | 'parity 2'
}

/** A transaction before it is signed; prices in wei per gas. */
export interface TransactionModel {
  /** Index of the sender's key. */
  readonly signer: number
  readonly type: Transaction['type']
  /** Absent: a legacy transaction without EIP-155. */
  readonly chainId?: bigint
  /** Added to the nonce that is next. */
  readonly nonceSkew: bigint
  readonly gasLimit: bigint
  readonly maxFeePerGas: bigint
  readonly maxPriorityFeePerGas: bigint
  /** Absent: a creation. */
  readonly to?: Uint8Array | undefined
  /** In wei. */
  readonly value: bigint
  /** `value` is added to all that the sender has left when gas is paid for at most. */
  readonly isValueOfRest?: boolean
  readonly data: Uint8Array
  readonly accessList?: readonly AccessListEntry[]
  readonly maxFeePerBlobGas?: bigint
  readonly blobVersionedHashes?: readonly Uint8Array[]
  readonly authorizations?: readonly AuthorizationModel[]
  readonly signatureFault?: (typeof SIGNATURE_FAULTS)[number]
  readonly edit?: ByteEdit
}

export interface BlockModel {
  readonly context: Omit<BlockContext, 'blockHashes'>
  /** How many of the hashes before the block BLOCKHASH knows. */
  readonly knownHashes: number
  readonly transactions: readonly TransactionModel[]
}

export interface FuzzCase {
  readonly seed: number
  readonly fork: Hardfork
  readonly accounts: readonly GenesisAccount[]
  readonly blocks: readonly BlockModel[]
}

export const FUZZ_CHAIN_ID = 1337n
const BLOCKS_PER_FORK = 1000n

/** A block of this number moves the DAO's balances. */
export const DAO_FORK_BLOCK = BLOCKS_PER_FORK + 700n

/** One chain with all forks, so that one engine serves every case; blobs get cheaper with time. */
export const FUZZ_CONFIG: ChainConfig = {
  chainId: FUZZ_CHAIN_ID,
  forks: HARDFORKS.map((fork, index) => ({ fork, block: BigInt(index) * BLOCKS_PER_FORK })),
  daoForkBlock: DAO_FORK_BLOCK,
  blobSchedule: [
    { time: 0n, ...CANCUN_BLOBS },
    { time: 2_000_000n, ...PRAGUE_BLOBS },
    { time: 3_000_000n, target: 14, max: 21, baseFeeUpdateFraction: 11684671n },
  ],
}

/** First block of a fork on that chain; the next fork begins a thousand blocks later. */
export function firstBlockOf(fork: Hardfork): bigint {
  return BigInt(HARDFORKS.indexOf(fork)) * BLOCKS_PER_FORK
}

/** What is no case was read from a file. */
class CaseFileError extends BaseError {
  override readonly name = 'Fuzz.CaseFileError'
}

export function encodeCase(fuzzCase: FuzzCase): string {
  const text = JSON.stringify(
    fuzzCase,
    (_, part: unknown) => {
      if (part instanceof Uint8Array) return bytesToHex(part)
      return typeof part === 'bigint' ? `${part}n` : part
    },
    2,
  )
  return `${text}\n`
}

/** @throws CaseFileError; what is inside the case is taken on trust */
export function decodeCase(text: string): FuzzCase {
  try {
    const decoded = JSON.parse(text, (_, part: unknown) => {
      if (typeof part !== 'string') return part
      if (/^-?\d+n$/.test(part)) return BigInt(part.slice(0, -1))
      return /^0x([\da-f]{2})*$/.test(part) ? hexToBytes(part) : part
    }) as FuzzCase
    if (!HARDFORKS.includes(decoded.fork)) throw new RangeError(`no fork ${decoded.fork}`)
    return decoded
  } catch (error) {
    throw new CaseFileError('the file holds no fuzz case', { cause: error })
  }
}
