/** The mempool as JSON-RPC sees it: by hash and bytes, with errors whose texts clients know. */

import type {
  PendingTransaction,
  PoolAddOptions,
  TransactionPool,
} from '@shredcast/protocol/rpc/backend'
import type { EventHub } from '@shredcast/protocol/rpc/event-hub'
import { AlreadyKnownError, TransactionRefusedError } from '@shredcast/protocol/rpc/pool-error'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { RecentChain } from '@shredcast/shared/state/recent-chain'
import type { Mempool } from '../mempool/mempool.ts'
import { PoolError } from '../mempool/pool-error.ts'
import type { PooledTransaction } from '../mempool/pooled-transaction.ts'

export interface RpcPoolOptions {
  readonly mempool: Mempool
  readonly chain: RecentChain
  readonly events: EventHub
}

export class RpcPool implements TransactionPool {
  readonly #mempool: Mempool
  readonly #chain: RecentChain

  constructor({ mempool, chain, events }: RpcPoolOptions) {
    this.#mempool = mempool
    this.#chain = chain
    mempool.onAdded((pooled) => events.pending(this.#pendingOf(pooled)))
    mempool.onDropped(({ pooled, reason }) => events.dropped(hexToBytes(pooled.hash), reason))
  }

  async add(bytes: Uint8Array, options: PoolAddOptions): Promise<Uint8Array> {
    try {
      return hexToBytes(await this.#mempool.add(bytes, options))
    } catch (error) {
      if (!(error instanceof PoolError)) throw error
      const isKnown = error.code === 'alreadyKnown' || this.#isCommitted(bytes)
      if (isKnown) throw new AlreadyKnownError()
      throw new TransactionRefusedError(error.shortMessage)
    }
  }

  /** What is committed is refused for its nonce at the latest; it is hashed only then. */
  #isCommitted(bytes: Uint8Array): boolean {
    return this.#chain.transaction(transactionHash(bytes)) !== undefined
  }

  get(hash: Uint8Array): PendingTransaction | undefined {
    const pooled = this.#mempool.get(bytesToHex(hash))
    return pooled && this.#pendingOf(pooled)
  }

  nextNonce(sender: Uint8Array): bigint {
    return this.#mempool.nextNonce(sender)
  }

  content(): readonly PendingTransaction[] {
    const { pending, queued } = this.#mempool.content()
    const senders = [...new Set([...pending.keys(), ...queued.keys()])].sort()
    return senders
      .flatMap((sender) => [...(pending.get(sender) ?? []), ...(queued.get(sender) ?? [])])
      .map((pooled) => this.#pendingOf(pooled))
  }

  #pendingOf(pooled: PooledTransaction): PendingTransaction {
    const { hash, bytes, sender, nonce } = pooled
    const isReady = this.#mempool.isExecutable(pooled)
    return { hash: hexToBytes(hash), bytes, sender, nonce, isReady }
  }
}
