/** A thread that helps with roots and does nothing else; started by `startTrieHelpers`. */

import { parentPort, workerData } from 'node:worker_threads'
import { createCoreThread } from '@shredcast/shared/engine/core-thread'
import type { TrieHelperSetup } from './trie-helpers.ts'

const { module, memory, index } = workerData as TrieHelperSetup
const { core } = createCoreThread(module, memory, index)
parentPort?.postMessage('ready')
core.helpUntilExit()
parentPort?.close()
