/**
 * An engine whose memory the fuzzer can see. Behind every region that somebody writes there is one
 * that nobody may: the end of the heaps, arenas above their highest cursor, tables above the steps in
 * use, scratch of workers that there are not. They must be zero; and what is written once (static
 * data, the constants of the control region, the open block's context and environment) must stay as
 * it was.
 */

import { setImmediate } from 'node:timers/promises'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import { compileCore, createMemory } from '@shredcast/shared/engine/core'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import { controlWord, createCoreThread } from '@shredcast/shared/engine/core-thread'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { Engine } from '@shredcast/shared/engine/engine'
import type { WorkerPool } from '@shredcast/shared/engine/worker-pool'
import { startWorkers } from '@shredcast/shared/engine/worker-pool'
import {
  BLOCK_CHUNKS,
  ENGINE,
  ENGINE_INLINE,
  ENGINE_REFERENCE,
  GATE,
  HALT_ABANDONED,
  HASH_SEED,
  HEAP_BYTES,
  LARGE_HEAP_OWNER,
  STATE_CHUNKS,
  STATE_CHUNKS_MASK,
} from '@shredcast/shared/layout/control'
import {
  BLOCK_ARENA_BYTES,
  BLOCK_ARENA_OFFSET,
  CHUNK_BYTES,
  CONTEXT_BYTES_MAX,
  CONTEXT_OFFSET,
  CONTROL_OFFSET,
  ENV_BYTES,
  ENV_OFFSET,
  HEAPS_BYTES,
  HEAPS_OFFSET,
  HOST_WORKER,
  STATE_ARENA_BYTES,
  STATE_ARENA_OFFSET,
  STATIC_BYTES,
  TX_STRIDE,
  TXS_OFFSET,
  WORKER_STRIDE,
  WORKERS_OFFSET,
} from '@shredcast/shared/layout/memory-map'
import { assert } from '@shredcast/shared/primitives/assert'
import { FUZZ_CONFIG } from './case.ts'

/** Small enough to leave room behind the heaps of all workers. */
const HEAP_BYTES_DEFAULT = 96 * 1024 * 1024
const CANARY_BYTES = 256 * 1024
/** Table rows above those in use that are looked at. */
const SPARE_ROWS = 64

interface Region {
  readonly name: string
  readonly offset: number
  readonly bytes: number
}

/** Written by nobody while a block is open; the host writes the last two when it opens it. */
const CONSTANT_REGIONS: readonly Region[] = [
  { name: 'static data', offset: 0, bytes: STATIC_BYTES },
  { name: "the engine's constants", offset: CONTROL_OFFSET + HEAP_BYTES, bytes: 8 },
  { name: 'the seed of the hash', offset: CONTROL_OFFSET + HASH_SEED, bytes: 4 },
  { name: "the block's context", offset: CONTEXT_OFFSET, bytes: CONTEXT_BYTES_MAX },
  { name: "the block's environment", offset: ENV_OFFSET, bytes: ENV_BYTES },
]

const ZEROS = Buffer.alloc(Math.max(CANARY_BYTES, HOST_WORKER * WORKER_STRIDE))

export interface GuardedEngineOptions {
  readonly engine: EngineName
  readonly workers: number
  readonly build: CoreBuild
  readonly heapBytes?: number
}

export class GuardedEngine extends Engine {
  readonly #thread: CoreThread
  readonly #pool: WorkerPool
  readonly #heapsEnd: number
  readonly #snapshots = new Map<Region, Buffer>()
  /** Chunks that the two arenas have had in use at most. */
  #stateChunks = 0
  #blockChunks = 0

  private constructor(thread: CoreThread, pool: WorkerPool, heapBytes: number) {
    super(thread, pool, FUZZ_CONFIG)
    this.#heapsEnd = HEAPS_OFFSET + pool.size * heapBytes
    this.#thread = thread
    this.#pool = pool
  }

  static async start(options: GuardedEngineOptions): Promise<GuardedEngine> {
    const { engine, workers, build, heapBytes = HEAP_BYTES_DEFAULT } = options
    assert(workers * heapBytes + 2 * CANARY_BYTES <= HEAPS_BYTES, 'the heaps leave some room')
    const module = await compileCore(build)
    const memory = createMemory()
    const thread = createCoreThread(module, memory, HOST_WORKER)
    const setWord = (offset: number, value: number) => {
      thread.words[(CONTROL_OFFSET + offset) >> 2] = value
    }
    // Always the same seed: a case that fails must fail again.
    setWord(HASH_SEED, 0x5eed)
    setWord(HEAP_BYTES, heapBytes)
    setWord(ENGINE, engine === 'inline' ? ENGINE_INLINE : ENGINE_REFERENCE)
    const pool = await startWorkers({ module, memory, config: FUZZ_CONFIG, workers })
    return new GuardedEngine(thread, pool, heapBytes)
  }

