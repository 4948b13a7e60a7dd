/** Stores in temporary folders, for tests. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StoreOptions } from './store.ts'
import { Store } from './store.ts'

export interface SampleFolder {
  readonly path: string
  /** Opens the store in it, once more if it was closed. */
  open(options?: Omit<StoreOptions, 'path'>): Promise<Store>
  /** Closes what is open and removes the folder. */
  remove(): Promise<void>
}

export function createSampleFolder(): SampleFolder {
  const path = mkdtempSync(join(tmpdir(), 'shredcast-store-'))
  let store: Store | undefined
  return {
    path,
    async open(options = {}) {
      store = await Store.open({ path, ...options })
      return store
    },
    async remove() {
      await store?.close().catch(() => {})
      rmSync(path, { recursive: true, force: true })
    },
  }
}
