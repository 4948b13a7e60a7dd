/**
 * Bump allocation. Each thread takes chunks of 64 KiB from a shared cursor, zeroes them once, and
 * allocates from its own without any other thread; nothing is freed singly. The state arena, with
 * locations from its start and code from its end, lives as long as the state it caches; the block
 * arena is emptied with each block. A full arena stops the block with a clear error: it never
 * overwrites and never loses.
 */

import {
  BLOCK_CHUNKS,
  BLOCK_EPOCH,
  HALT_BLOCK_ARENA_FULL,
  HALT_STATE_ARENA_FULL,
  STATE_CHUNKS,
  STATE_CHUNKS_MASK,
  STATE_CHUNKS_SHIFT,
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
let locationNext: usize = 0
let locationEnd: usize = 0
let codeNext: usize = 0
let codeEnd: usize = 0
let blockNext: usize = 0
let blockEnd: usize = 0
let blockEpoch: u32 = 0
let stateEpoch: u32 = 0

/** A cache line, so that no record shares one with another. */
const STATE_ALIGNMENT: usize = 64

/** Address of `bytes` (at most a chunk) zeroed bytes, 64-aligned, that live until eviction. */
export function allocateLocations(bytes: usize): usize {
  enterState()
  if (bytes > locationEnd - locationNext) {
    locationNext = takeStateChunks(1, false)
    locationEnd = locationNext + CHUNK
  }
  const ptr = locationNext
  locationNext += bytes
  return ptr
}

/** The same for code and for what the trie keeps of locations, of any length. */
export function allocateCodeBytes(bytes: usize): usize {
  enterState()
  const size = (bytes + STATE_ALIGNMENT - 1) & ~(STATE_ALIGNMENT - 1)
  if (size >= CHUNK) return takeStateChunks(<u32>((size + CHUNK - 1) / CHUNK), true)
  if (size > codeEnd - codeNext) {
    codeNext = takeStateChunks(1, true)
    codeEnd = codeNext + CHUNK
  }
  const ptr = codeNext
  codeNext += size
  return ptr
}

/** Leaves the chunks of an earlier life of the state arena. */
function enterState(): void {
  const epoch = load<u32>(CONTROL_OFFSET + STATE_EPOCH)
  if (epoch == stateEpoch) return
  stateEpoch = epoch
  locationNext = 0
  locationEnd = 0
  codeNext = 0
  codeEnd = 0
}

/** Both ends share a word, so that they never take the same chunk. */
function takeStateChunks(count: u32, isAtEnd: bool): usize {
  const word = atomicWord(STATE_CHUNKS + CONTROL_OFFSET)
  while (true) {
    const taken = word.load()
    const atStart = taken & STATE_CHUNKS_MASK
    const left = <u32>(STATE_ARENA_BYTES / CHUNK_BYTES) - atStart - (taken >> STATE_CHUNKS_SHIFT)
    if (count > left) halt(HALT_STATE_ARENA_FULL, 0)
    if (!word.replace(taken, taken + (isAtEnd ? count << STATE_CHUNKS_SHIFT : count))) continue
    const first = isAtEnd ? atStart + left - count : atStart
    const ptr = STATE_ARENA_OFFSET + <usize>first * CHUNK
    memory.fill(ptr, 0, <usize>count * CHUNK)
    return ptr
  }
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
    const ptr = takeBlockChunks(run)
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

function takeBlockChunks(bytes: usize): usize {
  const count = <u32>((bytes + CHUNK - 1) / CHUNK)
  const limit = <u32>(BLOCK_ARENA_BYTES / CHUNK)
  const word = atomicWord(BLOCK_CHUNKS + CONTROL_OFFSET)
  while (true) {
    const first = word.load()
    if (count > limit - first) return 0
    if (word.replace(first, first + count)) return BLOCK_ARENA_OFFSET + <usize>first * CHUNK
  }
}
