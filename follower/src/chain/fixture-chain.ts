/**
 * Blocks of a real chain, each with its own pre-state from a fixture file: no block builds on another,
 * so they may come in any order. Their state roots cannot be computed from what a fixture has.
 */

import { basename } from 'node:path'
import type { BlockOpened, BlockSealed } from '@shredcast/protocol/wire/messages'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Engine } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Difference } from '../apply/difference.ts'
import { difference, notAllowed } from '../apply/difference.ts'
import { contextDifference } from './context-difference.ts'
import type { OwnChain } from './own-chain.ts'

/** The leader streams a block that the follower has no fixture of. */
export class UnknownBlockError extends BaseError {
  override readonly name = 'Follower.UnknownBlockError'

  constructor(number: bigint) {
    super(`the leader streams block ${number}, of which there is no fixture here`)
  }
}

export class FixtureChain implements OwnChain {
  readonly config: ChainConfig = MAINNET
  /** A stream of fixtures has no genesis. */
  readonly genesisHash: Uint8Array = new Uint8Array(32)
  readonly isContinuous = false
  readonly #paths: ReadonlyMap<bigint, string>
  /** The one read last: a leader may stream a block several times. */
  #fixture: BlockFixture | undefined

  private constructor(paths: ReadonlyMap<bigint, string>) {
    this.#paths = paths
  }

  /**
   * Finds the fixtures among files and folders; their content is read when it is needed.
   * @throws InvalidBlockFixtureError
   */
  static async find(paths: readonly string[]): Promise<FixtureChain> {
    const found = new Map<bigint, string>()
    for (const path of await listBlockFixtures(paths)) found.set(await numberOf(path), path)
    return new FixtureChain(found)
  }

  /** @throws UnknownBlockError, InvalidBlockFixtureError */
  async begin({ context, edits }: BlockOpened, engine: Engine): Promise<Difference | undefined> {
    if (edits !== undefined) return notAllowed('edits')
    const fixture = await this.#fixtureOf(context.number)
    const found = contextDifference(fixture.context, context)
    if (found === undefined) await engine.loadState(fixture.preState)
    return found
  }

  async finish(sealed: BlockSealed): Promise<Difference | undefined> {
    const { header } = await this.#fixtureOf(sealed.header.number)
    const expected = headerHash(header)
    if (equalBytes(expected, sealed.hash)) return undefined
    return difference('header', { kind: 'header', field: 'hash' }, expected, sealed.hash)
  }

  async revert(): Promise<Difference | undefined> {
    return notAllowed('revert')
  }

  witness(): undefined {
    return undefined
  }

  async #fixtureOf(number: bigint): Promise<BlockFixture> {
    if (this.#fixture?.header.number === number) return this.#fixture
    const path = this.#paths.get(number)
    if (path === undefined) throw new UnknownBlockError(number)
    this.#fixture = await readBlockFixture(path)
    return this.#fixture
  }
}

/** The number is in a fixture's usual name; a file of another name is read for it. */
async function numberOf(path: string): Promise<bigint> {
  const digits = /^(\d+)\.json(\.gz)?$/.exec(basename(path))?.[1]
  return digits === undefined ? (await readBlockFixture(path)).header.number : BigInt(digits)
}
