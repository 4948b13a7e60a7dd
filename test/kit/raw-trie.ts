/**
 * A storage trie of the core whose leaves are set by key and value as they are, neither hashed nor
 * encoded (`shared/assembly/trie.ts`): so that keys can be as alike as a test wants them.
 */

import { readFile } from 'node:fs/promises'
import { createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { createCoreThread } from '@shredcast/shared/engine/core-thread'
import { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { supplyNode, takeMissing } from '@shredcast/shared/engine/trie-nodes'
import { HOST_WORKER, TRIE_EXCHANGE_OFFSET } from '@shredcast/shared/layout/memory-map'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { TrieNodeMap } from './trie-node-map.ts'

interface RawExports {
  setRawSlot(account: number, key: number, value: number, bytes: number): number
}

const ADDRESS = new Uint8Array(20).fill(7)
const KEY = TRIE_EXCHANGE_OFFSET
const VALUE = TRIE_EXCHANGE_OFFSET + 64

export class RawTrie {
  readonly trie: SparseTrie
  readonly store = new TrieNodeMap()
  readonly #thread: CoreThread

  private constructor(thread: CoreThread) {
    this.#thread = thread
    this.trie = new SparseTrie(thread)
    this.trie.readFrom(this.store)
    this.clear()
  }

  static async open(): Promise<RawTrie> {
    const url = import.meta.resolve('@shredcast/shared/engine/core')
    const file = new URL('../../build/trie.debug.wasm', url)
    const module = await WebAssembly.compile(await readFile(file))
    return new RawTrie(createCoreThread(module, createMemory(), HOST_WORKER))
  }

  clear(): void {
    this.store.nodes.clear()
    this.trie.reset([])
    this.trie.apply([{ address: ADDRESS, nonce: 1n, slots: [] }])
    this.trie.writeOut(this.store)
  }

  /** Keys are 32 bytes; an empty value removes the key. */
  set(key: Uint8Array, value: Uint8Array): void {
    const raw = this.#thread.core as unknown as RawExports
    this.#untilComplete(() => {
      const account = this.#account()
      this.#thread.bytes.set(key, KEY)
      this.#thread.bytes.set(value, VALUE)
      raw.setRawSlot(account, KEY, VALUE, value.length)
    })
  }

  root(): Uint8Array {
    return this.trie.proof(ADDRESS, []).storageRoot
  }

  #account(): number {
    // The account's leaf may be blinded; a proof reveals it.
    this.trie.proof(ADDRESS, [])
    this.#thread.bytes.set(keccak256(ADDRESS), KEY)
    return this.#thread.core.accountLeaf(KEY) >>> 0
  }

  #untilComplete(action: () => void): void {
    while (true) {
      action()
      const missing = takeMissing(this.#thread)
      if (missing.length === 0) return
      for (const place of missing) supplyNode(this.#thread, place, this.store)
    }
  }
}
