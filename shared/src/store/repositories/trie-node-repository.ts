/**
 * Nodes of the account trie and of the storage tries by their path, so that a changed node takes the
 * place of the old one. As a key, a path is its length and two nibbles a byte, behind the hash of the
 * address for a storage trie.
 */

import type { TrieNodePlace, TrieNodeSink, TrieNodeSource } from '../../chain/state-trie.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import { afterPrefix } from '../keys.ts'
import type { Table } from '../table.ts'

export class TrieNodeRepository implements TrieNodeSource, TrieNodeSink {
  readonly #accountNodes: Table
  readonly #storageNodes: Table

  constructor(accountNodes: Table, storageNodes: Table) {
    this.#accountNodes = accountNodes
    this.#storageNodes = storageNodes
  }

  node(place: TrieNodePlace): Uint8Array | undefined {
    return this.#tableOf(place).get(nodeKey(place))
  }

  put(place: TrieNodePlace, rlp: Uint8Array): void {
    this.#tableOf(place).put(nodeKey(place), rlp)
  }

  remove(place: TrieNodePlace): void {
    this.#tableOf(place).remove(nodeKey(place))
  }

  clear(owner: Uint8Array): void {
    const entries = this.#storageNodes.range(owner, afterPrefix(owner))
    for (const { key } of [...entries]) this.#storageNodes.remove(key)
  }

  #tableOf({ owner }: TrieNodePlace): Table {
    return owner === undefined ? this.#accountNodes : this.#storageNodes
  }
}

function nodeKey({ owner = new Uint8Array(0), path }: TrieNodePlace): Uint8Array {
  const packed = new Uint8Array(1 + Math.ceil(path.length / 2))
  packed[0] = path.length
  for (let i = 0; i < path.length; i++) {
    const index = 1 + (i >> 1)
    packed[index] = packed[index]! | (i % 2 === 0 ? path[i]! << 4 : path[i]!)
  }
  return concatBytes(owner, packed)
}
