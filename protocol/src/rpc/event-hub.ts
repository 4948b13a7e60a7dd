/** Passes what happens to the chain and the pool on to everybody who listens. */

import type { BlockRecord, CommittedShred } from '@shredcast/shared/chain/block-record'
import { Listeners } from '@shredcast/shared/primitives/listeners'
import type { ChainEvents, PendingTransaction } from './backend.ts'

export class EventHub implements ChainEvents {
  readonly #commits = new Listeners<[CommittedShred]>()
  readonly #seals = new Listeners<[BlockRecord]>()
  readonly #pending = new Listeners<[PendingTransaction]>()
  readonly #drops = new Listeners<[Uint8Array, string]>()

  onCommit(listener: (shred: CommittedShred) => void): () => void {
    return this.#commits.add(listener)
  }

  onSealed(listener: (block: BlockRecord) => void): () => void {
    return this.#seals.add(listener)
  }

  onPending(listener: (pending: PendingTransaction) => void): () => void {
    return this.#pending.add(listener)
  }

  onDropped(listener: (hash: Uint8Array, reason: string) => void): () => void {
    return this.#drops.add(listener)
  }

  committed(shred: CommittedShred): void {
    this.#commits.tell(shred)
  }

  sealed(block: BlockRecord): void {
    this.#seals.tell(block)
  }

  pending(transaction: PendingTransaction): void {
    this.#pending.tell(transaction)
  }

  dropped(hash: Uint8Array, reason: string): void {
    this.#drops.tell(hash, reason)
  }
}