  /** Ends the workers wherever they are, in the middle of a loop too. */
  async kill(): Promise<void> {
    await this.#pool.terminate()
  }

  override async loadState(...args: Parameters<Engine['loadState']>): Promise<void> {
    await this.#noteChunks()
    await super.loadState(...args)
  }

  override async abandonBlock(): Promise<void> {
    this.#thread.core.stop(HALT_ABANDONED, 0)
    await this.#noteChunks()
    await super.abandonBlock()
  }

  override async openBlock(...args: Parameters<Engine['openBlock']>): Promise<void> {
    await this.#noteChunks()
    await super.openBlock(...args)
    for (const region of CONSTANT_REGIONS) {
      const snapshot = this.#snapshots.get(region)
      if (snapshot === undefined) this.#snapshots.set(region, Buffer.from(this.#view(region)))
      else this.#view(region).copy(snapshot)
    }
  }

  /** What is not as it must be, when nobody executes any more. */
  async faults(): Promise<string[]> {
    await this.#noteChunks()
    const faults = [...this.#canaries()]
      .filter((region) => !this.#isZero(region))
      .map((region) => `somebody wrote ${region.name}, at ${this.#firstWrite(region)}`)
    for (const [region, snapshot] of this.#snapshots) {
      if (!this.#view(region).equals(snapshot)) faults.push(`somebody changed ${region.name}`)
    }
    const owner = controlWord(this.#thread, LARGE_HEAP_OWNER)
    if (owner !== 0) faults.push(`the large heap still belongs to ${owner}`)
    return faults
  }

  /**
   * Takes notice of the arenas' cursors before they are moved back. A worker may still be busy with
   * what another one has finished, such as recovering a sender, and take a chunk for it.
   */
  async #noteChunks(): Promise<void> {
    while (controlWord(this.#thread, GATE) !== 0) await setImmediate()
    const chunks = controlWord(this.#thread, STATE_CHUNKS) & STATE_CHUNKS_MASK
    this.#stateChunks = Math.max(this.#stateChunks, chunks)
    this.#blockChunks = Math.max(this.#blockChunks, controlWord(this.#thread, BLOCK_CHUNKS))
  }

  *#canaries(): Generator<Region> {
    const bytes = CANARY_BYTES
    yield { name: 'behind the last heap', offset: this.#heapsEnd, bytes }
    yield { name: 'before the block arena', offset: HEAPS_OFFSET + HEAPS_BYTES - bytes, bytes }
    const stateEnd = this.#stateChunks * CHUNK_BYTES
    // Code comes from the arena's other end.
    if (stateEnd + bytes <= STATE_ARENA_BYTES / 2) {
      yield { name: 'above the locations', offset: STATE_ARENA_OFFSET + stateEnd, bytes }
    }
    const blockEnd = this.#blockChunks * CHUNK_BYTES
    if (blockEnd + bytes <= BLOCK_ARENA_BYTES) {
      yield { name: 'above the block arena', offset: BLOCK_ARENA_OFFSET + blockEnd, bytes }
    }
    yield {
      name: 'table rows above the steps in use',
      offset: TXS_OFFSET + this.stepCount * TX_STRIDE,
      bytes: SPARE_ROWS * TX_STRIDE,
    }
    yield {
      name: 'the scratch of workers that there are not',
      offset: WORKERS_OFFSET + this.workers * WORKER_STRIDE,
      bytes: (HOST_WORKER - this.workers) * WORKER_STRIDE,
    }
  }

  #isZero(region: Region): boolean {
    return this.#view(region).equals(ZEROS.subarray(0, region.bytes))
  }

  #firstWrite(region: Region): string {
    const view = this.#view(region)
    const at = view.findIndex((byte) => byte !== 0)
    const bytes = view.subarray(at, at + 32).toString('hex')
    return `${region.offset} + ${at}: ${bytes}`
  }

  #view({ offset, bytes }: Region): Buffer {
    return Buffer.from(this.#thread.memory.buffer, offset, bytes)
  }
}
