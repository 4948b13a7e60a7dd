/** A chain that began with its genesis: every block continues the verified one before it. */

import type { BlockOpened, BlockSealed, ChainReverted } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { inheritedFields, validateHeader } from '@shredcast/shared/chain/rules/header-rules'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { FinishedBlock } from '../apply/block-run.ts'
import type { Difference } from '../apply/difference.ts'
import { difference, notAllowed } from '../apply/difference.ts'
import type { Touched } from '../verify/touched.ts'
import type { WitnessAccount } from '../verify/witness.ts'
import { takeWitness } from '../verify/witness.ts'
import { contextDifference } from './context-difference.ts'
import type { KeptChain } from './kept-chain.ts'
import { MemoryChain } from './memory-chain.ts'
import type { OwnChain } from './own-chain.ts'

export class GenesisChain implements OwnChain {
  readonly config: ChainConfig
  readonly genesisHash: Uint8Array
  readonly isContinuous = true
  readonly #kept: KeptChain
  /** Of the block that is open. */
  #edits: BlockEdits | undefined
  #isLoaded = false
  /** Engine and trie are no longer, or not only, at the state behind the head. */
  #isMoving = false

  constructor(config: ChainConfig, kept: KeptChain) {
    this.config = config
    this.genesisHash = kept.genesisHash
    this.#kept = kept
  }

  /** Begins at the genesis and keeps nothing; the trie is the chain's from here on. */
  static create(genesis: Genesis, trie: StateTrie): GenesisChain {
    return new GenesisChain(genesis.config, new MemoryChain(genesis, trie))
  }

  /** Puts the newest state into the engine, if it is not there yet. */
  async load(engine: Engine): Promise<void> {
    if (this.#isLoaded) return
    await engine.loadState(this.#kept.accounts())
    this.#isLoaded = true
  }

  async begin({ context, edits }: BlockOpened, engine: Engine): Promise<Difference | undefined> {
    if (edits !== undefined && !this.config.isDevelopment) return notAllowed('edits')
    this.#edits = edits
    const { timestamp } = this.#kept.head.header
    if (context.timestamp <= timestamp) {
      const location = { kind: 'context', field: 'timestamp' } as const
      return difference('context', location, `above ${timestamp}`, context.timestamp)
    }
    const found = contextDifference(this.#expectedContext(context), context)
    if (found !== undefined) return found
    await this.load(engine)
    if (edits === undefined) return undefined
    await this.#edit(edits.changes, engine)
    engine.trie.apply(this.#kept.emptied(this.#editDiffs))
    // What the block feeds comes behind it.
    engine.trie.root()
    return undefined
  }

  witness(touched: Touched, engine: Engine): WitnessAccount[] | undefined {
    return this.#isMoving ? undefined : takeWitness(engine, touched)
  }

  async finish(
    { header }: BlockSealed,
    block: FinishedBlock,
    engine: Engine,
  ): Promise<Difference | undefined> {
    const found = await this.#differentSeal(header, block, engine)
    if (found !== undefined) return found
    const { transactions, receipts, diffs, context } = block
    const { withdrawals } = context
    const body = { transactions, ommers: [], ...(withdrawals && { withdrawals }) }
    const edited = this.#edits?.changes
    await this.#kept.apply({ header, body, receipts, edited }, [...this.#editDiffs, ...diffs])
    await engine.trimState()
    this.#isMoving = false
    return undefined
  }

  async revert(
    { number, hash, changes }: ChainReverted,
    engine: Engine,
  ): Promise<Difference | undefined> {
    if (!this.config.isDevelopment) return notAllowed('revert')
    const header = this.#kept.headerAt(number)
    const own = header && headerHash(header)
    if (header === undefined || own === undefined || !equalBytes(own, hash)) {
      return difference('revert', { kind: 'message', field: 'hash' }, own, hash)
    }
    await this.load(engine)
    const root = await this.#edit(changes, engine)
    if (!equalBytes(root, header.stateRoot)) {
      return difference('revert', { kind: 'header', field: 'stateRoot' }, header.stateRoot, root)
    }
    await this.#kept.revertTo(header, changes, engine)
    this.#isMoving = false
    return undefined
  }

  /** What was edited before the open block, as if a step had done it. */
  get #editDiffs(): readonly StateDiff[] {
    return this.#edits === undefined
      ? []
      : [{ changes: this.#edits.changes, deltas: [], reads: [] }]
  }

  /**
   * Puts declared values into the engine and its trie, which has them before a block feeds it; returns
   * the root behind them.
   */
  async #edit(changes: readonly StateChange[], engine: Engine): Promise<Uint8Array> {
    this.#isMoving = true
    await engine.editState(changes)
    engine.trie.apply(changes)
    return engine.trie.root()
  }

  /**
   * The trie goes on behind the block, and so does the engine; an executed block that does not hold
   * leaves both where they were, so that its report can be proven.
   */
  async #differentSeal(
    header: Header,
    { mode, diffs }: FinishedBlock,
    engine: Engine,
  ): Promise<Difference | undefined> {
    if (mode !== 'apply') {
      const found = this.#differentRoot(await engine.stateRoot(), header)
      if (found !== undefined) return found
      this.#isMoving = true
      await engine.applyBlock()
      return undefined
    }
    const { trie } = engine
    this.#isMoving = true
    for (const { changes } of diffs) trie.apply(changes)
    trie.apply(this.#kept.emptied([...this.#editDiffs, ...diffs]))
    return this.#differentRoot(trie.root(), header)
  }

  /** Or a rule that the header breaks. */
  #differentRoot(stateRoot: Uint8Array, header: Header): Difference | undefined {
    if (equalBytes(stateRoot, header.stateRoot)) {
      return brokenRule(header, this.#kept.head.header, this.config, this.#edits)
    }
    const location = { kind: 'header', field: 'stateRoot' } as const
    return difference('header', location, stateRoot, header.stateRoot)
  }

  /** The context as the chain decides it, with what it leaves to the leader taken from `got`. */
  #expectedContext(got: BlockContext): BlockContext {
    const { header: parent, hash: parentHash } = this.#kept.head
    const { timestamp, beneficiary, gasLimit, prevRandao } = got
    const fork = hardforkAt(this.config, parent.number + 1n, timestamp)
    return {
      parentHash,
      timestamp,
      beneficiary,
      gasLimit,
      prevRandao,
      ...inheritedFields(parent, timestamp, this.config),
      ...(this.#edits?.isBaseFeeSet && { baseFeePerGas: got.baseFeePerGas ?? 0n }),
      ...(isAtLeast(fork, 'cancun') && {
        parentBeaconBlockRoot: got.parentBeaconBlockRoot ?? new Uint8Array(32),
      }),
      ...(isAtLeast(fork, 'shanghai') && { withdrawals: got.withdrawals ?? [] }),
      ommers: isAtLeast(fork, 'paris') ? [] : got.ommers,
      blockHashes: this.#kept.recentHashes(),
    }
  }
}

/** What the header says of its own accord and may not: see `validateHeader`. */
function brokenRule(
  header: Header,
  parent: Header,
  config: ChainConfig,
  edits: BlockEdits | undefined,
): Difference | undefined {
  try {
    validateHeader(header, parent, config, edits)
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    const location = { kind: 'header', field: error.reason } as const
    return difference('header', location, 'a valid header', error.details)
  }
}
