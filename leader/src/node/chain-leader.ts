/**
 * A leader that runs a chain from a genesis: a block is open at all times, transactions run the
 * moment they are submitted, and the block is sealed on a timer.
 */

import { setTimeout } from 'node:timers/promises'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { BLOCK_HASH_COUNT, blockContextOf } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { RejectedTransaction } from '@shredcast/shared/engine/committed-step'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { TX_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import { ChainState } from '@shredcast/shared/state/chain-state'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'
import type { NextHeaderOptions } from '../builder/next-header.ts'
import { nextHeader } from '../builder/next-header.ts'
import type { Publisher, PublisherOptions } from '../publisher/publisher.ts'
import { createPublisher } from '../publisher/publisher.ts'

/** The block's last step is its closing system work. */
const STEPS_MAX = TX_COUNT_MAX - 1

/** Transactions that wait for the next block: as many as one may have. */
const WAITING_MAX = TX_COUNT_MAX

/** More transactions wait for the next block than one block may have. */
export class QueueFullError extends BaseError {
  override readonly name = 'Leader.QueueFullError'
}

export interface ChainLeaderOptions
  extends Omit<PublisherOptions, 'chainId' | 'genesisHash' | 'engine'> {
  readonly genesis: Genesis
  readonly workers: number
  readonly engine?: EngineName
  /** Time between seals. */
  readonly blockTimeMs: number
  readonly block: Pick<NextHeaderOptions, 'beneficiary' | 'gasLimit'>
  readonly onRejected?: (rejected: RejectedTransaction) => void
  readonly onSealed?: (sealed: SealedBlock) => void
}

/** Follows what the leader does, in the turn in which it does it. */
export interface LeaderObserver {
  /** Each message of the stream, after it is published. */
  readonly onMessage: (draft: MessageDraft) => void
  /** A transaction that was submitted and will not be executed. */
  readonly onRejected: (rejected: RejectedTransaction) => void
}

export interface SealedBlock {
  readonly header: Header
  readonly hash: Uint8Array
  readonly txs: number
}

export class ChainLeader {
  readonly #options: ChainLeaderOptions
  readonly #config: ChainConfig
  readonly #engine: Engine
  readonly #chain: ChainState
  readonly publisher: Publisher
  readonly #observers = new Set<LeaderObserver>()
  readonly #blockHashes = new Map<bigint, Uint8Array>()
  /** For the next block: what this one had no room for, and what came while none was open. */
  readonly #postponed: Uint8Array[] = []
  readonly #waiting: Uint8Array[] = []
  #open: { readonly builder: BlockBuilder; readonly isFull: Signal } | undefined

  private constructor(
    options: ChainLeaderOptions,
    parts: { engine: Engine; chain: ChainState; publisher: Publisher },
  ) {
    this.#options = options
    this.#config = options.genesis.config
    this.#engine = parts.engine
    this.#chain = parts.chain
    this.publisher = parts.publisher
  }

  static async create(options: ChainLeaderOptions): Promise<ChainLeader> {
    const { genesis } = options
    const engine = await createEngine({ ...options, config: genesis.config })
    try {
      const chain = ChainState.fromGenesis(genesis, engine.trie)
      await engine.loadState(genesis.alloc)
      const { chainId } = genesis.config
      const identity = { chainId, genesisHash: chain.head.hash, engine: engine.name }
      const publisher = await createPublisher({ ...options, ...identity })
      return new ChainLeader(options, { engine, chain, publisher })
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  /** The newest sealed block. */
  get head(): { readonly header: Header; readonly hash: Uint8Array } {
    return this.#chain.head
  }

  /** Before `run`: it is told everything from block 1 on. */
  observe(observer: LeaderObserver): void {
    this.#observers.add(observer)
  }

  /** Proves account and slots (keys of 32 bytes) under the state root of the head. */
  prove(address: Uint8Array, slots: readonly Uint8Array[]): AccountProof {
    return this.#engine.trie.proof(address, slots)
  }

  /**
   * Signed transactions, which run at once, or in the next block when this one has no room; invalid
   * ones are told to `onRejected`.
   * @throws QueueFullError
   */
  submit(transactions: readonly Uint8Array[]): void {
    const room = this.#open === undefined ? 0 : STEPS_MAX - this.#engine.stepCount
    const fitting = transactions.slice(0, room)
    const waiting = transactions.slice(room)
    if (this.#waiting.length + waiting.length > WAITING_MAX) {
      throw new QueueFullError(`${this.#waiting.length} transactions wait, limit ${WAITING_MAX}`)
    }
    this.#waiting.push(...waiting)
    if (fitting.length > 0) {
      this.#open?.builder.append(fitting)
      this.#open?.builder.execute()
    }
    if (waiting.length > 0) this.#open?.isFull.resolve()
  }

  /**
   * Opens and seals blocks until the signal fires; the open block is sealed then.
   * @throws EngineHaltedError
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#runBlock(signal)
  }

  async close(): Promise<void> {
    await this.publisher.close()
    await this.#engine.close()
  }

  async #runBlock(signal: AbortSignal): Promise<void> {
    const draft = this.#nextHeader()
    const postponed = new Set<Hex>()
    const builder = await BlockBuilder.open(
      {
        engine: this.#engine,
        config: this.#config,
        publish: (message) => this.#publish(message),
        onRejected: (rejected) => this.#takeRejected(rejected, postponed, draft.gasLimit),
      },
      this.#contextOf(draft),
    )
    const isFull = createSignal()
    this.#open = { builder, isFull }
    builder.execute()
    this.submit([...this.#postponed.splice(0), ...this.#waiting.splice(0)])
    const timer = new AbortController()
    const stop = AbortSignal.any([signal, timer.signal])
    // A block that fails ends the wait at once; it cannot finish before it is closed below.
    await Promise.race([elapsed(this.#options.blockTimeMs, stop), isFull.fired, builder.finished])
    timer.abort()
    this.#open = undefined
    builder.close()
    builder.execute()
    await this.#seal(draft, await builder.finished)
  }

  /**
   * What found no room, and what its sender sent after it, goes first in the next block; anything
   * else is invalid for good.
   */
  #takeRejected(rejected: RejectedTransaction, postponed: Set<Hex>, gasLimit: bigint): void {
    const sender = bytesToHex(rejected.sender)
    const isBehindPostponed = rejected.reason === 'nonce too high' && postponed.has(sender)
    if (!isBehindPostponed && !fitsLaterBlock(rejected, gasLimit)) {
      this.#options.onRejected?.(rejected)
      for (const { onRejected } of this.#observers) onRejected(rejected)
      return
    }
    postponed.add(sender)
    this.#postponed.push(rejected.transaction)
    this.#open?.isFull.resolve()
  }

  async #seal(draft: Header, block: FinishedBlock): Promise<void> {
    await this.#engine.applyBlock()
    const stateRoot = this.#chain.apply(block.diffs)
    const summary = summarizeBlock({ ...block, withdrawals: block.context.withdrawals ?? [] })
    const header: Header = { ...draft, ...summary, stateRoot }
    this.#chain.advance(header)
    const { hash } = this.#chain.head
    this.#publish({
      type: 'blockSealed',
      header,
      hash,
      shredCount: block.transactions.length,
      diff: block.closing,
      requests: block.requests,
    })
    this.#options.onSealed?.({ header, hash, txs: block.transactions.length })
  }

  #publish(draft: MessageDraft): void {
    this.publisher.publish(draft)
    for (const { onMessage } of this.#observers) onMessage(draft)
  }

  #nextHeader(): Header {
    const { header: parent, hash: parentHash } = this.#chain.head
    const nowSeconds = BigInt(Math.floor(Date.now() / 1000))
    return nextHeader({
      config: this.#config,
      parent,
      parentHash,
      timestamp: nowSeconds > parent.timestamp ? nowSeconds : parent.timestamp + 1n,
      ...this.#options.block,
    })
  }

  #contextOf(header: Header): BlockContext {
    this.#blockHashes.set(header.number - 1n, header.parentHash)
    this.#blockHashes.delete(header.number - 1n - BLOCK_HASH_COUNT)
    const fork = hardforkAt(this.#config, header.number, header.timestamp)
    return blockContextOf(header, {
      ommers: [],
      blockHashes: new Map(this.#blockHashes),
      ...(isAtLeast(fork, 'shanghai') && { withdrawals: [] }),
    })
  }
}

/** `gasLimit` of the block that had no room for it. */
function fitsLaterBlock({ transaction, reason }: RejectedTransaction, gasLimit: bigint): boolean {
  if (reason === 'blob gas exceeds the block blob gas left') return true
  if (reason !== 'gas limit exceeds the block gas left') return false
  return decodeTransaction(transaction).gasLimit <= gasLimit
}

interface Signal {
  /** Resolves at the first `resolve`. */
  readonly fired: Promise<void>
  resolve(): void
}

function createSignal(): Signal {
  let resolve = () => {}
  const fired = new Promise<void>((fire) => {
    resolve = fire
  })
  return { fired, resolve: () => resolve() }
}

/** Resolves after the time, or when the signal fires. */
function elapsed(timeMs: number, signal: AbortSignal): Promise<void> {
  return setTimeout(timeMs, undefined, { signal }).catch(() => {})
}
