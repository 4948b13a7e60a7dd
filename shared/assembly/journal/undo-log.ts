/**
 * The undo log of one execution: what each change replaced, put back newest first. Closing a
 * checkpoint without reverting needs nothing: its changes belong to the one around it.
 *
 *   Record  0 entry  4 flags  8 field (address, 0 none)  16 value[32]
 *
 * Between two checkpoints the first change of a field decides what a revert puts back. Each field
 * remembers the era of its last record, and an era ends with every checkpoint and every revert, so
 * that a loop over one slot costs one record.
 */

import { haltHeapFull, REGION_UNDO_LOG, undoLogBase, undoLogEnd } from '../memory/heap'
import { wordCopy } from '../u256/word'
import { ENTRY_FLAGS } from './entries'

const UNDO_ENTRY = 0
const UNDO_FLAGS = 4
const UNDO_FIELD = 8
const UNDO_VALUE = 16
const UNDO_BYTES: usize = 48

/** Where a field's era stands, counted back from the field. */
const ERA: usize = 8

// Worker-local: the log of the execution in progress. Fields start in era 0, the log in era 1.
let base: usize = 0
let top: usize = 0
let end: usize = 0
let era: u32 = 1

export function beginUndoLog(): void {
  base = undoLogBase()
  top = base
  end = undoLogEnd()
  era = 1
}

/** Opens a checkpoint, to be given to `revertTo` or forgotten. */
export function checkpoint(): u32 {
  era++
  return <u32>top
}

/** Takes back all changes since `checkpoint`, whatever was opened after it. */
export function revertTo(checkpoint: u32): void {
  era++
  while (top > <usize>checkpoint) {
    top -= UNDO_BYTES
    const entry = <usize>load<u32>(top, UNDO_ENTRY)
    store<u32>(entry, load<u32>(top, UNDO_FLAGS), ENTRY_FLAGS)
    const field = <usize>load<u32>(top, UNDO_FIELD)
    if (field != 0) wordCopy(field, top + UNDO_VALUE)
  }
}

/** Takes back everything. */
export function revertAll(): void {
  revertTo(<u32>base)
}

/** To be called before a flag of `entry` changes. */
export function keepFlags(entry: usize): void {
  append(entry, 0)
}

/** To be called before the field at `offset` of `entry` changes, or a flag that goes with it. */
@inline
export function keepField(entry: usize, offset: usize): void {
  const field = entry + offset
  if (load<u32>(field - ERA) == era) return
  store<u32>(field - ERA, era)
  wordCopy(append(entry, field) + UNDO_VALUE, field)
}

function append(entry: usize, field: usize): usize {
  const record = top
  if (end - record < UNDO_BYTES) haltHeapFull(REGION_UNDO_LOG)
  top = record + UNDO_BYTES
  store<u32>(record, <u32>entry, UNDO_ENTRY)
  store<u32>(record, load<u32>(entry, ENTRY_FLAGS), UNDO_FLAGS)
  store<u32>(record, <u32>field, UNDO_FIELD)
  return record
}
