/**
 * Hands transactions to the open block as they come, with the checks that tell a sender at once what
 * is wrong. It holds nothing back: a transaction whose nonce is not the next one is refused.
 */

import type { PendingTransaction, TransactionPool } from '@shredcast/protocol/rpc/backend'
import type { EventHub } from '@shredcast/protocol/rpc/event-hub'
import {
  AlreadyKnownError,
  NonceGapError,
  TransactionRefusedError,
} from '@shredcast/protocol/rpc/pool-error'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import {
  decodeTransaction,
  MalformedTransactionError,
  transactionHash,
} from '@shredcast/shared/chain/transaction'
import { floorGas, intrinsicGas } from '@shredcast/shared/engine/reference/intrinsic-gas'
import { recoverSender } from '@shredcast/shared/engine/sender'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, compareBytes } from '@shredcast/shared/primitives/bytes'
import type { RecentChain } from '@shredcast/shared/state/recent-chain'

/** Admitted and not committed, in all. */
const PENDING_MAX = 65_536

/** As geth: the largest transaction that a pool takes. */
const TRANSACTION_BYTES_MAX = 128 * 1024

export interface DirectPoolOptions {
  readonly config: ChainConfig
  readonly chain: RecentChain
  readonly events: EventHub
  /** Takes the bytes into the open block. */
  readonly submit: (bytes: Uint8Array) => void
}

export class DirectPool implements TransactionPool {
  readonly #options: DirectPoolOptions
  readonly #pending = new Map<Hex, PendingTransaction>()
  /** The nonce behind the pending transactions of each sender that has any. */
  readonly #nextNonces = new Map<Hex, bigint>()

  constructor(options: DirectPoolOptions) {
    this.#options = options
    options.events.onCommit(({ transaction }) => this.#remove(transaction.hash))
  }

  async add(bytes: Uint8Array): Promise<Uint8Array> {
    const hash = transactionHash(bytes)
    const key = bytesToHex(hash)
    if (this.#pending.has(key) || this.#options.chain.transaction(hash) !== undefined) {
      throw new AlreadyKnownError()
    }
    if (this.#pending.size >= PENDING_MAX) throw new TransactionRefusedError('txpool is full')
    const transaction = decode(bytes)
    const sender = this.#check(transaction)
    const { nonce } = transaction
    const pending = { hash, bytes, sender, nonce, isReady: true }
    this.#pending.set(key, pending)
    this.#nextNonces.set(bytesToHex(sender), nonce + 1n)
    this.#options.submit(bytes)
    this.#options.events.pending(pending)
    return hash
  }

  get(hash: Uint8Array): PendingTransaction | undefined {
    return this.#pending.get(bytesToHex(hash))
  }

  nextNonce(sender: Uint8Array): bigint {
    const known = this.#nextNonces.get(bytesToHex(sender))
    return known ?? this.#options.chain.latestState.account(sender)?.nonce ?? 0n
  }

  content(): readonly PendingTransaction[] {
    return [...this.#pending.values()].sort((a, b) => {
      return compareBytes(a.sender, b.sender) || Number(a.nonce - b.nonce)
    })
  }

  /** The engine refused the transaction at its place; unknown ones came by another way. */
  drop(bytes: Uint8Array, reason: string): void {
    const hash = transactionHash(bytes)
    this.#remove(hash)
    this.#options.events.dropped(hash, reason)
  }

  #remove(hash: Uint8Array): void {
    const key = bytesToHex(hash)
    const pending = this.#pending.get(key)
    if (pending === undefined) return
    this.#pending.delete(key)
    const sender = bytesToHex(pending.sender)
    const next = this.#nextNonces.get(sender)
    // A later one that is still on its way keeps the count; after a drop it will be dropped too.
    if (next === pending.nonce + 1n) this.#nextNonces.delete(sender)
  }

  /** Returns the sender. */
  #check(transaction: Transaction): Uint8Array {
    const { config, chain } = this.#options
    if (transaction.chainId !== config.chainId && transaction.chainId !== undefined) {
      throw new TransactionRefusedError('invalid chain id for signer')
    }
    const sender = recoverSender(transaction)
    if (sender === undefined) throw new TransactionRefusedError('invalid sender')
    const { header } = chain.openBlock ?? chain.head
    const fork = hardforkAt(config, header.number, header.timestamp)
    const { gasLimit, maxFeePerGas, maxPriorityFeePerGas, value, nonce } = transaction
    if (gasLimit < intrinsicGas(transaction, fork)) {
      throw new TransactionRefusedError('intrinsic gas too low')
    }
    if (gasLimit < floorGas(transaction, fork)) {
      throw new TransactionRefusedError('gas limit below floor data cost')
    }
    if (gasLimit > header.gasLimit) throw new TransactionRefusedError('exceeds block gas limit')
    if (maxPriorityFeePerGas > maxFeePerGas) {
      throw new TransactionRefusedError('priority fee above fee cap')
    }
    if (maxFeePerGas < (header.baseFeePerGas ?? 0n)) {
      throw new TransactionRefusedError('max fee per gas less than block base fee')
    }
    this.#checkNonce(sender, nonce)
    const balance = chain.latestState.account(sender)?.balance ?? 0n
    if (balance < gasLimit * maxFeePerGas + value) {
      throw new TransactionRefusedError('insufficient funds for gas * price + value')
    }
    return sender
  }

  #checkNonce(sender: Uint8Array, nonce: bigint): void {
    const committed = this.#options.chain.latestState.account(sender)?.nonce ?? 0n
    const next = this.nextNonce(sender)
    if (nonce < committed) {
      throw new TransactionRefusedError(`nonce too low: ${nonce} where ${committed} is next`)
    }
    if (nonce < next) throw new TransactionRefusedError('replacement transaction underpriced')
    if (nonce > next) throw new NonceGapError(nonce, next)
  }
}

function decode(bytes: Uint8Array): Transaction {
  if (bytes.length > TRANSACTION_BYTES_MAX) {
    throw new TransactionRefusedError(`transaction larger than ${TRANSACTION_BYTES_MAX} bytes`)
  }
  try {
    return decodeTransaction(bytes)
  } catch (error) {
    if (!(error instanceof MalformedTransactionError)) throw error
    throw new TransactionRefusedError(error.shortMessage)
  }
}
