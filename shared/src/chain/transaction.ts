/**
 * Signed transactions of all types in the form blocks hold them (EIP-2718; blob transactions
 * without their sidecar). One shape serves every type: what a type does not have is empty or zero.
 * A table says which fields each type has, in order: legacy (Yellow Paper 4.2, EIP-155), EIP-2930,
 * EIP-1559, EIP-4844, EIP-7702. Decoding decides only whether bytes are a transaction; whether it
 * is valid is the engine's part.
 */

import { BaseError } from '../primitives/base-error.ts'
import { concatBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import type { AccessListEntry } from './access-list.ts'
import { accessListField } from './access-list.ts'
import type { Authorization } from './authorization.ts'
import { authorizationListField } from './authorization.ts'
import type { FieldCodec } from './rlp-fields.ts'
import {
  addressBytes,
  anyBytes,
  bytesOf,
  decodeNamed,
  hashBytes,
  InvalidFieldError,
  isDecodingError,
  listField,
  listOf,
  uint64,
  uint256,
} from './rlp-fields.ts'

/** Prices in wei per gas, `value` in wei. */
export interface Transaction {
  readonly type: 0 | 1 | 2 | 3 | 4
  /** Undefined: legacy without EIP-155. */
  readonly chainId: bigint | undefined
  readonly nonce: bigint
  readonly gasLimit: bigint
  /** gasPrice for types 0 and 1. */
  readonly maxFeePerGas: bigint
  /** gasPrice for types 0 and 1. */
  readonly maxPriorityFeePerGas: bigint
  /** Undefined: creation. */
  readonly to: Uint8Array | undefined
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: readonly AccessListEntry[]
  /** 0 unless type 3. */
  readonly maxFeePerBlobGas: bigint
  readonly blobVersionedHashes: readonly Uint8Array[]
  readonly authorizationList: readonly Authorization[]
  readonly yParity: 0 | 1
  readonly r: bigint
  readonly s: bigint
}

export class MalformedTransactionError extends BaseError {
  override readonly name = 'Chain.MalformedTransactionError'
}

type TransactionType = Transaction['type']

/** A transaction while its fields are being read. */
type Draft = { -readonly [K in keyof Transaction]: Transaction[K] }

interface TransactionField {
  read(item: RlpItem, draft: Draft): void
  write(tx: Transaction): RlpItem
}

function field<K extends keyof Transaction>(
  key: K,
  codec: FieldCodec<Transaction[K]>,
): TransactionField {
  return {
    read(item, draft) {
      draft[key] = decodeNamed(key, () => codec.decode(item))
    },
    write: (tx) => codec.encode(tx[key]),
  }
}

const chainId = field('chainId', {
  decode: uint256.decode,
  encode: (id) => uint256.encode(id as bigint),
})

const gasPrice: TransactionField = {
  read(item, draft) {
    const price = decodeNamed('gasPrice', () => uint256.decode(item))
    draft.maxFeePerGas = price
    draft.maxPriorityFeePerGas = price
  },
  write: (tx) => uint256.encode(tx.maxFeePerGas),
}

const to = field('to', {
  decode: (item) => (bytesOf(item).length === 0 ? undefined : addressBytes.decode(item)),
  encode: (address) => address ?? NO_BYTES,
})

const yParity = field('yParity', {
  decode(item) {
    const parity = uint256.decode(item)
    if (parity > 1n) throw new InvalidFieldError(`${parity} is neither 0 nor 1`)
    return parity === 0n ? 0 : 1
  },
  encode: (parity) => uint256.encode(BigInt(parity)),
})

/** Carries the parity, and from EIP-155 on also the chain id. */
const legacyV: TransactionField = {
  read(item, draft) {
    const signature = decodeNamed('v', () => signatureOfV(uint256.decode(item)))
    draft.yParity = signature.yParity
    draft.chainId = signature.chainId
  },
  write(tx) {
    const base = tx.chainId === undefined ? 27n : tx.chainId * 2n + 35n
    return uint256.encode(base + BigInt(tx.yParity))
  },
}

/**
 * What `v` of a legacy signature says: 27 and 28, or 35 + 2 * chainId and the next (EIP-155).
 * @throws InvalidFieldError
 */
export function signatureOfV(v: bigint): Pick<Transaction, 'yParity' | 'chainId'> {
  if (v !== 27n && v !== 28n && v < 35n) throw new InvalidFieldError(`${v} is out of range`)
  return { yParity: v % 2n === 1n ? 0 : 1, chainId: v < 35n ? undefined : (v - 35n) / 2n }
}

const NO_BYTES = new Uint8Array(0)
const nonce = field('nonce', uint64)
const fees = [field('maxPriorityFeePerGas', uint256), field('maxFeePerGas', uint256)] as const
const gasLimit = field('gasLimit', uint64)
const call = [to, field('value', uint256), field('data', anyBytes)] as const
const accessList = field('accessList', accessListField)
const blobs = [
  field('maxFeePerBlobGas', uint256),
  field('blobVersionedHashes', listField(hashBytes)),
] as const
const authorizations = field('authorizationList', authorizationListField)
const rs = [field('r', uint256), field('s', uint256)] as const

/** What the signature of a type signs, in order; of legacy, what it signed before EIP-155. */
const UNSIGNED_FIELDS: Record<TransactionType, readonly TransactionField[]> = {
  0: [nonce, gasPrice, gasLimit, ...call],
  1: [chainId, nonce, gasPrice, gasLimit, ...call, accessList],
  2: [chainId, nonce, ...fees, gasLimit, ...call, accessList],
  3: [chainId, nonce, ...fees, gasLimit, ...call, accessList, ...blobs],
  4: [chainId, nonce, ...fees, gasLimit, ...call, accessList, authorizations],
}

const SIGNED_FIELDS: Record<TransactionType, readonly TransactionField[]> = {
  0: [...UNSIGNED_FIELDS[0], legacyV, ...rs],
  1: [...UNSIGNED_FIELDS[1], yParity, ...rs],
  2: [...UNSIGNED_FIELDS[2], yParity, ...rs],
  3: [...UNSIGNED_FIELDS[3], yParity, ...rs],
  4: [...UNSIGNED_FIELDS[4], yParity, ...rs],
}

/**
 * Decodes signed bytes as they stand in a block: an RLP list (legacy), or a type byte and a list.
 * The result shares no memory with `bytes`.
 * @throws MalformedTransactionError unless the bytes are the canonical encoding of a transaction
 */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  try {
    const type = typeOf(bytes)
    const fields = SIGNED_FIELDS[type]
    const items = listOf(decodeRlp(type === 0 ? bytes : bytes.subarray(1)), fields.length)
    const draft = emptyDraft(type)
    for (const [index, item] of items.entries()) fields[index]?.read(item, draft)
    return draft
  } catch (error) {
    if (!isDecodingError(error)) throw error
    throw new MalformedTransactionError(`malformed transaction: ${error.shortMessage}`, {
      cause: error,
    })
  }
}

