/**
 * The way of a block's changes into the trie: committed steps name the locations they wrote, and
 * each location's item goes to the lane it belongs to, on the list of what is applied when a
 * thread has time or of what waits for a root. Items are read at their locations when they are
 * applied, so that the order of the steps does not matter here.
 */

import { COMMIT_INDEX, ITEMS_PER_STEP, ITEMS_PER_STEP_ONE } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  EXECUTION_OUTCOME,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
  OUTCOME_INVALID,
  WRITE_BYTES,
  WRITE_LOCATION,
} from '../../src/layout/records'
import {
  TRIE_FED_INDEX,
  TRIE_FEED_END,
  TRIE_IS_FED,
  TRIE_ITEMS_WAITING,
} from '../../src/layout/trie'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { noteAverage } from '../memory/average'
import { kindOf } from '../stm/base'
import { executionOf } from '../stm/tx'
import { ITEM_KEY, ITEM_NEXT, ITEM_OWNER, itemOf, LIST_EARLY, LIST_NONE, noteWrite } from './item'
import { EARLY_LIST, LATE_LIST, lanePtr, trieWord } from './lane'
import { nibbleAt } from './nibbles'

/** Steps that a thread takes at once. */
const RANGE: u32 = 64

@inline
function fedIndex(): AtomicWord {
  return atomicWord(trieWord(TRIE_FED_INDEX))
}

@inline
function committed(): u32 {
  return atomicWord(CONTROL_OFFSET + COMMIT_INDEX).load()
}

/** Whether the open block's commits go to the trie. */
@inline
export function isFed(): bool {
  return load<u32>(trieWord(TRIE_IS_FED)) != 0
}

/** Steps that are committed and not handed over. */
@inline
export function feedBacklog(): u32 {
  return isFed() ? committed() - fedIndex().load() : 0
}

/** Hands over the next steps that are committed; returns how many. Any thread. */
export function feedNext(): u32 {
  while (true) {
    const start = fedIndex().load()
    const end = min(start + RANGE, committed())
    if (start >= end) return 0
    if (!fedIndex().replace(start, end)) continue
    feed(start, end)
    return end - start
  }
}

/** Begins to hand over all that is committed, in tasks; returns how many. */
export function beginFeed(): u32 {
  if (!isFed()) return 0
  const end = committed()
  store<u32>(trieWord(TRIE_FEED_END), end)
  return (end - fedIndex().load() + RANGE - 1) / RANGE
}

export function feedTask(index: u32): void {
  const start = fedIndex().load() + index * RANGE
  feed(start, min(start + RANGE, load<u32>(trieWord(TRIE_FEED_END))))
}

/** All tasks are done. */
export function endFeed(): void {
  fedIndex().store(load<u32>(trieWord(TRIE_FEED_END)))
}

function feed(start: u32, end: u32): void {
  let items: u32 = 0
  for (let txIndex = start; txIndex < end; txIndex++) {
    const execution = executionOf(txIndex)
    if (load<u32>(execution, EXECUTION_OUTCOME) == OUTCOME_INVALID) continue
    let write = <usize>load<u32>(execution, EXECUTION_WRITES)
    const writesEnd = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
    for (; write < writesEnd; write += WRITE_BYTES) {
      items += u32(feedWrite(load<u32>(write, WRITE_LOCATION)))
    }
  }
  atomicWord(trieWord(TRIE_ITEMS_WAITING)).add(items)
  noteAverage(ITEMS_PER_STEP, (<u64>items * ITEMS_PER_STEP_ONE) / (end - start))
}

/** True when the location's item can be applied early. */
function feedWrite(location: usize): bool {
  const item = itemOf(location)
  const list = noteWrite(item, kindOf(location))
  if (list == LIST_NONE) return false
  pushItem(laneOf(item) + (list == LIST_EARLY ? EARLY_LIST : LATE_LIST), item)
  return list == LIST_EARLY
}

export function laneOf(item: usize): usize {
  const owner = <usize>load<u32>(item, ITEM_OWNER)
  return lanePtr(nibbleAt((owner == 0 ? item : owner) + ITEM_KEY, 0))
}

/** Any thread pushes; whoever takes a list takes all of it. */
export function pushItem(list: usize, item: usize): void {
  const head = atomicWord(list)
  while (true) {
    const first = head.load()
    store<u32>(item, first, ITEM_NEXT)
    if (head.replace(first, <u32>item)) return
  }
}
