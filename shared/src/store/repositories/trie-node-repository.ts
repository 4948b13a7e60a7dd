/**
 * Nodes of the account trie and of the storage tries by their path, so that a changed node takes the
 * place of the old one. A path is one byte a nibble; as a key it is its length and two nibbles a byte,
 * behind the hash of the address for a storage trie.
 */

import { concatBytes } from '../../primitives/bytes.ts'
import { afterPrefix } from '../keys.ts'
import type { Table } from '../table.ts'

export interface TrieNodeUpdate {
  /** Keccak-256 of the address for a node of a storage trie; undefined for the account trie. */
  readonly addressHash?: Uint8Array
  /** Nibbles from the root, one a byte, up to 64. */
  readonly path: Uint8Array
  /** The node's RLP; undefined when there is no node any more. */
  readonly node: Uint8Array | undefined
}

export class TrieNodeRepository {
  readonly #accountNodes: Table
  readonly #storageNodes: Table

  constructor(accountNodes: Table, storageNodes: Table) {
    this.#accountNodes = accountNodes
    this.#storageNodes = storageNodes
  }

  /** RLP of the node at `path`, in the storage trie of `addressHash` if it is given. */
  get(path: Uint8Array, addressHash?: Uint8Array): Uint8Array | undefined {
    return this.#tableOf(addressHash).get(nodeKey(path, addressHash))
  }

  apply({ addressHash, path, node }: TrieNodeUpdate): void {
    const table = this.#tableOf(addressHash)
    const key = nodeKey(path, addressHash)
    if (node !== undefined) table.put(key, node)
    else table.remove(key)
  }

  /** Removes the whole storage trie of an account. */
  clearStorage(addressHash: Uint8Array): void {
    const entries = this.#storageNodes.range(addressHash, afterPrefix(addressHash))
    for (const { key } of [...entries]) this.#storageNodes.remove(key)
  }

  #tableOf(addressHash: Uint8Array | undefined): Table {
    return addressHash === undefined ? this.#accountNodes : this.#storageNodes
  }
}

function nodeKey(path: Uint8Array, addressHash: Uint8Array = new Uint8Array(0)): Uint8Array {
  const packed = new Uint8Array(1 + Math.ceil(path.length / 2))
  packed[0] = path.length
  for (let i = 0; i < path.length; i++) {
    const index = 1 + (i >> 1)
    packed[index] = packed[index]! | (i % 2 === 0 ? path[i]! << 4 : path[i]!)
  }
  return concatBytes(addressHash, packed)
}
