/**
 * The open block of which the trie is told: its begin, its end, and what the trie does when it is
 * dropped. By the host, while no worker is inside the gate.
 */

import { HALT_TRIE_NOT_TAKEN_BACK } from '../../src/layout/control'
import {
  EXECUTION_OUTCOME,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
  OUTCOME_INVALID,
  WRITE_BYTES,
  WRITE_LOCATION,
} from '../../src/layout/records'
import {
  LANE_COUNT,
  TRIE_FAULT,
  TRIE_FED_INDEX,
  TRIE_IS_FED,
  TRIE_IS_FINAL,
  TRIE_ITEMS_WAITING,
} from '../../src/layout/trie'
import { atomicWord } from '../memory/atomic-word'
import { kindOf } from '../stm/base'
import { executionOf } from '../stm/tx'
import { isFed, laneOf } from './feed'
import { hasEarly, takeBack, takeBackExistence } from './feed-apply'
import { findItem, forget, isInTrie } from './item'
import { EARLY_LIST, EARLY_TAKEN, lanePtr, LATE_LIST, trieWord } from './lane'
import { isIdle } from './tasks'

/** The block that was just opened goes to the trie as it commits. */
export function beginFedBlock(): void {
  atomicWord(trieWord(TRIE_FED_INDEX)).store(0)
  store<u32>(trieWord(TRIE_ITEMS_WAITING), 0)
  store<u32>(trieWord(TRIE_IS_FINAL), 0)
  store<u32>(trieWord(TRIE_IS_FED), 1)
}

/** Whether the trie has everything that `count` steps did. */
export function hasFed(count: u32): bool {
  if (!isFed()) return true
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    const lane = lanePtr(index)
    if (hasEarly(lane) || atomicWord(lane + LATE_LIST).load() != 0) return false
  }
  return atomicWord(trieWord(TRIE_FED_INDEX)).load() == count
}

/** The block stands. */
export function keepFedBlock(): void {
  store<u32>(trieWord(TRIE_IS_FED), 0)
}

/** The block is dropped, if there is one: what the trie has of it is taken back. */
export function dropFedBlock(): void {
  if (!isFed()) return
  store<u32>(trieWord(TRIE_IS_FED), 0)
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    const lane = lanePtr(index)
    atomicWord(lane + EARLY_LIST).store(0)
    atomicWord(lane + LATE_LIST).store(0)
    store<u32>(lane, 0, EARLY_TAKEN)
  }
  // A computation that was broken off leaves changes half made.
  if (isIdle() && load<u32>(trieWord(TRIE_IS_FINAL)) == 0) {
    visitWrites(TAKE_BACK)
    visitWrites(TAKE_BACK_EXISTENCE)
  } else {
    atomicWord(trieWord(TRIE_FAULT)).replace(0, HALT_TRIE_NOT_TAKEN_BACK)
  }
  visitWrites(FORGET)
}

const TAKE_BACK: u32 = 0
const TAKE_BACK_EXISTENCE: u32 = 1
const FORGET: u32 = 2

/** Does so for each write that was handed over. */
function visitWrites(action: u32): void {
  const end = atomicWord(trieWord(TRIE_FED_INDEX)).load()
  for (let txIndex: u32 = 0; txIndex < end; txIndex++) {
    const execution = executionOf(txIndex)
    if (load<u32>(execution, EXECUTION_OUTCOME) == OUTCOME_INVALID) continue
    let write = <usize>load<u32>(execution, EXECUTION_WRITES)
    const writesEnd = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
    for (; write < writesEnd; write += WRITE_BYTES) {
      visit(load<u32>(write, WRITE_LOCATION), action)
    }
  }
}

function visit(location: usize, action: u32): void {
  const item = findItem(location)
  if (item == 0) return
  if (action == FORGET) {
    forget(item)
  } else if (isInTrie(item)) {
    const kind = kindOf(location)
    if (action == TAKE_BACK) takeBack(laneOf(item), item, kind)
    else takeBackExistence(laneOf(item), item)
  }
}
