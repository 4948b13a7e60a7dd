/**
 * A worker's heap: what executing needs and nobody else sees, in regions of fixed size. Virtual
 * size is cheap and the kernel commits what is touched, so that regions are generous. An execution
 * for which they are not starts again in the large heap, which one worker has at a time; one that
 * does not fit there either stops the block with a clear error (HALT_WORKER_HEAP_FULL and the
 * region).
 *
 * The thread of read-only calls has a heap of its own size, and no other.
 *
 *   frames | account index | slot index | keccak cache | operand stack | undo log | journal
 *   | EVM memory
 */

import { COUNTER_LARGE_HEAP, HALT_WORKER_HEAP_FULL, HEAP_BYTES } from '../../src/layout/control'
import {
  CALL_HEAP_BYTES,
  CALL_HEAP_OFFSET,
  CONTROL_OFFSET,
  HEAPS_OFFSET,
  LARGE_HEAP_BYTES,
  LARGE_HEAP_OFFSET,
} from '../../src/layout/memory-map'
import { halt } from './halt'
import { count, threadIndex } from './thread'

/** One frame more than the deepest call needs (Yellow Paper: 1024). */
export const FRAME_STRIDE: usize = 256
const FRAME_COUNT: usize = 1026
/** Entries of the two hash indices: a stamp u32 and a pointer u32. */
export const ACCOUNT_INDEX_COUNT: usize = 8192
export const SLOT_INDEX_COUNT: usize = 32768
export const INDEX_ENTRY_BYTES: usize = 8
/** Input 64 bytes, hash 32 bytes. */
export const KECCAK_CACHE_COUNT: usize = 8192
export const KECCAK_CACHE_ENTRY_BYTES: usize = 96

const FRAMES: usize = 0
const ACCOUNT_INDEX: usize = FRAMES + FRAME_STRIDE * FRAME_COUNT
const SLOT_INDEX: usize = ACCOUNT_INDEX + ACCOUNT_INDEX_COUNT * INDEX_ENTRY_BYTES
const KECCAK_CACHE: usize = SLOT_INDEX + SLOT_INDEX_COUNT * INDEX_ENTRY_BYTES
const OPERANDS: usize = KECCAK_CACHE + KECCAK_CACHE_COUNT * KECCAK_CACHE_ENTRY_BYTES

/** Regions that can be full: the place in the halt word says which. */
export const REGION_OPERANDS: u32 = 1
export const REGION_UNDO_LOG: u32 = 2
export const REGION_JOURNAL: u32 = 3
export const REGION_MEMORY: u32 = 4

/** The most that the stacks of 1024 frames can hold, and room for the last one to grow. */
const OPERANDS_MAX: usize = 1026 * 1024 * 32

/** Unwinds this thread through the host, which starts the execution again in the large heap. */
// @ts-ignore: decorator
@external('env', 'heapFull')
declare function hostHeapFull(): void

const OWN_HEAP: u32 = 0
const LARGE_HEAP: u32 = 1
const CALL_HEAP: u32 = 2

// Worker-local: the heap that this thread executes in.
let heap: u32 = OWN_HEAP

/** From the next execution on, this thread works in the large heap, or again in its own. */
export function useLargeHeap(isUsed: bool): void {
  heap = isUsed ? LARGE_HEAP : OWN_HEAP
  if (isUsed) count(COUNTER_LARGE_HEAP)
}

/** This thread works in the heap of calls. */
export function useCallHeap(): void {
  heap = CALL_HEAP
}

@inline
function heapBytes(): usize {
  if (heap == OWN_HEAP) return <usize>load<u32>(CONTROL_OFFSET + HEAP_BYTES)
  return heap == LARGE_HEAP ? LARGE_HEAP_BYTES : CALL_HEAP_BYTES
}

@inline
function heapBase(): usize {
  if (heap == OWN_HEAP) return <usize>threadIndex() * heapBytes() + HEAPS_OFFSET
  return heap == LARGE_HEAP ? LARGE_HEAP_OFFSET : CALL_HEAP_OFFSET
}

function operandBytes(): usize {
  return min<usize>(((heapBytes() - OPERANDS) >> 2) & ~63, OPERANDS_MAX)
}

/** What is left behind the operand stack, in eighths that the growing regions share. */
function eighth(): usize {
  return ((heapBytes() - OPERANDS - operandBytes()) >> 3) & ~63
}

export function framesBase(): usize {
  return heapBase() + FRAMES
}

export function accountIndexBase(): usize {
  return heapBase() + ACCOUNT_INDEX
}

export function slotIndexBase(): usize {
  return heapBase() + SLOT_INDEX
}

export function keccakCacheBase(): usize {
  return heapBase() + KECCAK_CACHE
}

export function operandsBase(): usize {
  return heapBase() + OPERANDS
}

export function operandsEnd(): usize {
  return operandsBase() + operandBytes()
}

export function undoLogBase(): usize {
  return operandsEnd()
}

export function undoLogEnd(): usize {
  return undoLogBase() + eighth()
}

export function journalBase(): usize {
  return undoLogEnd()
}

export function journalEnd(): usize {
  return journalBase() + 4 * eighth()
}

/** EVM memory of all frames grows up from here; the return data lies at the end. */
export function memoryBase(): usize {
  return journalEnd()
}

export function memoryEnd(): usize {
  return heapBase() + heapBytes()
}

/** `region` (REGION_*) is full: the execution moves to the large heap or stops all; a call ends. */
export function haltHeapFull(region: u32): void {
  if (heap != LARGE_HEAP) hostHeapFull()
  halt(HALT_WORKER_HEAP_FULL, region)
}
