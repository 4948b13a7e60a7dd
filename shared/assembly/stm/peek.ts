/**
 * A look at a balance or slot without reading it: nothing is recorded and nobody is waited for. It
 * only guesses whether a bound will hold; the bound itself is checked at commit.
 */

import {
  CELL_BOUND,
  CELL_CLAIMED,
  CELL_KIND,
  CELL_VALUE,
  ENTRY_TX,
  LOCATION_BASE,
  LOCATION_EPOCH_LOCATION,
} from '../../src/layout/records'
import { wordAdd, wordClear, wordCopy } from '../u256/word'
import { isBaseCurrent, isBaseKnown, withBase } from './base'
import { cellOf, entryBelow, isDelta, nextEntry } from './version'

/**
 * Writes what `txIndex` will probably see at the balance `location` to `out`. Where a transaction
 * is about to write again, the value of its aborted incarnation counts.
 */
export function peek(location: usize, txIndex: u32, out: usize): void {
  wordClear(out)
  for (let entry = entryBelow(location, txIndex); entry != 0; entry = nextEntry(entry)) {
    const cell = <usize>(cellOf(entry) & ~1)
    if (cell == 0 || load<u32>(cell, CELL_KIND) == CELL_CLAIMED) continue
    wordAdd(out, out, cell + CELL_VALUE)
    if (!isDelta(cell)) return
  }
  wordAdd(out, out, withBase(location) + LOCATION_BASE)
}

/** The same for a slot; false: its account was or is about to be emptied, so it should be read. */
export function peekSlot(location: usize, txIndex: u32, out: usize): bool {
  const epoch = <usize>load<u32>(location, LOCATION_EPOCH_LOCATION)
  if (entryBelow(epoch, txIndex) != 0) return false
  if (isBaseKnown(location) && !isBaseCurrent(location)) return false
  peek(location, txIndex, out)
  return true
}

/**
 * Follower: true when a lazy update of `location` by `txIndex` was declared; `out` is then the
 * value before it, as the shred claims.
 */
export function peekClaim(location: usize, txIndex: u32, out: usize): bool {
  const entry = entryBelow(location, txIndex + 1)
  if (entry == 0 || load<u32>(entry, ENTRY_TX) != txIndex) return false
  const cell = <usize>(cellOf(entry) & ~1)
  if (cell == 0 || load<u32>(cell, CELL_KIND) != CELL_CLAIMED) return false
  wordCopy(out, cell + CELL_BOUND)
  return true
}
