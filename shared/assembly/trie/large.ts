/**
 * Storage tries with many changes, so that all threads hash their parts. An entry is the account's
 * address, 0 when it was freed since. A trie that finds no room is hashed with its lane.
 */

import { TRIE_LARGE_COUNT_MAX, TRIE_LARGE_OFFSET } from '../../src/layout/memory-map'
import { TRIE_LARGE_COUNT } from '../../src/layout/trie'
import { atomicWord } from '../memory/atomic-word'
import { trieWord } from './lane'
import {
  ACCOUNT_FLAGS,
  BRANCH,
  childCell,
  CHILDREN,
  DIRTY,
  hasBit,
  IS_LISTED,
  kindOf,
  STORAGE,
  STORAGE_CHANGES,
} from './node'
import { refreshWide } from './two-streams'

/** Changed slots that make a storage trie large. */
const LARGE_CHANGES: u32 = 512

@inline
function largeEntry(index: u32): usize {
  return <usize>TRIE_LARGE_OFFSET + (<usize>index << 2)
}

export function largeCount(): u32 {
  return min<u32>(atomicWord(trieWord(TRIE_LARGE_COUNT)).load(), TRIE_LARGE_COUNT_MAX)
}

/** Counts changed slots of the account and lists it when they are many. Holder of its lane. */
export function countStorageChanges(account: usize, added: u32): void {
  const changes = load<u32>(account, STORAGE_CHANGES) + added
  store<u32>(account, changes, STORAGE_CHANGES)
  const flags = <u32>load<u8>(account, ACCOUNT_FLAGS)
  if (changes < LARGE_CHANGES || (flags & IS_LISTED) != 0) return
  const index = atomicWord(trieWord(TRIE_LARGE_COUNT)).add(1)
  if (index >= <u32>TRIE_LARGE_COUNT_MAX) return
  store<u32>(largeEntry(index), <u32>account)
  store<u8>(account, flags | IS_LISTED, ACCOUNT_FLAGS)
}

export function unlistLarge(account: usize): void {
  if ((<u32>load<u8>(account, ACCOUNT_FLAGS) & IS_LISTED) == 0) return
  const count = largeCount()
  for (let index: u32 = 0; index < count; index++) {
    if (<usize>load<u32>(largeEntry(index)) == account) store<u32>(largeEntry(index), 0)
  }
}

/** Hashes below one child of the storage root; `task` is the entry and the child's nibble. */
export function hashLargePart(task: u32): void {
  const account = <usize>load<u32>(largeEntry(task >> 4))
  const storage = account == 0 ? 0 : <usize>load<u32>(account, STORAGE)
  if (storage == 0 || kindOf(storage) != BRANCH) return
  const nibble = task & 15
  if (!hasBit(storage, CHILDREN, nibble) || !hasBit(storage, DIRTY, nibble)) return
  refreshWide(<usize>load<u32>(childCell(storage, nibble)))
}

/** Everything is hashed: the list begins anew. */
export function clearLarge(): void {
  const count = largeCount()
  for (let index: u32 = 0; index < count; index++) {
    const account = <usize>load<u32>(largeEntry(index))
    if (account == 0) continue
    store<u8>(account, <u32>load<u8>(account, ACCOUNT_FLAGS) & ~IS_LISTED, ACCOUNT_FLAGS)
  }
  atomicWord(trieWord(TRIE_LARGE_COUNT)).store(0)
}
