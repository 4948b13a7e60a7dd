/**
 * Puts sealed blocks into the store beside the next block: in a thread of its own, which reads them from
 * the shred log. The main thread hands over the trie's nodes and does not wait.
 */

import { Worker } from 'node:worker_threads'
import { assert } from '@shredcast/shared/primitives/assert'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { storeErrorNamed } from '@shredcast/shared/store/store-error'
import type { BlockOrder, BlockStoreNotice, BlockStoreSetup, Pruned } from './block-order.ts'

/** The thread failed by something else than the store, or has ended. */
export class BlockStoreError extends BaseError {
  override readonly name = 'Leader.BlockStoreError'
}

interface Waiting {
  resolve(pruned: Pruned): void
  reject(error: unknown): void
}

export class BlockStore {
  /** Rejects with what the first block failed with; never resolves. */
  readonly failed: Promise<never>
  readonly #thread: Worker
  readonly #ended: Promise<void>
  #waiting: Waiting | undefined
  #failure: unknown
  #tellFailure: (error: unknown) => void = () => {}
  #isClosing = false

  /** Of a folder that this process has open. */
  constructor(setup: BlockStoreSetup) {
    this.failed = new Promise((_, reject) => {
      this.#tellFailure = reject
    })
    // Whoever awaits it hears of the failure; until then it is nobody's unhandled rejection.
    this.failed.catch(() => {})
    // Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source,
    // and no option of the process makes it import sources.
    const file = new URL('../../dist/storing/block-store-thread.js', import.meta.url)
    this.#thread = new Worker(file, { workerData: setup, execArgv: [] })
    this.#thread.on('message', (notice: BlockStoreNotice) => this.#take(notice))
    this.#thread.on('error', (cause) => {
      this.#fail(new BlockStoreError('the thread that stores blocks failed', { cause }))
    })
    this.#ended = new Promise((resolve) => {
      this.#thread.on('exit', () => {
        if (!this.#isClosing) this.#fail(new BlockStoreError('the thread that stores blocks ended'))
        resolve()
      })
    })
  }

  /**
   * Resolves when the block is in the store, as safe as the store promises; one at a time. Nothing is
   * stored behind a block that failed.
   * @throws StoreFullError, and what else the store may fail with
   */
  store(order: BlockOrder): Promise<Pruned> {
    assert(this.#waiting === undefined, 'blocks are stored one after the other')
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#thread.postMessage(order, [order.nodes.buffer as ArrayBuffer])
    })
  }

  /** Closes the store there, behind the block that is being stored. @throws what closing fails with */
  async close(): Promise<void> {
    const told = this.#failure
    this.#isClosing = true
    this.#thread.postMessage('close')
    await this.#ended
    if (this.#failure !== told) throw this.#failure
  }

  #take(notice: BlockStoreNotice): void {
    if (notice.type === 'failed') {
      const { name, message, details } = notice
      const options = details === undefined ? {} : { details }
      this.#fail(storeErrorNamed(name, message, options) ?? new BlockStoreError(message, options))
    } else {
      const waiting = this.#waiting
      this.#waiting = undefined
      waiting?.resolve(notice.pruned)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error
    this.#tellFailure(this.#failure)
    this.#waiting?.reject(this.#failure)
    this.#waiting = undefined
  }
}
