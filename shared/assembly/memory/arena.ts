/**
 * Bump allocation. Each thread takes chunks of 64 KiB from a shared cursor, zeroes them once, and
 * allocates from its own without any other thread; nothing is freed singly. The state arena lives
 * as long as the state it caches, the block arena is emptied with each block. A full arena stops
 * the block with a clear error: it never overwrites and never loses.
 */

import {
  BLOCK_CHUNKS,
  BLOCK_EPOCH,
  HALT_BLOCK_ARENA_FULL,
  HALT_STATE_ARENA_FULL,
  STATE_CHUNKS,
  STATE_EPOCH,
} from '../../src/layout/control'
import {
  BLOCK_ARENA_BYTES,
  BLOCK_ARENA_OFFSET,
  CHUNK_BYTES,
  CONTROL_OFFSET,
  STATE_ARENA_BYTES,
  STATE_ARENA_OFFSET,
} from '../../src/layout/memory-map'
import { atomicWord } from './atomic-word'
import { halt } from './halt'

const CHUNK: usize = CHUNK_BYTES

// Worker-local: every instance has its own globals. The epochs say for which life of the arena the
// chunk was taken.
let stateNext: usize = 0
let stateEnd: usize = 0
let blockNext: usize = 0
let blockEnd: usize = 0
let blockEpoch: u32 = 0
let stateEpoch: u32 = 0

/** A cache line, so that no record shares one with another. */
const STATE_ALIGNMENT: usize = 64

/** Address of `bytes` zeroed bytes, 64-aligned, that live until the state is dropped. */
export function allocateState(bytes: usize): usize {
  const epoch = load<u32>(CONTROL_OFFSET + STATE_EPOCH)
  if (epoch != stateEpoch) {
    stateEpoch = epoch
    stateNext = 0
    stateEnd = 0
  }
  const size = (bytes + STATE_ALIGNMENT - 1) & ~(STATE_ALIGNMENT - 1)
  if (size > stateEnd - stateNext) {
    const run = size > CHUNK ? size : CHUNK
    const ptr = takeChunks(STATE_CHUNKS, run, STATE_ARENA_OFFSET, STATE_ARENA_BYTES)
    if (ptr == 0) halt(HALT_STATE_ARENA_FULL, 0)
    memory.fill(ptr, 0, run)
    if (size >= CHUNK) return ptr
    stateNext = ptr
    stateEnd = ptr + CHUNK
  }
  const ptr = stateNext
  stateNext += size
  return ptr
}

/** Address of `bytes` zeroed bytes, 8-aligned, that live until the block is dropped. */
export function allocateBlock(bytes: usize): usize {
  const epoch = load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
  if (epoch != blockEpoch) {
    blockEpoch = epoch
    blockNext = 0
    blockEnd = 0
  }
  const size = (bytes + 7) & ~7
  if (size > blockEnd - blockNext) {
    const run = size > CHUNK ? size : CHUNK
    const ptr = takeChunks(BLOCK_CHUNKS, run, BLOCK_ARENA_OFFSET, BLOCK_ARENA_BYTES)
    if (ptr == 0) halt(HALT_BLOCK_ARENA_FULL, 0)
    memory.fill(ptr, 0, run)
    if (size >= CHUNK) return ptr
    blockNext = ptr
    blockEnd = ptr + CHUNK
  }
  const ptr = blockNext
  blockNext += size
  return ptr
}

function takeChunks(cursor: usize, bytes: usize, offset: usize, arenaBytes: usize): usize {
  const count = <u32>((bytes + CHUNK - 1) / CHUNK)
  const limit = <u32>(arenaBytes / CHUNK)
  const word = atomicWord(cursor + CONTROL_OFFSET)
  while (true) {
    const first = word.load()
    if (count > limit - first) return 0
    if (word.replace(first, first + count)) return offset + <usize>first * CHUNK
  }
}
