/**
 * The pool of a follower is its leader's: what is sent here is handed on by JSON-RPC. Known here is only
 * what was sent here and is not committed yet, so that its senders get their next nonces.
 */

import type {
  PendingTransaction,
  PoolAddOptions,
  TransactionPool,
} from '@shredcast/protocol/rpc/backend'
import type { EventHub } from '@shredcast/protocol/rpc/event-hub'
import {
  AlreadyKnownError,
  NonceGapError,
  TransactionRefusedError,
} from '@shredcast/protocol/rpc/pool-error'
import { SYNC_NONCE_GAP, SYNC_TIMEOUT } from '@shredcast/protocol/rpc/rpc-error'
import { joinSidecar } from '@shredcast/shared/chain/blob-sidecar'
import type { TransactionRecord } from '@shredcast/shared/chain/block-record'
import { decodeTransaction, transactionHash } from '@shredcast/shared/chain/transaction'
import { recoverSender } from '@shredcast/shared/engine/sender'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { AskLeader, LeaderAnswer } from './leader-client.ts'

const PENDING_MAX = 10_000

/** The leader answers a ready transaction at once: this side waits for the receipt by itself. */
const SHORTEST_WAIT_MS = 1

export class LeaderPool implements TransactionPool {
  readonly #ask: AskLeader
  readonly #events: EventHub
  /** By hash, the oldest first. */
  readonly #pending = new Map<Hex, PendingTransaction>()
  readonly #bySender = new Map<Hex, Map<bigint, Hex>>()

  constructor(ask: AskLeader, events: EventHub) {
    this.#ask = ask
    this.#events = events
    events.onCommit(({ transaction }) => this.#committed(transaction))
  }

  async add(bytes: Uint8Array, options: PoolAddOptions): Promise<Uint8Array> {
    const hash = transactionHash(bytes)
    const { sidecar } = options
    const raw = bytesToHex(sidecar === undefined ? bytes : joinSidecar(bytes, sidecar))
    const answer = options.mustBeReady
      ? await this.#ask('eth_sendRawTransactionSync', [raw, SHORTEST_WAIT_MS])
      : await this.#ask('eth_sendRawTransaction', [raw])
    const { error } = answer
    // It was added, and this side has the receipt as soon as the leader has.
    const isAdded = error === undefined || (options.mustBeReady && error.code === SYNC_TIMEOUT)
    if (!isAdded) throw refusalOf(error, bytes)
    this.#remember(bytes, hash)
    return hash
  }

  get(hash: Uint8Array): PendingTransaction | undefined {
    return this.#pending.get(bytesToHex(hash))
  }

  nextNonce(sender: Uint8Array): bigint {
    const nonces = this.#bySender.get(bytesToHex(sender))?.keys() ?? []
    return [...nonces].reduce((next, nonce) => (nonce < next ? next : nonce + 1n), 0n)
  }

  content(): readonly PendingTransaction[] {
    return [...this.#pending.values()]
  }

  #remember(bytes: Uint8Array, hash: Uint8Array): void {
    const transaction = decodeTransaction(bytes)
    const sender = recoverSender(transaction)
    if (sender === undefined) return
    const { nonce } = transaction
    const pending = { hash, bytes, sender, nonce, isReady: true }
    const oldest = this.#pending.values().next().value
    if (this.#pending.size >= PENDING_MAX && oldest !== undefined) this.#forget(oldest)
    const [id, owner] = [bytesToHex(hash), bytesToHex(sender)]
    const nonces = this.#bySender.get(owner) ?? new Map<bigint, Hex>()
    const replaced = nonces.get(nonce)
    if (replaced !== undefined) this.#pending.delete(replaced)
    this.#pending.set(id, pending)
    this.#bySender.set(owner, nonces.set(nonce, id))
    this.#events.pending(pending)
  }

  /** Whatever of the sender has this nonce or a lower one is done, or will never be. */
  #committed({ sender, bytes }: TransactionRecord): void {
    const nonces = this.#bySender.get(bytesToHex(sender))
    if (nonces === undefined) return
    const { nonce } = decodeTransaction(bytes)
    for (const [known, id] of [...nonces]) {
      const pending = this.#pending.get(id)
      if (known <= nonce && pending !== undefined) this.#forget(pending)
    }
  }

  #forget({ hash, sender, nonce }: PendingTransaction): void {
    this.#pending.delete(bytesToHex(hash))
    const owner = bytesToHex(sender)
    const nonces = this.#bySender.get(owner)
    nonces?.delete(nonce)
    if (nonces?.size === 0) this.#bySender.delete(owner)
  }
}

function refusalOf(error: NonNullable<LeaderAnswer['error']>, bytes: Uint8Array): Error {
  if (error.message === 'already known') return new AlreadyKnownError()
  if (error.code === SYNC_NONCE_GAP && typeof error.data === 'string') {
    return new NonceGapError(decodeTransaction(bytes).nonce, BigInt(error.data))
  }
  return new TransactionRefusedError(error.message)
}
