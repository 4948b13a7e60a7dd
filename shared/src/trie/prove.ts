/** Proofs of accounts and slots (EIP-1186) from a trie's stored nodes, whatever a trie in memory is at. */

import type { AccountProof, SlotProof, TrieNodeSource } from '../chain/state-trie.ts'
import { bytesToBigInt, equalBytes } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT, keccak256 } from '../primitives/keccak.ts'
import { accountFields, nibblesOf, slotWord, walkDown } from './proof.ts'

/**
 * Proves the account and its slots (keys of 32 bytes), there or not, under the root whose nodes the
 * source has.
 * @throws InvalidProofError when the source has other nodes
 */
export function proveAccount(
  source: TrieNodeSource,
  stateRoot: Uint8Array,
  { address, slots }: { address: Uint8Array; slots: readonly Uint8Array[] },
): AccountProof {
  const hash = keccak256(address)
  const { value, nodes } = find({ source, owner: undefined, root: stateRoot }, hash)
  const [nonce, balance, storageRoot, codeHash] = accountFields(value)
  const storage = { source, owner: hash, root: storageRoot }
  return {
    address,
    nonce: bytesToBigInt(nonce),
    balance: bytesToBigInt(balance),
    storageRoot,
    codeHash,
    accountProof: nodes,
    storageProof: slots.map((key) => proveSlot(storage, key)),
  }
}

interface StoredNodes {
  readonly source: TrieNodeSource
  /** Undefined: the trie of the accounts. */
  readonly owner: Uint8Array | undefined
  readonly root: Uint8Array
}

function proveSlot(storage: StoredNodes, key: Uint8Array): SlotProof {
  const { value, nodes } = find(storage, keccak256(key))
  const word = slotWord(value)
  const padded = new Uint8Array(32)
  padded.set(word, padded.length - word.length)
  return { key, value: padded, proof: nodes }
}

/** The value under a hashed key, and the nodes on the way to where it is or would be. */
function find({ source, owner, root }: StoredNodes, hashedKey: Uint8Array) {
  const nodes: Uint8Array[] = []
  if (equalBytes(root, EMPTY_TRIE_ROOT)) return { value: undefined, nodes }
  const nibbles = nibblesOf(hashedKey)
  const value = walkDown(root, nibbles, (depth) => {
    const node = source.node({ owner, path: Uint8Array.from(nibbles.slice(0, depth)) })
    if (node !== undefined) nodes.push(node)
    return node
  })
  return { value, nodes }
}
