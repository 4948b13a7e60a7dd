/**
 * Indices that threads share, named by the way they may move: a `RewindableCursor` is claimed
 * forward and rewound backward, a `PublishedCursor` only moves forward.
 */

import { AtomicWord } from './atomic-word'

@unmanaged
export class RewindableCursor {
  @inline
  load(): u32 {
    return changetype<AtomicWord>(this).load()
  }

  /** Takes the next index below `limit`, or -1. Two claims never take the same index unless it was
   *  rewound in between. */
  claimBefore(limit: u32): i32 {
    const word = changetype<AtomicWord>(this)
    while (true) {
      const index = word.load()
      if (index >= limit) return -1
      if (word.replace(index, index + 1)) return <i32>index
    }
  }

  /** Moves back to `target` so that everything from there is issued again; never moves forward. */
  rewind(target: u32): void {
    const word = changetype<AtomicWord>(this)
    while (true) {
      const index = word.load()
      if (index <= target) return
      if (word.replace(index, target)) return
    }
  }
}

@unmanaged
export class PublishedCursor {
  @inline
  load(): u32 {
    return changetype<AtomicWord>(this).load()
  }

  /** Only one thread at a time may publish. */
  publish(next: u32): void {
    assert(next >= this.load(), 'a published cursor only moves forward')
    changetype<AtomicWord>(this).store(next)
  }
}

@inline
export function rewindableCursor(ptr: usize): RewindableCursor {
  return changetype<RewindableCursor>(ptr)
}

@inline
export function publishedCursor(ptr: usize): PublishedCursor {
  return changetype<PublishedCursor>(ptr)
}
