/** The mempool as JSON-RPC sees it: by hash and bytes, with errors whose texts clients know. */

import type {
  PendingTransaction,
  PoolAddOptions,
  TransactionPool,
} from '@shredcast/protocol/rpc/backend'
import type { EventHub } from '@shredcast/protocol/rpc/event-hub'
import { AlreadyKnownError, TransactionRefusedError } from '@shredcast/protocol/rpc/pool-error'
import type { BlobSidecar } from '@shredcast/shared/chain/blob-sidecar'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { RecentChain } from '@shredcast/shared/state/recent-chain'
import type { BlobSidecars } from '../mempool/blob-sidecars.ts'
import type { Mempool } from '../mempool/mempool.ts'
import { PoolError } from '../mempool/pool-error.ts'
import type { PooledTransaction } from '../mempool/pooled-transaction.ts'

export interface RpcPoolOptions {
  readonly mempool: Mempool
  readonly chain: RecentChain
  readonly events: EventHub
  readonly sidecars: BlobSidecars
}

export class RpcPool implements TransactionPool {
  readonly #mempool: Mempool
  readonly #chain: RecentChain
  readonly #sidecars: BlobSidecars

  constructor({ mempool, chain, events, sidecars }: RpcPoolOptions) {
    this.#mempool = mempool
    this.#chain = chain
    this.#sidecars = sidecars
    mempool.onDropped(({ pooled }) => sidecars.drop(pooled.hash))
    events.onSealed((block) => sidecars.sealed(block))
    mempool.onAdded((pooled) => events.pending(this.#pendingOf(pooled)))
    mempool.onDropped(({ pooled, reason }) => events.dropped(hexToBytes(pooled.hash), reason))
  }

  async add(bytes: Uint8Array, options: PoolAddOptions): Promise<Uint8Array> {
    try {
      const { sidecar } = options
      const admit = () => this.#mempool.add(bytes, options)
      if (sidecar === undefined) return hexToBytes(await admit())
      return hexToBytes(await this.#sidecars.add(bytes, sidecar, this.#mempool.rules, admit))
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

  sidecar(hash: Uint8Array): BlobSidecar | undefined {
    return this.#sidecars.get(bytesToHex(hash))
  }

  #pendingOf(pooled: PooledTransaction): PendingTransaction {
    const { hash, bytes, sender, nonce } = pooled
    const isReady = this.#mempool.isExecutable(pooled)
    return { hash: hexToBytes(hash), bytes, sender, nonce, isReady }
  }
}
