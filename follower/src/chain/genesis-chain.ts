/** A chain followed from its genesis: every block continues the verified one before it. */

import type { BlockSealed } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
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
import type { Touched } from '../verify/touched.ts'
import type { WitnessAccount } from '../verify/witness.ts'
import { takeWitness } from '../verify/witness.ts'
import { contextDifference } from './context-difference.ts'
import type { OwnChain } from './own-chain.ts'

/** Where a chain goes on. */
export interface ChainPoint {
  readonly state: ChainState
  readonly accounts: readonly GenesisAccount[]
  /** Of the blocks before, as the next one may ask for them. */
  readonly blockHashes: Iterable<readonly [bigint, Uint8Array]>
}

export class GenesisChain implements OwnChain {
  readonly config: ChainConfig
  readonly genesisHash: Uint8Array
  readonly isContinuous = true
  readonly #accounts: readonly GenesisAccount[]
  readonly #state: ChainState
  /** Of the newest blocks, as the next one may ask for them. */
  readonly #blockHashes: Map<bigint, Uint8Array>
  #isLoaded = false

  private constructor(config: ChainConfig, genesisHash: Uint8Array, point: ChainPoint) {
    this.config = config
    this.genesisHash = genesisHash
    this.#accounts = point.accounts
    this.#state = point.state
    this.#blockHashes = new Map(point.blockHashes)
    const { header, hash } = point.state.head
    this.#blockHashes.set(header.number, hash)
  }

  /** The trie is the chain's from here on. */
  static create(genesis: Genesis, trie: StateTrie): GenesisChain {
    const state = ChainState.fromGenesis(genesis, trie)
    const point = { state, accounts: genesis.alloc, blockHashes: [] }
    return new GenesisChain(genesis.config, state.head.hash, point)
  }

  /** Goes on behind a block; the trie holds the state there, `accounts` what is known of it. */
  static behind(config: ChainConfig, genesisHash: Uint8Array, point: ChainPoint): GenesisChain {
    return new GenesisChain(config, genesisHash, point)
  }

  async begin(context: BlockContext, engine: Engine): Promise<Difference | undefined> {
    const { timestamp } = this.#state.head.header
    if (context.timestamp <= timestamp) {
      const location = { kind: 'context', field: 'timestamp' } as const
      return difference('context', location, `above ${timestamp}`, context.timestamp)
    }
    const found = contextDifference(this.#expectedContext(context), context)
    if (found !== undefined || this.#isLoaded) return found
    await engine.loadState(this.#accounts)
    this.#isLoaded = true
    return undefined
  }

  witness(touched: Touched, engine: Engine): WitnessAccount[] {
    return takeWitness(engine, touched)
  }

  async finish({ header }: BlockSealed, engine: Engine): Promise<Difference | undefined> {
    const stateRoot = await engine.stateRoot()
    if (!equalBytes(stateRoot, header.stateRoot)) {
      const location = { kind: 'header', field: 'stateRoot' } as const
      return difference('header', location, stateRoot, header.stateRoot)
    }
    const broken = brokenRule(header, this.#state.head.header, this.config)
    if (broken !== undefined) return broken
    await engine.applyBlock()
    this.#state.advance(header)
    this.#blockHashes.set(header.number, this.#state.head.hash)
    this.#blockHashes.delete(header.number - BLOCK_HASH_COUNT)
    return undefined
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
function brokenRule(header: Header, parent: Header, config: ChainConfig): Difference | undefined {
  try {
    validateHeader(header, parent, config)
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    const location = { kind: 'header', field: error.reason } as const
    return difference('header', location, 'a valid header', error.details)
  }
}
