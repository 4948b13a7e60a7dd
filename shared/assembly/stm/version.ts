/**
 * The versions of one location within the block: a list of entries in descending order of
 * transaction, one a transaction that ever wrote it. Entries are only added; what an entry holds is
 * a pointer to an immutable cell, replaced whole by the next incarnation, so that a reader never
 * sees half a value. Bit 0 of the pointer marks an ESTIMATE: the incarnation that wrote it was
 * aborted and the next one is expected to write here again. A delta's cell is replaced by an
 * absolute one when its transaction commits: the fold.
 *
 * An entry of a declared block also holds a jump down the list, of skew-binary length (Myers 1983),
 * so that a search in a list of n takes O(log n) steps however far from its top: a block's declared
 * writes are all there before the first is computed.
 */

import { BLOCK_EPOCH, SCHEDULE, SCHEDULE_BLOCK_STM } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  CELL_ABSOLUTE,
  CELL_BOUND,
  CELL_BYTES,
  CELL_CLAIMED,
  CELL_DELTA,
  CELL_DELTA_BYTES,
  CELL_INCARNATION,
  CELL_KIND,
  CELL_LIMIT,
  CELL_VALUE,
  ENTRY_BYTES,
  ENTRY_CELL,
  ENTRY_DEPTH,
  ENTRY_JUMP,
  ENTRY_NEXT,
  ENTRY_TX,
  LOCATION_VERSIONS,
} from '../../src/layout/records'
import { allocateBlock } from '../memory/arena'
import { atomicLong, atomicWord } from '../memory/atomic-word'
import { wordCopy } from '../u256/word'

/** The newest entry below transaction `txIndex`, or 0. */
export function entryBelow(location: usize, txIndex: u32): usize {
  let entry = firstEntry(location)
  while (entry != 0 && load<u32>(entry, ENTRY_TX) >= txIndex) entry = leap(entry, txIndex)
  return entry
}

/** The entry as far below `entry` as can be said at once with none between it and `txIndex`. */
@inline
function leap(entry: usize, txIndex: u32): usize {
  const jump = <usize>load<u32>(entry, ENTRY_JUMP)
  return jump != entry && load<u32>(jump, ENTRY_TX) >= txIndex ? jump : nextEntry(entry)
}

@inline
export function nextEntry(entry: usize): usize {
  return <usize>atomicWord(entry + ENTRY_NEXT).load()
}

function firstEntry(location: usize): usize {
  const versions = atomicLong(location + LOCATION_VERSIONS).load()
  const epoch = load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  return <u32>(versions >> 32) == epoch ? <usize>(<u32>versions) : 0
}

/** The entry of transaction `txIndex`, added if there is none. */
export function entryOf(location: usize, txIndex: u32): usize {
  let created: usize = 0
  while (true) {
    let previous: usize = 0
    let next = firstEntry(location)
    while (next != 0 && load<u32>(next, ENTRY_TX) > txIndex) {
      previous = next
      next = leap(next, txIndex + 1)
    }
    if (next != 0 && load<u32>(next, ENTRY_TX) == txIndex) return next
    if (created == 0) {
      created = allocateBlock(ENTRY_BYTES)
      store<u32>(created, txIndex, ENTRY_TX)
    }
    atomicWord(created + ENTRY_NEXT).store(<u32>next)
    setJump(created, next)
    const linked =
      previous == 0
        ? linkFirst(location, next, created)
        : atomicWord(previous + ENTRY_NEXT).replace(<u32>next, <u32>created)
    if (linked) return created
  }
}

/**
 * Two jumps of one length become one of twice that length and one step. Speculative entries only
 * step: to read the entries further down would keep others from the top of the list for longer.
 */
function setJump(entry: usize, next: usize): void {
  if (next == 0 || load<u32>(CONTROL_OFFSET + SCHEDULE) == SCHEDULE_BLOCK_STM) {
    store<u32>(entry, <u32>(next == 0 ? entry : next), ENTRY_JUMP)
    store<u32>(entry, 0, ENTRY_DEPTH)
    return
  }
  const depth = load<u32>(next, ENTRY_DEPTH)
  const jump = <usize>load<u32>(next, ENTRY_JUMP)
  const jumpDepth = load<u32>(jump, ENTRY_DEPTH)
  const further = <usize>load<u32>(jump, ENTRY_JUMP)
  const isPair = depth - jumpDepth == jumpDepth - load<u32>(further, ENTRY_DEPTH)
  store<u32>(entry, <u32>(isPair ? further : next), ENTRY_JUMP)
  store<u32>(entry, depth + 1, ENTRY_DEPTH)
}

function linkFirst(location: usize, next: usize, created: usize): bool {
  const versions = atomicLong(location + LOCATION_VERSIONS)
  const seen = versions.load()
  const epoch = <u64>load<u32>(CONTROL_OFFSET + BLOCK_EPOCH) << 32
  const first = (seen & 0xffffffff00000000) == epoch ? <usize>(<u32>seen) : 0
  return first == next && versions.replace(seen, epoch | <u64>created)
}

@inline
export function cellOf(entry: usize): u32 {
  return atomicWord(entry + ENTRY_CELL).load()
}

@inline
export function setCell(entry: usize, cell: u32): void {
  atomicWord(entry + ENTRY_CELL).store(cell)
}

@inline
export function isDelta(cell: usize): bool {
  return load<u32>(cell, CELL_KIND) == CELL_DELTA
}

export function absoluteCell(incarnation: u32, value: usize): usize {
  const cell = allocateBlock(CELL_BYTES)
  store<u32>(cell, CELL_ABSOLUTE, CELL_KIND)
  store<u32>(cell, incarnation, CELL_INCARNATION)
  wordCopy(cell + CELL_VALUE, value)
  return cell
}

/** `amount` is two's complement; before it there must be at least `bound`, at most `limit`. */
export function deltaCell(incarnation: u32, amount: usize, bound: usize, limit: usize): usize {
  const cell = allocateBlock(CELL_DELTA_BYTES)
  store<u32>(cell, CELL_DELTA, CELL_KIND)
  store<u32>(cell, incarnation, CELL_INCARNATION)
  wordCopy(cell + CELL_VALUE, amount)
  wordCopy(cell + CELL_BOUND, bound)
  wordCopy(cell + CELL_LIMIT, limit)
  return cell
}

/** What a shred says of a lazy update; see CELL_CLAIMED. */
export function claimedCell(before: usize, after: usize): usize {
  const cell = allocateBlock(CELL_DELTA_BYTES)
  store<u32>(cell, CELL_CLAIMED, CELL_KIND)
  wordCopy(cell + CELL_VALUE, after)
  wordCopy(cell + CELL_BOUND, before)
  return cell
}