function typeOf(bytes: Uint8Array): TransactionType {
  const first = bytes[0]
  if (first === undefined) throw new InvalidFieldError('no bytes')
  if (first >= 0xc0) return 0
  if (first >= 1 && first <= 4) return first as TransactionType
  throw new InvalidFieldError(`unknown type ${first}`)
}

/** Every transaction gets its properties in this order, so that all share one hidden class. */
function emptyDraft(type: TransactionType): Draft {
  return {
    type,
    chainId: undefined,
    nonce: 0n,
    gasLimit: 0n,
    maxFeePerGas: 0n,
    maxPriorityFeePerGas: 0n,
    to: undefined,
    value: 0n,
    data: NO_BYTES,
    accessList: [],
    maxFeePerBlobGas: 0n,
    blobVersionedHashes: [],
    authorizationList: [],
    yParity: 0,
    r: 0n,
    s: 0n,
  }
}

/** Signed bytes as they stand in a block; the inverse of `decodeTransaction`. */
export function encodeTransaction(tx: Transaction): Uint8Array {
  const items = SIGNED_FIELDS[tx.type].map((field) => field.write(tx))
  return envelope(tx.type, items)
}

/** The hash that the sender's signature signs; of legacy transactions by EIP-155 if it applies. */
export function signingHash(tx: Transaction): Uint8Array {
  const items = UNSIGNED_FIELDS[tx.type].map((field) => field.write(tx))
  if (tx.type === 0 && tx.chainId !== undefined) {
    items.push(uint256.encode(tx.chainId), NO_BYTES, NO_BYTES)
  }
  return keccak256(envelope(tx.type, items))
}

function envelope(type: TransactionType, items: readonly RlpItem[]): Uint8Array {
  const list = encodeRlp(items)
  return type === 0 ? list : concatBytes(Uint8Array.of(type), list)
}

/** Hash of a transaction from its signed bytes. */
export function transactionHash(bytes: Uint8Array): Uint8Array {
  return keccak256(bytes)
}

/**
 * Price of a unit of gas in wei (EIP-1559). Without a base fee (before London) it is what the
 * transaction offers. That the fee cap covers the base fee is the caller's to check.
 */
export function effectiveGasPrice(tx: Transaction, baseFeePerGas: bigint | undefined): bigint {
  if (baseFeePerGas === undefined) return tx.maxFeePerGas
  const wanted = baseFeePerGas + tx.maxPriorityFeePerGas
  if (wanted > tx.maxFeePerGas) return tx.maxFeePerGas
  return wanted
}
