/**
 * What a transaction sees at a location: the newest value written below it, with the deltas above
 * that value folded in, or the value before the block. A slot is void when its account's storage
 * epoch was raised by a transaction above the slot's last write (SELFDESTRUCT).
 */

import {
  CELL_VALUE,
  ENTRY_TX,
  KIND_SLOT,
  LOCATION_BASE,
  LOCATION_EPOCH_LOCATION,
} from '../../src/layout/records'
import { wordAdd, wordClear } from '../u256/word'
import { isBaseCurrent, kindOf, withBase } from './base'
import { cellOf, entryBelow, isDelta, nextEntry } from './version'

// Worker-local: a result of the last `resolve`.
let blockingTx: u32 = 0

/** Transaction whose ESTIMATE stopped the last `resolve`. */
@inline
export function lastBlockingTx(): u32 {
  return blockingTx
}

/**
 * Writes what `txIndex` sees at `location` to `out` (a word); false when a lower transaction is
 * about to write it.
 */
export function resolve(location: usize, txIndex: u32, out: usize): bool {
  return resolveFrom(location, entryBelow(location, txIndex), txIndex, out)
}

/** The same where the newest entry below `txIndex` is known. */
export function resolveFrom(location: usize, first: usize, txIndex: u32, out: usize): bool {
  wordClear(out)
  let entry = first
  const isSlot = kindOf(location) == KIND_SLOT
  let epochTx: i32 = NOBODY
  if (isSlot) {
    epochTx = newestWriter(load<u32>(location, LOCATION_EPOCH_LOCATION), txIndex)
    if (epochTx == BLOCKED) return false
  }
  while (entry != 0) {
    const writer = load<u32>(entry, ENTRY_TX)
    if (<i32>writer < epochTx) break
    const cell = cellOf(entry)
    if ((cell & 1) != 0) {
      blockingTx = writer
      return false
    }
    if (cell != 0) {
      wordAdd(out, out, cell + CELL_VALUE)
      if (!isDelta(cell)) return true
    }
    entry = nextEntry(entry)
  }
  if (epochTx == NOBODY) addBase(location, isSlot, out)
  return true
}

/** A slot whose account was emptied in an earlier block has nothing to add. */
@inline
function addBase(location: usize, isSlot: bool, out: usize): void {
  const known = withBase(location)
  if (!isSlot || isBaseCurrent(known)) wordAdd(out, out, known + LOCATION_BASE)
}

/** The value before the block, or zero for a slot whose account was emptied in an earlier block. */
export function resolveBase(location: usize, out: usize): void {
  wordClear(out)
  addBase(location, kindOf(location) == KIND_SLOT, out)
}

/** Whether a transaction below `txIndex`, all of which are committed, has written `location`. */
export function hasWriter(location: usize, txIndex: u32): bool {
  return newestWriter(location, txIndex) != NOBODY
}

/** Results of `newestWriter` that are no transaction. */
const NOBODY: i32 = -1
const BLOCKED: i32 = -2

function newestWriter(location: usize, txIndex: u32): i32 {
  for (let entry = entryBelow(location, txIndex); entry != 0; entry = nextEntry(entry)) {
    const cell = cellOf(entry)
    if ((cell & 1) != 0) {
      blockingTx = load<u32>(entry, ENTRY_TX)
      return BLOCKED
    }
    if (cell != 0) return <i32>load<u32>(entry, ENTRY_TX)
  }
  return NOBODY
}
