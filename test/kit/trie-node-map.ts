/** A store of trie nodes that is a map: by owner and path, as a database would have them. */

import type {
  TrieNodePlace,
  TrieNodeSink,
  TrieNodeSource,
} from '@shredcast/shared/chain/state-trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

export class TrieNodeMap implements TrieNodeSource, TrieNodeSink {
  readonly nodes = new Map<string, Uint8Array>()
  /** Nodes that were asked for. */
  reads = 0

  node(place: TrieNodePlace): Uint8Array | undefined {
    this.reads++
    return this.nodes.get(nameOf(place))
  }

  put(place: TrieNodePlace, rlp: Uint8Array): void {
    this.nodes.set(nameOf(place), rlp)
  }

  remove(place: TrieNodePlace): void {
    this.nodes.delete(nameOf(place))
  }

  clear(owner: Uint8Array): void {
    const prefix = `${bytesToHex(owner)}/`
    for (const name of this.nodes.keys()) if (name.startsWith(prefix)) this.nodes.delete(name)
  }
}

function nameOf({ owner, path }: TrieNodePlace): string {
  const nibbles = [...path].map((nibble) => nibble.toString(16)).join('')
  return `${owner === undefined ? '' : bytesToHex(owner)}/${nibbles}`
}
