/**
 * A chain whose state is in a store, executed by engines that cache little of it, each block beside
 * an engine that has all of it loaded.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { BaseReaderSource } from '@shredcast/shared/chain/state-reader'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import { baseReaderSource } from '@shredcast/shared/state/base-reader'
import { CanonicalState } from '@shredcast/shared/state/canonical-state'
import { sampleHeader } from '@shredcast/shared/state/sample-history'
import { Store } from '@shredcast/shared/store/store'
import { WORLD_CONFIG } from './test-world.ts'

/** A store in a temporary folder, which may be behind the engines by any number of blocks. */
export class ColdStore {
  readonly state: CanonicalState
  readonly reader: BaseReaderSource
  readonly #store: Store
  readonly #path: string
  #waiting: StateDiff[][] = []

  private constructor(store: Store, path: string, state: CanonicalState) {
    this.#store = store
    this.#path = path
    this.state = state
    this.reader = baseReaderSource(path)
  }

  static async open(alloc: readonly GenesisAccount[]): Promise<ColdStore> {
    const path = mkdtempSync(join(tmpdir(), 'shredcast-cold-'))
    const store = await Store.open({ path })
    const genesis = { config: WORLD_CONFIG, header: sampleHeader(), alloc }
    return new ColdStore(store, path, await CanonicalState.open({ store, genesis }))
  }

  /** Takes the diffs of a block, for `catchUp`. */
  add(steps: readonly CommittedStep[]): void {
    this.#waiting.push(diffsOf(steps))
  }

  /** Applies all blocks that wait. */
  async catchUp(): Promise<void> {
    for (const diffs of this.#waiting.splice(0)) {
      const header = sampleHeader(this.#store.blocks.header(this.state.head.number))
      await this.state.apply(
        { header, body: { transactions: [], ommers: [] }, receipts: [] },
        diffs,
      )
    }
  }

  async close(): Promise<void> {
    await this.#store.close()
    rmSync(this.#path, { recursive: true, force: true })
  }
}

export function diffsOf(steps: readonly CommittedStep[]): StateDiff[] {
  return steps.flatMap((step) => (step.type === 'rejected' ? [] : [step.diff]))
}
