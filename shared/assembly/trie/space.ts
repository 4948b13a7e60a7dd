/**
 * Memory of the nodes. A lane takes chunks of 64 KiB from the arena, cuts records of its size
 * classes from them, and keeps what is freed in a list for each class. Lists belong to lanes and
 * not to threads, so that what one thread frees is what the next one takes, whichever threads they
 * are.
 */

import { HALT_TRIE_ARENA_FULL } from '../../src/layout/control'
import { CHUNK_BYTES, TRIE_ARENA_BYTES, TRIE_ARENA_OFFSET } from '../../src/layout/memory-map'
import { TRIE_CHUNKS, TRIE_FAULT, TRIE_SLOT } from '../../src/layout/trie'
import { atomicWord } from '../memory/atomic-word'
import { halt } from '../memory/halt'
import { waitSlot } from '../memory/wait-slot'
import { CHUNK_END, CHUNK_NEXT, FREE_LISTS, trieWord, USED_BYTES } from './lane'

/** Records are multiples of this; a lane has lists for up to 800 bytes, a full branch is 624. */
const CLASS_BYTES: usize = 16
const CHUNK: usize = CHUNK_BYTES

@inline
function roundUp(bytes: usize): usize {
  return (bytes + (CLASS_BYTES - 1)) & ~(CLASS_BYTES - 1)
}

@inline
function freeList(lane: usize, size: usize): usize {
  return lane + FREE_LISTS + ((size / CLASS_BYTES) << 2)
}

/** A record of the lane, its content undefined. Holder of the lane only. */
export function allocateNode(lane: usize, bytes: usize): usize {
  const size = roundUp(bytes)
  store<u64>(lane, load<u64>(lane, USED_BYTES) + size, USED_BYTES)
  const list = freeList(lane, size)
  const free = <usize>load<u32>(list)
  if (free != 0) {
    store<u32>(list, load<u32>(free))
    return free
  }
  let next = <usize>load<u32>(lane, CHUNK_NEXT)
  if (next + size > <usize>load<u32>(lane, CHUNK_END)) next = takeChunk(lane)
  store<u32>(lane, <u32>(next + size), CHUNK_NEXT)
  return next
}

/** What is left of the chunk before is lost until the trie is reset: less than a full branch. */
function takeChunk(lane: usize): usize {
  const limit = <u32>(TRIE_ARENA_BYTES / CHUNK_BYTES)
  const index = atomicWord(trieWord(TRIE_CHUNKS)).add(1)
  if (index >= limit) {
    atomicWord(trieWord(TRIE_CHUNKS)).subtract(1)
    atomicWord(trieWord(TRIE_FAULT)).store(HALT_TRIE_ARENA_FULL)
    waitSlot(trieWord(TRIE_SLOT)).signal(i32.MAX_VALUE)
    halt(HALT_TRIE_ARENA_FULL, 0)
  }
  const chunk = <usize>TRIE_ARENA_OFFSET + <usize>index * CHUNK
  store<u32>(lane, <u32>(chunk + CHUNK), CHUNK_END)
  return chunk
}

export function freeNode(lane: usize, ptr: usize, bytes: usize): void {
  const size = roundUp(bytes)
  store<u64>(lane, load<u64>(lane, USED_BYTES) - size, USED_BYTES)
  const list = freeList(lane, size)
  store<u32>(ptr, load<u32>(list))
  store<u32>(list, <u32>ptr)
}
