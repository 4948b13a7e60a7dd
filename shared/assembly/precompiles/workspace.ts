/** Places in the free EVM memory that a precompile may write. */

import { haltHeapFull, memoryEnd, REGION_MEMORY } from '../memory/heap'

@inline
export function aligned(place: usize): usize {
  return (place + 7) & ~7
}

/** Stops the block when the worker has no `bytes` bytes of memory at `place`. */
export function requireRoom(place: usize, bytes: usize): void {
  const end = memoryEnd()
  if (place > end || bytes > end - place) haltHeapFull(REGION_MEMORY)
}
