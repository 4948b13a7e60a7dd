/** A transaction in the pool: what it is, what it may cost, and where it stands. */

import { GAS_PER_BLOB } from '@shredcast/shared/chain/blob-gas'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

/** Of an executable transaction that waits its turn; of all others it is NOT_READY. */
export const NOT_READY = Number.NaN

export class PooledTransaction {
  readonly hash: Hex
  /** Signed, as blocks hold it. */
  readonly bytes: Uint8Array
  readonly transaction: Transaction
  /** 20 bytes. */
  readonly sender: Uint8Array
  readonly senderKey: Hex
  /** The most it can take from its sender, in wei. */
  readonly cost: bigint
  /** When it came to the pool, before its sender was known. */
  readonly addedAtMs: number
  /** Place in the order of becoming executable; the pool's ready set writes it. */
  turn = NOT_READY
  /** Whether the engine has it: from `take` until its commit or rejection. */
  isTaken = false
  /** Of the open block, while the engine has it. */
  step = -1
  /** In the order of being taken, where the pool's order has use for it. */
  takeNumber = -1
  /** Taken before it and not committed: it is expected to read what that one writes. */
  predecessor: PooledTransaction | undefined
  /** What its calls are told by, once somebody has asked. */
  features: readonly number[] | undefined
  /** Whether it was taken once and came back: then it goes before all others. */
  isReturned = false
  /** The pool's count of blocks when it had to wait for the next one. */
  heldInBlock = -1

  constructor(fields: {
    hash: Hex
    bytes: Uint8Array
    transaction: Transaction
    sender: Uint8Array
    addedAtMs: number
  }) {
    this.hash = fields.hash
    this.bytes = fields.bytes
    this.transaction = fields.transaction
    this.sender = fields.sender
    this.senderKey = bytesToHex(fields.sender)
    this.cost = costOf(fields.transaction)
    this.addedAtMs = fields.addedAtMs
  }

  get nonce(): bigint {
    return this.transaction.nonce
  }

  get isReady(): boolean {
    return !Number.isNaN(this.turn)
  }
}

function costOf(tx: Transaction): bigint {
  const blobGas = BigInt(tx.blobVersionedHashes.length) * GAS_PER_BLOB
  return tx.gasLimit * tx.maxFeePerGas + blobGas * tx.maxFeePerBlobGas + tx.value
}

/** Negative when `a` offers less than `b`: by tip, then by fee cap. */
export function comparePrice(a: PooledTransaction, b: PooledTransaction): number {
  const tips = a.transaction.maxPriorityFeePerGas - b.transaction.maxPriorityFeePerGas
  if (tips !== 0n) return tips < 0n ? -1 : 1
  const caps = a.transaction.maxFeePerGas - b.transaction.maxFeePerGas
  if (caps === 0n) return 0
  return caps < 0n ? -1 : 1
}
