/**
 * The cached state as the host keeps it in bounds. Between two evictions it only grows; what is over
 * the limit then goes, the longest unused first. Host only, behind the gate.
 */

import {
  HAS_READER,
  STATE_CHUNKS,
  STATE_CHUNKS_MASK,
  STATE_CHUNKS_SHIFT,
} from '../layout/control.ts'
import { CHUNK_BYTES, STATE_ARENA_BYTES } from '../layout/memory-map.ts'
import { assert } from '../primitives/assert.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'

const MIB = 1024 * 1024

/** Leaves 320 MiB of the state arena to what a single block touches. */
export const DEFAULT_STATE_CACHE_BYTES = 128 * MIB

/** An eviction leaves half of the limit, so that it is seldom and worth its time. */
const KEPT_PART = 0.5

export interface StateCacheStats {
  /** Taken of the state arena, in whole chunks: locations and code. */
  readonly bytes: number
  /** Above it, `trimState` evicts. */
  readonly bytesMax: number
  /** Evictions, and accounts and slots evicted, since the engine was created. */
  readonly evictions: number
  readonly evicted: number
  /** Of the last eviction, with the gate locked. */
  readonly pauseMs: number
}

export class StateCache {
  readonly #host: CoreThread
  readonly #bytesMax: number
  #evictions = 0
  #evicted = 0
  #pauseMs = 0

  constructor(host: CoreThread, bytesMax = DEFAULT_STATE_CACHE_BYTES) {
    assert(
      bytesMax >= 0 && bytesMax <= STATE_ARENA_BYTES,
      `a state cache has 0 to ${STATE_ARENA_BYTES} bytes`,
    )
    this.#host = host
    this.#bytesMax = bytesMax
  }

  get stats(): StateCacheStats {
    return {
      bytes: stateArenaBytes(this.#host),
      bytesMax: this.#bytesMax,
      evictions: this.#evictions,
      evicted: this.#evicted,
      pauseMs: this.#pauseMs,
    }
  }

  /** There is more than the limit. Without a reader nothing could come back. */
  get isOver(): boolean {
    const isWithin = stateArenaBytes(this.#host) <= this.#bytesMax
    return !isWithin && controlWord(this.#host, HAS_READER) !== 0
  }

  evict(): void {
    const start = performance.now()
    this.#evicted += this.#host.core.evictState(Math.floor(this.#bytesMax * KEPT_PART))
    this.#pauseMs = performance.now() - start
    this.#evictions++
  }
}

export function stateArenaBytes(host: CoreThread): number {
  const chunks = controlWord(host, STATE_CHUNKS)
  return ((chunks & STATE_CHUNKS_MASK) + (chunks >>> STATE_CHUNKS_SHIFT)) * CHUNK_BYTES
}
