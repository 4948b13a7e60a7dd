/**
 * A leader whose blocks come from fixtures: each is executed on its own pre-state, streamed, and
 * checked against its header. The state root of a fixture cannot be checked, since the pre-state has
 * no proofs.
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { HeaderDifference } from '@shredcast/shared/state/block-summary'
import { differencesFromHeader, summarizeBlock } from '@shredcast/shared/state/block-summary'
import type { FinishedBlock } from '../builder/block-builder.ts'
import { BlockBuilder } from '../builder/block-builder.ts'
import type { Publisher, PublisherOptions } from '../publisher/publisher.ts'
import { createPublisher } from '../publisher/publisher.ts'

export interface FixtureLeaderOptions
  extends Omit<PublisherOptions, 'chainId' | 'genesisHash' | 'engine'> {
  readonly config: ChainConfig
  readonly workers: number
  readonly engine?: EngineName
}

/** What a fixture's block came to. */
export interface FixtureResult {
  readonly number: bigint
  readonly fork: Hardfork
  readonly txs: number
  readonly gasUsed: bigint
  readonly shreds: number
  /** From the first execution to the last commit; no sender recovery, no roots. */
  readonly executeMs: number
  /** Incarnations thrown away. */
  readonly aborts: number
  readonly differences: readonly HeaderDifference[]
  /** `null` before Byzantium, whose receipts hold state roots. */
  readonly receiptsRootOk: boolean | null
}

/** A transaction of a fixture may not stand at its place: the fixture or the engine is wrong. */
export class InvalidFixtureError extends BaseError {
  override readonly name = 'Leader.InvalidFixtureError'
}

/** A fixture stream has no genesis. */
const NO_GENESIS_HASH = new Uint8Array(32)

export class FixtureLeader {
  readonly #engine: Engine
  readonly #config: ChainConfig
  readonly publisher: Publisher

  private constructor(engine: Engine, config: ChainConfig, publisher: Publisher) {
    this.#engine = engine
    this.#config = config
    this.publisher = publisher
  }

  static async create(options: FixtureLeaderOptions): Promise<FixtureLeader> {
    const engine = await createEngine(options)
    const { config } = options
    const { chainId } = config
    const identity = { chainId, genesisHash: NO_GENESIS_HASH, engine: engine.name }
    try {
      return new FixtureLeader(engine, config, await createPublisher({ ...options, ...identity }))
    } catch (error) {
      await engine.close()
      throw error
    }
  }

  /**
   * Executes and streams one fixture's block; its differences from the header are in the result.
   * @throws InvalidFixtureError, EngineHaltedError
   */
  async run(fixture: BlockFixture): Promise<FixtureResult> {
    const { header } = fixture
    const run = await executeFixture(this.#engine, this.#config, fixture, (draft) => {
      this.publisher.publish(draft)
    })
    const { block } = run
    this.publisher.publish({
      type: 'blockSealed',
      header,
      hash: headerHash(header),
      shredCount: block.transactions.length,
      diff: block.closing,
      requests: block.requests,
    })
    const summary = summarizeBlock({ ...block, withdrawals: block.context.withdrawals ?? [] })
    const differences = differencesFromHeader(header, summary)
    const rootDiffers = differences.some(({ field }) => field === 'receiptsRoot')
    return {
      number: header.number,
      fork: block.fork,
      txs: fixture.transactions.length,
      gasUsed: summary.gasUsed,
      shreds: block.transactions.length,
      executeMs: run.executeMs,
      aborts: run.aborts,
      differences,
      receiptsRootOk: summary.receiptsRoot === undefined ? null : !rootDiffers,
    }
  }

  async close(): Promise<void> {
    await this.publisher.close()
    await this.#engine.close()
  }
}

export interface FixtureExecution {
  readonly block: FinishedBlock
  readonly executeMs: number
  readonly aborts: number
}

/**
 * Executes a fixture's block on its pre-state.
 * @throws InvalidFixtureError when a transaction may not stand at its place; EngineHaltedError
 */
export async function executeFixture(
  engine: Engine,
  config: ChainConfig,
  fixture: BlockFixture,
  publish: (draft: MessageDraft) => void,
): Promise<FixtureExecution> {
  await engine.loadState(fixture.preState)
  const rejected: string[] = []
  const builder = await BlockBuilder.open(
    {
      engine,
      config,
      publish,
      onRejected: ({ txIndex, reason }) => {
        rejected.push(`transaction ${txIndex - 1}: ${reason}`)
      },
    },
    fixture.context,
  )
  builder.append(fixture.transactions)
  builder.close()
  await engine.sendersRecovered()
  const startedMs = performance.now()
  builder.execute()
  const block = await builder.finished
  const executeMs = performance.now() - startedMs
  if (rejected.length > 0) {
    throw new InvalidFixtureError(`block ${fixture.header.number} is invalid`, {
      details: rejected.join('; '),
    })
  }
  return { block, executeMs, aborts: engine.stats.aborts }
}
