/**
 * The trie of the state as those see it who need its root, and the nodes it consists of as a store
 * keeps them (Yellow Paper 4.1, appendix D).
 */

import type { GenesisAccount } from './genesis-account.ts'
import type { StateChange } from './state-change.ts'

export interface StateTrie {
  /** Forgets everything; each of these accounts exists, also if it is empty. */
  reset(alloc: readonly GenesisAccount[]): void
  /** Takes post-values in order; an account may occur more than once. */
  apply(changes: readonly StateChange[]): void
  /** The root after all changes so far, 32 bytes. */
  root(): Uint8Array
}

/** Where a node is: nibbles from the root of its trie, one a byte. */
export interface TrieNodePlace {
  /** Hash of the address whose storage trie it is in; undefined in the trie of the accounts. */
  readonly owner: Uint8Array | undefined
  readonly path: Uint8Array
}

/** Nodes by their places; a node shorter than 32 bytes stands in its parent and has none. */
export interface TrieNodeSource {
  /** RLP of the node; undefined when there is none. */
  node(place: TrieNodePlace): Uint8Array | undefined
}

/** Takes what changed, in this order: owners cleared, places removed, nodes put. */
export interface TrieNodeSink {
  /** All nodes of that storage trie are no more. */
  clear(owner: Uint8Array): void
  /** The place has no node any more; it may have had none before. */
  remove(place: TrieNodePlace): void
  put(place: TrieNodePlace, rlp: Uint8Array): void
}

/** Hands what changed to the sink. */
export type TrieWriter = (sink: TrieNodeSink) => void

/** A state trie whose nodes outlive it: it is opened at a root, and written out as it changes. */
export interface StoredTrie extends StateTrie {
  /** Where nodes come from that are not in memory. */
  readFrom(source: TrieNodeSource): void
  /** Goes on from a root that was written out. */
  open(root: Uint8Array): void
  /** Hands what changed since the last time to the sink, which must not call the trie. */
  writeOut(sink: TrieNodeSink): void
  /** The same in bytes, for a sink in another thread (`readTrieBatch`). */
  takeOut(): Uint8Array
  /** Drops nodes that were written out, until at most about so many bytes of them are in memory. */
  prune(limitBytes: number): void
  /** Bytes of all nodes in memory. */
  readonly nodeBytes: number
}

/** What EIP-1186 proves of an account, with the RLP of the nodes from the root down. */
export interface AccountProof {
  readonly address: Uint8Array
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeHash: Uint8Array
  readonly storageRoot: Uint8Array
  readonly accountProof: readonly Uint8Array[]
  readonly storageProof: readonly SlotProof[]
}

export interface SlotProof {
  /** Key and value of 32 bytes; a slot that is not there is zero. */
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly proof: readonly Uint8Array[]
}
