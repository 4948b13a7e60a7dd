/**
 * The write set of the execution in progress, and what becomes of a finished one: its cells are put
 * into multi-version memory when it finishes, turned into ESTIMATEs when it is aborted, and the
 * locations that the next incarnation leaves alone are removed.
 */

import { BLOCK_EPOCH } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  CELL_INCARNATION,
  EXECUTION_INCARNATION,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
  WRITE_BYTES,
  WRITE_CELL,
  WRITE_ENTRY,
  WRITE_LOCATION,
} from '../../src/layout/records'
import { allocateBlock } from '../memory/arena'
import { absoluteCell, cellOf, deltaCell, entryOf, setCell } from './version'

const FIRST_CAPACITY: u32 = 32

// Worker-local: the set that is being staged, in a buffer that serves one execution after another
// of a block.
let writes: usize = 0
let writeCount: u32 = 0
let writeCapacity: u32 = 0
let blockEpoch: u32 = 0

export function beginWrites(): void {
  const epoch = load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  if (epoch != blockEpoch) {
    blockEpoch = epoch
    writes = 0
    writeCapacity = 0
  }
  writeCount = 0
}

/** The writes of the execution, copied to where they stay. */
export function keptWrites(): usize {
  const bytes = <usize>writeCount * WRITE_BYTES
  const kept = allocateBlock(bytes)
  memory.copy(kept, writes, bytes)
  return kept
}

@inline
export function stagedWriteCount(): u32 {
  return writeCount
}

export function stageAbsolute(location: usize, incarnation: u32, value: usize): void {
  append(location, absoluteCell(incarnation, value))
}

/** `amount` is two's complement; before it there must be at least `bound`, at most `limit`. */
export function stageDelta(
  location: usize,
  incarnation: u32,
  amount: usize,
  bound: usize,
  limit: usize,
): void {
  append(location, deltaCell(incarnation, amount, bound, limit))
}

function append(location: usize, cell: usize): void {
  if (writeCount == writeCapacity) grow()
  const write = writes + <usize>writeCount * WRITE_BYTES
  store<u32>(write, <u32>location, WRITE_LOCATION)
  store<u32>(write, <u32>cell, WRITE_CELL)
  writeCount++
}

function grow(): void {
  const capacity = writeCapacity == 0 ? FIRST_CAPACITY : writeCapacity * 2
  const wider = allocateBlock(<usize>capacity * WRITE_BYTES)
  memory.copy(wider, writes, <usize>writeCount * WRITE_BYTES)
  writes = wider
  writeCapacity = capacity
}

/**
 * Puts the cells of `execution` into multi-version memory and removes what `previous` (the last
 * finished incarnation, or 0) wrote and this one did not. Says whether a location was written that
 * `previous` had not written.
 */
export function publishWrites(txIndex: u32, execution: usize, previous: usize): bool {
  let wroteNewLocation = false
  let write = <usize>load<u32>(execution, EXECUTION_WRITES)
  const end = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (; write < end; write += WRITE_BYTES) {
    const entry = entryOf(load<u32>(write, WRITE_LOCATION), txIndex)
    if (cellOf(entry) == 0) wroteNewLocation = true
    store<u32>(write, <u32>entry, WRITE_ENTRY)
    setCell(entry, load<u32>(write, WRITE_CELL))
  }
  if (previous != 0) removeStale(previous, load<u32>(execution, EXECUTION_INCARNATION))
  return wroteNewLocation
}

function removeStale(previous: usize, incarnation: u32): void {
  let write = <usize>load<u32>(previous, EXECUTION_WRITES)
  const end = write + <usize>load<u32>(previous, EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (; write < end; write += WRITE_BYTES) {
    const entry = load<u32>(write, WRITE_ENTRY)
    const cell = cellOf(entry) & ~1
    if (cell != 0 && load<u32>(cell, CELL_INCARNATION) != incarnation) setCell(entry, 0)
  }
}

/** Marks everything `execution` wrote as about to be written again (Block-STM, ESTIMATE). */
export function convertWritesToEstimates(execution: usize): void {
  const incarnation = load<u32>(execution, EXECUTION_INCARNATION)
  let write = <usize>load<u32>(execution, EXECUTION_WRITES)
  const end = write + <usize>load<u32>(execution, EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (; write < end; write += WRITE_BYTES) {
    const cell = load<u32>(write, WRITE_CELL)
    assert(load<u32>(cell, CELL_INCARNATION) == incarnation, 'an execution marks its own cells')
    setCell(load<u32>(write, WRITE_ENTRY), cell | 1)
  }
}
