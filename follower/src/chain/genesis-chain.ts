/** A chain followed from its genesis: every block continues the verified one before it. */

import type { BlockOpened, BlockSealed, ChainReverted } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import { inheritedFields, validateHeader } from '@shredcast/shared/chain/rules/header-rules'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { ChainState } from '@shredcast/shared/state/chain-state'
import type { Difference } from '../apply/difference.ts'
import { difference } from '../apply/difference.ts'
import { contextDifference } from './context-difference.ts'
import type { OwnChain } from './own-chain.ts'
import { editState, notAllowed, WaysBack } from './ways-back.ts'

export class GenesisChain implements OwnChain {
  readonly config: ChainConfig
  readonly genesisHash: Uint8Array
  readonly isContinuous = true
  readonly #genesis: Genesis
  readonly #state: ChainState
  /** Of the newest blocks, as the next one may ask for them. */
  readonly #blockHashes = new Map<bigint, Uint8Array>()
  readonly #ways: WaysBack
  #edits: BlockEdits | undefined
  #isLoaded = false

  private constructor(genesis: Genesis, state: ChainState) {
    this.config = genesis.config
    this.genesisHash = state.head.hash
    this.#genesis = genesis
    this.#state = state
    this.#blockHashes.set(genesis.header.number, state.head.hash)
    this.#ways = new WaysBack(genesis.config, state.head.header)
  }

  /** The trie is the chain's from here on. */
  static create(genesis: Genesis, trie: StateTrie): GenesisChain {
    return new GenesisChain(genesis, ChainState.fromGenesis(genesis, trie))
  }

  async begin({ context, edits }: BlockOpened, engine: Engine): Promise<Difference | undefined> {
    if (edits !== undefined && !this.config.isDevelopment) return notAllowed('edits')
    this.#edits = edits
    const { timestamp } = this.#state.head.header
    if (context.timestamp <= timestamp) {
      const location = { kind: 'context', field: 'timestamp' } as const
      return difference('context', location, `above ${timestamp}`, context.timestamp)
    }
    const found = contextDifference(this.#expectedContext(context), context)
    if (found !== undefined) return found
    await this.#load(engine)
    if (edits !== undefined) await editState(engine, edits.changes)
    return undefined
  }

  async finish({ header }: BlockSealed, engine: Engine): Promise<Difference | undefined> {
    const stateRoot = await engine.stateRoot()
    if (!equalBytes(stateRoot, header.stateRoot)) {
      const location = { kind: 'header', field: 'stateRoot' } as const
      return difference('header', location, stateRoot, header.stateRoot)
    }
    const broken = brokenRule(header, this.#state.head.header, this.config, this.#edits)
    if (broken !== undefined) return broken
    await engine.applyBlock()
    this.#state.advance(header)
    this.#blockHashes.set(header.number, this.#state.head.hash)
    this.#blockHashes.delete(header.number - BLOCK_HASH_COUNT)
    this.#ways.note(header)
    return undefined
  }

  async revert(reverted: ChainReverted, engine: Engine): Promise<Difference | undefined> {
    const header = this.#ways.to(reverted)
    if (!('stateRoot' in header)) return header
    await this.#load(engine)
    const root = await editState(engine, reverted.changes)
    if (!equalBytes(root, header.stateRoot)) {
      return difference('revert', { kind: 'header', field: 'stateRoot' }, header.stateRoot, root)
    }
    this.#state.advance(header)
    this.#ways.forgetAbove(header.number)
    this.#blockHashes.clear()
    for (const [number, hash] of this.#ways.hashesBehind(header))
      this.#blockHashes.set(number, hash)
    return undefined
  }

  async #load(engine: Engine): Promise<void> {
    if (this.#isLoaded) return
    await engine.loadState(this.#genesis.alloc)
    this.#isLoaded = true
  }

  /** The context as the chain decides it, with what it leaves to the leader taken from `got`. */
  #expectedContext(got: BlockContext): BlockContext {
    const { header: parent, hash: parentHash } = this.#state.head
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
      blockHashes: this.#blockHashes,
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
