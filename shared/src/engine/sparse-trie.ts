/**
 * The state trie of the core as its users see it: changes go in, the root, proofs and changed nodes
 * come out. Nodes that are not in memory are taken from a source when they are needed. Host only,
 * one call at a time; other threads may help with roots (`helpUntilExit`).
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange } from '../chain/state-change.ts'
import type { AccountProof, StoredTrie, TrieNodeSink, TrieNodeSource } from '../chain/state-trie.ts'
import { HOST_WORKER, TRIE_EXCHANGE_OFFSET, TRIE_OFFSET } from '../layout/memory-map.ts'
import { LANE_COUNT, TRIE_ROOT } from '../layout/trie.ts'
import { concatBytes, equalBytes } from '../primitives/bytes.ts'
import { EMPTY_TRIE_ROOT } from '../primitives/keccak.ts'
import type { CoreBuild } from './core.ts'
import { CoreHaltedError, compileCore, createMemory } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { createCoreThread } from './core-thread.ts'
import { EngineHaltedError } from './halt-error.ts'
import { readTrieBatch } from './trie-batch.ts'
import { supplyNode, supplyRoot, takeMissing } from './trie-nodes.ts'
import { readAccountProof, readSlotProof } from './trie-proof.ts'
import { stageChange } from './trie-staging.ts'

/** For a trie whose nodes are all in memory. */
const NO_SOURCE: TrieNodeSource = { node: () => undefined }

export class SparseTrie implements StoredTrie {
  readonly #thread: CoreThread
  #source: TrieNodeSource = NO_SOURCE

  /** An empty trie in the memory of the thread, which holds one. */
  constructor(thread: CoreThread) {
    this.#thread = thread
    thread.core.resetTrie()
  }

  readFrom(source: TrieNodeSource): void {
    this.#source = source
  }

  reset(alloc: readonly GenesisAccount[]): void {
    this.#thread.core.resetTrie()
    this.apply(
      alloc.map(({ address, balance, nonce, code, storage }) => {
        return { address, balance, nonce, code, slots: storage }
      }),
    )
  }

  /**
   * Goes on from a root that was written out; its nodes come from the source.
   * @throws TrieNodeError
   */
  open(root: Uint8Array): void {
    this.#thread.core.resetTrie()
    if (!equalBytes(root, EMPTY_TRIE_ROOT)) supplyRoot(this.#thread, root, this.#source)
  }

  apply(changes: readonly StateChange[]): void {
    for (const change of changes) {
      stageChange(this.#thread, change, (slotCount) => this.#room(slotCount))
    }
  }

  /** @throws TrieNodeError, EngineHaltedError when the arena is full: `reset` or `open` come next */
  root(): Uint8Array {
    const { core } = this.#thread
    this.#withNodes(() => {
      core.beginRoot()
      core.finishRoot()
    })
    return this.takeRoot()
  }

  /**
   * The same by the engine's workers alone, which `finished` waits for.
   * @throws TrieNodeError, EngineHaltedError
   */
  async rootByWorkers(finished: () => Promise<void>): Promise<Uint8Array> {
    do {
      this.#inCore(() => this.#thread.core.beginRoot())
      await finished()
    } while (this.supplyMissing())
    return this.takeRoot()
  }

  /** Supplies what the tasks ahead of a root have missed so far, unless one is running. */
  supplyAhead(): void {
    const { core } = this.#thread
    if (!this.#isMissing() || core.pauseAhead() === 0) return
    try {
      this.supplyMissing()
    } finally {
      core.resumeAhead()
    }
  }

  /** Proves account and slots (keys of 32 bytes), there or not, after all changes so far. */
  proof(address: Uint8Array, slots: readonly Uint8Array[]): AccountProof {
    this.root()
    const account = this.#withNodes(() => readAccountProof(this.#thread, address))
    const storageProof = slots.map((key) => {
      return this.#withNodes(() => readSlotProof(this.#thread, account.leaf, key))
    })
    return { ...account.proof, storageProof }
  }

  /** Hands what changed since the last time to the sink; the sink must not call the trie. */
  writeOut(sink: TrieNodeSink): void {
    this.#eachBatch((batch) => readTrieBatch(batch, sink))
  }

  takeOut(): Uint8Array {
    const batches: Uint8Array[] = []
    this.#eachBatch((batch) => batches.push(batch.slice()))
    return concatBytes(...batches)
  }

  /** `take` gets bytes of the core, valid until it returns. */
  #eachBatch(take: (batch: Uint8Array) => void): void {
    this.root()
    const { core, bytes } = this.#thread
    const takeFirst = (batchBytes: number) => {
      take(bytes.subarray(TRIE_EXCHANGE_OFFSET, TRIE_EXCHANGE_OFFSET + batchBytes))
    }
    core.beginWriteOut()
    for (let lane = 0; lane < LANE_COUNT; lane++) {
      for (let size = core.writeLane(lane); size > 0; size = core.writeLane(lane)) takeFirst(size)
    }
    takeFirst(core.writeTop())
    core.endWriteOut()
  }

  /** Bytes of all nodes in memory. */
  get nodeBytes(): number {
    return Number(this.#thread.core.trieBytes())
  }

  /**
   * Drops what was not touched for the longest, until at most so many bytes are left or only the tops
   * of the tries. Comes after `writeOut`, before anything else changes.
   */
  prune(limitBytes: number): void {
    this.#thread.core.pruneTrie(BigInt(limitBytes))
  }

  /** Address of a record with so many slots; applies what is staged when there is none. */
  #room(slotCount: number): number {
    const staged = this.#thread.core.stage(slotCount)
    if (staged !== 0) return staged >>> 0
    this.root()
    return this.#thread.core.stage(slotCount) >>> 0
  }

  /** Repeats `action` until it misses no node. */
  #withNodes<T>(action: () => T): T {
    while (true) {
      const result = this.#inCore(action)
      if (!this.supplyMissing()) return result
    }
  }

  /** Supplies the nodes that the last computation missed; false when it missed none. */
  supplyMissing(): boolean {
    const missing = takeMissing(this.#thread)
    for (const place of missing) {
      this.#inCore(() => supplyNode(this.#thread, place, this.#source))
    }
    return missing.length > 0
  }

  #isMissing(): boolean {
    for (let lane = 0; lane < LANE_COUNT; lane++) {
      if (this.#thread.core.missingCountOf(lane) !== 0) return true
    }
    return false
  }

  /** The root that the computation came to. */
  takeRoot(): Uint8Array {
    this.#thread.core.resetStage()
    const at = TRIE_OFFSET + TRIE_ROOT
    return this.#thread.bytes.slice(at, at + 32)
  }

  #inCore<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      if (!(error instanceof CoreHaltedError)) throw error
      throw new EngineHaltedError(error.reason, 0, error)
    }
  }
}

/** A trie in a memory of its own. */
export async function createSparseTrie(build: CoreBuild = 'release'): Promise<SparseTrie> {
  return new SparseTrie(createCoreThread(await compileCore(build), createMemory(), HOST_WORKER))
}
