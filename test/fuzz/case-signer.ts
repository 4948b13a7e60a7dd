/**
 * Makes a case's transactions into signed bytes, at the state that each of them meets: nonces and
 * the balance that is left are those of that moment.
 */

import type { Authorization } from '@shredcast/shared/chain/authorization'
import { GAS_PER_BLOB } from '@shredcast/shared/chain/blob-gas'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { decodeTransaction, encodeTransaction } from '@shredcast/shared/chain/transaction'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { AuthorizationModel, BlockModel, ByteEdit, TransactionModel } from './case.ts'
import { SIGNERS } from './generator/address-pool.ts'
import { wordBytes } from './generator/edge-values.ts'
import type { ModelState } from './model-state.ts'

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The block as executors see it. */
export function contextOf({ context, knownHashes }: BlockModel): BlockContext {
  const blockHashes = new Map<bigint, Uint8Array>()
  for (let depth = 1n; depth <= BigInt(knownHashes) && depth <= context.number; depth++) {
    const number = context.number - depth
    blockHashes.set(number, depth === 1n ? context.parentHash : keccak256(wordBytes(number)))
  }
  return { ...context, blockHashes }
}

export function signModel(tx: TransactionModel, state: ModelState): Uint8Array {
  const signer = SIGNERS[tx.signer]!
  const { maxFeePerBlobGas = 0n, blobVersionedHashes = [], accessList = [] } = tx
  const fields = {
    type: tx.type,
    // Typed transactions have one by their format.
    chainId: tx.chainId ?? (tx.type === 0 ? undefined : 0n),
    nonce: uint64(state.nonce(signer.address) + tx.nonceSkew),
    gasLimit: tx.gasLimit,
    maxFeePerGas: tx.maxFeePerGas,
    maxPriorityFeePerGas: tx.maxPriorityFeePerGas,
    to: tx.to,
    value: valueSent(tx, state),
    data: tx.data,
    accessList,
    maxFeePerBlobGas,
    blobVersionedHashes,
    authorizationList: authorizationsOf(tx, state),
  }
  return edited(spoiled(signer.sign(fields), tx.signatureFault), tx.edit)
}

function uint64(value: bigint): bigint {
  return BigInt.asUintN(64, value)
}

function valueSent(tx: TransactionModel, state: ModelState): bigint {
  if (!tx.isValueOfRest) return tx.value
  const balance = state.balance(SIGNERS[tx.signer]!.address)
  const blobGas = BigInt(tx.blobVersionedHashes?.length ?? 0) * GAS_PER_BLOB
  const costs = tx.gasLimit * tx.maxFeePerGas + blobGas * (tx.maxFeePerBlobGas ?? 0n)
  const value = balance - costs + tx.value
  return value < 0n ? 0n : BigInt.asUintN(256, value)
}

/** Each valid authorization moves the nonce of its authority, and the sender's moves before that. */
function authorizationsOf(tx: TransactionModel, state: ModelState): Authorization[] {
  const moves = new Map<number, bigint>([[tx.signer, 1n]])
  return (tx.authorizations ?? []).map((model) => {
    const { signer, address, chainId, nonceSkew } = model
    const moved = moves.get(signer) ?? 0n
    if (nonceSkew === 0n) moves.set(signer, moved + 1n)
    const nonce = uint64(state.nonce(SIGNERS[signer]!.address) + moved + nonceSkew)
    return spoiledAuthorization(SIGNERS[signer]!.authorize({ chainId, address, nonce }), model)
  })
}

function spoiledAuthorization(
  authorization: Authorization,
  { fault }: AuthorizationModel,
): Authorization {
  if (fault === 'high s') return { ...authorization, ...negated(authorization) }
  if (fault === 'zero r') return { ...authorization, r: 0n }
  return fault === 'parity 2' ? { ...authorization, yParity: 2 } : authorization
}

/** The other form of the same signature. */
function negated({ s, yParity }: { s: bigint; yParity: number }): { s: bigint; yParity: 0 | 1 } {
  return { s: CURVE_ORDER - s, yParity: yParity === 0 ? 1 : 0 }
}

function spoiled(bytes: Uint8Array, fault: TransactionModel['signatureFault']): Uint8Array {
  if (fault === undefined) return bytes
  const tx = decodeTransaction(bytes)
  const changes = {
    'high s': negated(tx),
    'zero r': { r: 0n },
    'zero s': { s: 0n },
    'huge r': { r: 2n ** 256n - 1n },
    'other parity': { yParity: negated(tx).yParity },
  }
  return encodeTransaction({ ...tx, ...changes[fault] })
}

function edited(bytes: Uint8Array, edit: ByteEdit | undefined): Uint8Array {
  if (edit === undefined) return bytes
  if (edit.type === 'cut') return bytes.slice(0, edit.at)
  if (edit.type === 'append') return concatBytes(bytes, edit.bytes)
  if (edit.type === 'replace') return edit.bytes
  const copy = bytes.slice()
  const at = edit.at % Math.max(1, copy.length)
  copy[at] = (copy[at] ?? 0) ^ edit.mask
  return copy
}
