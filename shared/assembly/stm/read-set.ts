/**
 * The read set of the execution in progress, and the check of a finished one. A read is a location
 * with the value it had; an execution is valid as long as all its reads would give the same values
 * again. Comparing values instead of versions lets a value that was rewritten unchanged pass, and
 * folds of many deltas need no list of versions.
 */

import { BLOCK_EPOCH } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  EXECUTION_READ_COUNT,
  EXECUTION_READS,
  READ_BYTES,
  READ_EXPECTED,
  READ_FLAGS,
  READ_LOCATION,
  READ_VALUE,
} from '../../src/layout/records'
import { allocateBlock } from '../memory/arena'
import { wordCopy, wordEquals } from '../u256/word'
import { resolve } from './resolve'

const FIRST_CAPACITY: u32 = 64

// Worker-local: the set that is being recorded, in a buffer that serves one execution after another
// of a block.
let reads: usize = 0
let readCount: u32 = 0
let readCapacity: u32 = 0
let blockEpoch: u32 = 0
let isIgnored: bool = false

export function beginReads(): void {
  const epoch = load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  if (epoch != blockEpoch) {
    blockEpoch = epoch
    reads = 0
    readCapacity = 0
  }
  readCount = 0
}

/** This thread records nothing from now on: nobody validates what it executes. */
export function ignoreReads(): void {
  isIgnored = true
}

/** The reads of the execution, copied to where they stay. */
export function keptReads(): usize {
  const bytes = <usize>readCount * READ_BYTES
  const kept = allocateBlock(bytes)
  memory.copy(kept, reads, bytes)
  return kept
}

@inline
export function recordedReadCount(): u32 {
  return readCount
}

/** Reads what `txIndex` sees at `location` into `out` and records it; false: an ESTIMATE blocks. */
export function readLocation(location: usize, txIndex: u32, out: usize): bool {
  if (!resolve(location, txIndex, out)) return false
  append(location, 0, out)
  return true
}

/** Records a read that gave `value` at a time when no ESTIMATE was in its way. */
export function recordRead(location: usize, value: usize): void {
  append(location, 0, value)
}

/** Records that the execution holds only if `location` has `value` when it is to commit. */
export function expectValue(location: usize, value: usize): void {
  append(location, READ_EXPECTED, value)
}

function append(location: usize, flags: u32, value: usize): void {
  if (isIgnored) return
  if (readCount == readCapacity) grow()
  const read = reads + <usize>readCount * READ_BYTES
  store<u32>(read, <u32>location, READ_LOCATION)
  store<u32>(read, flags, READ_FLAGS)
  wordCopy(read + READ_VALUE, value)
  readCount++
}

function grow(): void {
  const capacity = readCapacity == 0 ? FIRST_CAPACITY : readCapacity * 2
  const wider = allocateBlock(<usize>capacity * READ_BYTES)
  memory.copy(wider, reads, <usize>readCount * READ_BYTES)
  reads = wider
  readCapacity = capacity
}

/** Whether all reads of `execution` still give the same values; expected values are left aside. */
export function validateReads(execution: usize, txIndex: u32, scratch: usize): bool {
  return checkReads(execution, txIndex, scratch, 0)
}

/** The same for the expected values alone; it needs all lower transactions to be final. */
export function validateExpectations(execution: usize, txIndex: u32, scratch: usize): bool {
  return checkReads(execution, txIndex, scratch, READ_EXPECTED)
}

function checkReads(execution: usize, txIndex: u32, scratch: usize, flags: u32): bool {
  let read = <usize>load<u32>(execution, EXECUTION_READS)
  const end = read + <usize>load<u32>(execution, EXECUTION_READ_COUNT) * READ_BYTES
  for (; read < end; read += READ_BYTES) {
    if (load<u32>(read, READ_FLAGS) != flags) continue
    if (!resolve(load<u32>(read, READ_LOCATION), txIndex, scratch)) return false
    if (!wordEquals(scratch, read + READ_VALUE)) return false
  }
  return true
}
