/** A thread that helps with roots and does nothing else; started by `createThreadedTrie`. */

import { parentPort, workerData } from 'node:worker_threads'
import { createCoreThread } from '@shredcast/shared/engine/core-thread'
import type { TrieThreadSetup } from './threaded-trie.ts'

const { module, memory, index } = workerData as TrieThreadSetup
const { core } = createCoreThread(module, memory, index)
parentPort?.postMessage('ready')
core.helpUntilExit()
parentPort?.close()
