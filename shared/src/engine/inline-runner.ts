/**
 * Executions that the core's own EVM cannot finish alone: a sender is not known yet, a precompile's
 * library is not loaded, a heap is too small. Everything else it executes without leaving the core.
 */

import type { ChainConfig } from '../chain/chain-config.ts'
import { LARGE_HEAP_OWNER } from '../layout/control.ts'
import { CONTROL_OFFSET } from '../layout/memory-map.ts'
import { HeapFullError } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { LibraryNeededError } from './precompiles/library.ts'
import { settleSender } from './step-input.ts'
import type { StepRunner } from './step-runner.ts'
import type { Tracer } from './trace.ts'

export class InlineRunner implements StepRunner {
  readonly #thread: CoreThread
  readonly #config: ChainConfig
  readonly #tracer: Tracer | undefined

  constructor(thread: CoreThread, config: ChainConfig, tracer?: Tracer) {
    this.#thread = thread
    this.#config = config
    this.#tracer = tracer
  }

  async execute(txIndex: number): Promise<void> {
    while (true) {
      try {
        if (this.#thread.core.executeStep(txIndex) === 0) return
        settleSender(this.#thread, txIndex, this.#config)
      } catch (error) {
        const isFull = error instanceof HeapFullError
        if (!isFull && !(error instanceof LibraryNeededError)) throw error
        this.#tracer?.repeat()
        if (isFull) return this.#executeInLargeHeap(txIndex)
        await error.load()
      }
    }
  }

  /** Waits until no other worker is in the large heap. */
  async #executeInLargeHeap(txIndex: number): Promise<void> {
    const { core, words } = this.#thread
    const owner = (CONTROL_OFFSET + LARGE_HEAP_OWNER) >> 2
    while (Atomics.compareExchange(words, owner, 0, 1) !== 0) Atomics.wait(words, owner, 1)
    core.useLargeHeap(true)
    try {
      await this.execute(txIndex)
    } finally {
      core.useLargeHeap(false)
      Atomics.store(words, owner, 0)
      Atomics.notify(words, owner, 1)
    }
  }
}
