/**
 * Changes on their way to the lanes. The staging thread takes room, lets its host fill the record,
 * and publishes it to the inbox of the lane that its account belongs to; the holder of the lane
 * takes the whole inbox at once and keeps what it cannot apply yet in order.
 */

import { keccak256 } from '../keccak/keccak'
import { atomicWord } from '../memory/atomic-word'
import { TRIE_STAGE_BYTES, TRIE_STAGE_OFFSET } from '../../src/layout/memory-map'
import {
  STAGED_HASH,
  STAGED_NEXT,
  STAGED_SLOT_BYTES,
  STAGED_SLOT_COUNT,
  STAGED_SLOTS,
  TRIE_STAGED_BYTES,
} from '../../src/layout/trie'
import { INBOX, lanePtr, PENDING_FIRST, PENDING_LAST, trieWord } from './lane'
import { nibbleAt } from './nibbles'

const ADDRESS_BYTES: usize = 20

/** Room for a change with so many slots, to be filled by the host; 0 when there is none left. */
export function stage(slotCount: u32): usize {
  const used = load<u32>(trieWord(TRIE_STAGED_BYTES))
  const bytes = <u32>STAGED_SLOTS + slotCount * STAGED_SLOT_BYTES
  if (bytes > <u32>TRIE_STAGE_BYTES - used) return 0
  store<u32>(trieWord(TRIE_STAGED_BYTES), used + bytes)
  const staged = <usize>TRIE_STAGE_OFFSET + <usize>used
  store<u32>(staged, slotCount, STAGED_SLOT_COUNT)
  return staged
}

/** Hands the filled change to its lane; the address in it becomes its hash. */
export function publishStaged(staged: usize): void {
  keccak256(staged + STAGED_HASH, staged + STAGED_HASH, ADDRESS_BYTES)
  const inbox = atomicWord(lanePtr(nibbleAt(staged + STAGED_HASH, 0)) + INBOX)
  while (true) {
    const last = inbox.load()
    store<u32>(staged, last, STAGED_NEXT)
    if (inbox.replace(last, <u32>staged)) return
  }
}

/** Forgets the records of all changes. Every lane has applied and settled them. */
export function resetStage(): void {
  store<u32>(trieWord(TRIE_STAGED_BYTES), 0)
}

/** Appends the inbox to the pending changes, in the order of staging. Holder only. */
export function takeInbox(lane: usize): void {
  let next = <usize>atomicWord(lane + INBOX).exchange(0)
  if (next == 0) return
  const last = next
  let first: usize = 0
  while (next != 0) {
    const before = <usize>load<u32>(next, STAGED_NEXT)
    store<u32>(next, <u32>first, STAGED_NEXT)
    first = next
    next = before
  }
  const tail = <usize>load<u32>(lane, PENDING_LAST)
  if (tail == 0) store<u32>(lane, <u32>first, PENDING_FIRST)
  else store<u32>(tail, <u32>first, STAGED_NEXT)
  store<u32>(lane, <u32>last, PENDING_LAST)
}
