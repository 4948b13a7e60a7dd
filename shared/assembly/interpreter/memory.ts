/**
 * EVM memory of a frame (Yellow Paper, appendix H.1). Frames stand above each other in the worker's
 * memory region: a frame's memory begins at the top of its caller's, which does not grow meanwhile.
 * Gas is charged before anything is touched, and what comes in reach is cleared, because an earlier
 * frame may have used it.
 */

import {
  FAULT_OUT_OF_GAS,
  FRAME_MEMORY,
  FRAME_MEMORY_BYTES,
  FRAME_WORD_LIMIT,
} from '../../src/layout/frame'
import { haltHeapFull, REGION_MEMORY } from '../memory/heap'
import { wordFitsLong, wordIsZero, wordLong } from '../u256/word'
import { clearBytes } from './bytes'
import { memoryLimit } from './machine'

/** More bytes than any gas pays for; below it the square of the words fits into 64 bits. */
const BYTES_LIMIT: u64 = 1 << 37

/** Address of the byte at the offset that a word holds; meaningless when nothing is accessed. */
@inline
export function memoryAt(frame: usize, offset: usize): usize {
  return <usize>load<u32>(frame, FRAME_MEMORY) + <usize>wordLong(offset)
}

/** Address of a range that is in reach; 0 when nothing is accessed. */
@inline
export function rangeAt(frame: usize, offset: usize, size: usize): usize {
  return wordLong(size) == 0 ? 0 : memoryAt(frame, offset)
}

/** Address behind the frame's memory, where that of the frame above it begins. */
@inline
export function memoryTop(frame: usize): usize {
  return <usize>load<u32>(frame, FRAME_MEMORY) + <usize>load<u64>(frame, FRAME_MEMORY_BYTES)
}

/** Brings the range that two words give into reach; the gas left, or FAULT_OUT_OF_GAS. */
export function reachRange(frame: usize, offset: usize, size: usize, gas: i64): i64 {
  if (wordIsZero(size)) return gas
  if (!wordFitsLong(offset) || !wordFitsLong(size)) return FAULT_OUT_OF_GAS
  return reachBytes(frame, wordLong(offset), wordLong(size), gas)
}

/** Brings `bytes` bytes (not 0) at the offset that a word gives into reach. */
export function reach(frame: usize, offset: usize, bytes: u64, gas: i64): i64 {
  if (!wordFitsLong(offset)) return FAULT_OUT_OF_GAS
  return reachBytes(frame, wordLong(offset), bytes, gas)
}

function reachBytes(frame: usize, offset: u64, bytes: u64, gas: i64): i64 {
  if (offset >= BYTES_LIMIT || bytes >= BYTES_LIMIT) return FAULT_OUT_OF_GAS
  const before = load<u64>(frame, FRAME_MEMORY_BYTES)
  if (offset + bytes <= before) return gas
  const after = (offset + bytes + 31) & ~31
  if (after >= BYTES_LIMIT) return FAULT_OUT_OF_GAS
  const left = gas - <i64>(memoryGas(after) - memoryGas(before))
  if (left < 0) return FAULT_OUT_OF_GAS
  grow(frame, before, after)
  return left
}

/** What memory of this size costs in all. */
@inline
function memoryGas(bytes: u64): u64 {
  const words = bytes >> 5
  return 3 * words + ((words * words) >> 9)
}

function grow(frame: usize, before: u64, after: u64): void {
  const base = <usize>load<u32>(frame, FRAME_MEMORY)
  const limit = memoryLimit()
  if (base > limit || after > <u64>(limit - base)) haltHeapFull(REGION_MEMORY)
  clearBytes(base + <usize>before, <usize>(after - before))
  store<u64>(frame, after, FRAME_MEMORY_BYTES)
  store<u64>(frame, after - 31, FRAME_WORD_LIMIT)
}

/** Gas for `gasPerWord` on each 32 bytes begun; `bytes` is in reach, so that it fits. */
@inline
export function wordsGas(bytes: u64, gasPerWord: i64): i64 {
  return <i64>((bytes + 31) >> 5) * gasPerWord
}
