/** A trie in a memory of its own, and threads beside the main one that help with its roots. */

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import { createCoreThread } from '@shredcast/shared/engine/core-thread'
import { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { HOST_WORKER } from '@shredcast/shared/layout/memory-map'

export interface TrieThreadSetup {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly index: number
}

export interface ThreadedTrie {
  readonly trie: SparseTrie
  /** Sends the helpers away and waits until they are gone. */
  close(): Promise<void>
}

/** Resolves when the helpers are ready. */
export async function createThreadedTrie(build: CoreBuild, helpers: number): Promise<ThreadedTrie> {
  const module = await compileCore(build)
  const memory = createMemory()
  const thread = createCoreThread(module, memory, HOST_WORKER)
  const trie = new SparseTrie(thread)
  // The test runner's own arguments would lead the threads to sources.
  const workers = Array.from({ length: helpers }, (_, index) => {
    const workerData: TrieThreadSetup = { module, memory, index }
    return new Worker(threadFile(), { workerData, execArgv: [] })
  })
  const exited = workers.map((worker) => once(worker, 'exit'))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  return {
    trie,
    async close() {
      thread.core.endHelp()
      await Promise.all(exited)
    },
  }
}

/** Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source. */
function threadFile(): URL {
  const isBuilt = import.meta.url.endsWith('.js')
  return new URL(isBuilt ? './trie-thread.js' : '../dist/kit/trie-thread.js', import.meta.url)
}
