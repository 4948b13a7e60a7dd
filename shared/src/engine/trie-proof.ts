/** Proofs as the core writes them into EXCHANGE (EIP-1186). */

import type { AccountProof, SlotProof } from '../chain/state-trie.ts'
import { TRIE_EXCHANGE_OFFSET } from '../layout/memory-map.ts'
import {
  ACCOUNT_BALANCE,
  ACCOUNT_CODE_HASH,
  ACCOUNT_NONCE,
  LEAF_VALUE,
  LEAF_VALUE_BYTES,
  PROOF_OFFSET,
  STORAGE_ROOT,
} from '../layout/trie.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, keccak256 } from '../primitives/keccak.ts'
import { decodeRlp } from '../primitives/rlp.ts'
import type { CoreThread } from './core-thread.ts'
import { loadLong, loadWord, readBigInt } from './core-thread.ts'

const KEY = TRIE_EXCHANGE_OFFSET
const HASH_BYTES = 32

export interface FoundAccount {
  readonly proof: Omit<AccountProof, 'storageProof'>
  /** The core's record of the account, valid until the next change; 0 when it is not there. */
  readonly leaf: number
}

/** When a node is missing, which the core has noted, the result is of no use. */
export function readAccountProof(thread: CoreThread, address: Uint8Array): FoundAccount {
  thread.bytes.set(keccak256(address), KEY)
  const accountProof = readProof(thread, thread.core.proveAccount(KEY) >>> 0)
  const leaf = thread.core.accountLeaf(KEY) >>> 0
  return { proof: { address, ...readFields(thread, leaf), accountProof }, leaf }
}

function readFields(thread: CoreThread, leaf: number) {
  if (leaf === 0) {
    return { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH, storageRoot: EMPTY_TRIE_ROOT }
  }
  const hashAt = (offset: number) => thread.bytes.slice(leaf + offset, leaf + offset + HASH_BYTES)
  return {
    nonce: loadLong(thread, leaf + ACCOUNT_NONCE),
    balance: readBigInt(thread, leaf + ACCOUNT_BALANCE),
    codeHash: hashAt(ACCOUNT_CODE_HASH),
    storageRoot: hashAt(STORAGE_ROOT),
  }
}

/** Of a slot of the account at `account`; likewise. */
export function readSlotProof(thread: CoreThread, account: number, key: Uint8Array): SlotProof {
  const value = new Uint8Array(32)
  if (account === 0) return { key, value, proof: [] }
  thread.bytes.set(keccak256(key), KEY)
  const proof = readProof(thread, thread.core.proveSlot(account, KEY) >>> 0)
  const leaf = thread.core.slotLeaf(account, KEY) >>> 0
  if (leaf !== 0) {
    const start = leaf + LEAF_VALUE
    const encoded = thread.bytes.slice(start, start + thread.bytes[leaf + LEAF_VALUE_BYTES]!)
    const word = decodeRlp(encoded) as Uint8Array
    value.set(word, value.length - word.length)
  }
  return { key, value, proof }
}

function readProof(thread: CoreThread, end: number): Uint8Array[] {
  const proof: Uint8Array[] = []
  for (let at = TRIE_EXCHANGE_OFFSET + PROOF_OFFSET; at < end; ) {
    const bytes = loadWord(thread, at)
    proof.push(thread.bytes.slice(at + 4, at + 4 + bytes))
    at += (bytes + 7) & ~3
  }
  return proof
}
