/**
 * Whether a divergence report is right, from the report and the chain's genesis alone. The leader's
 * signatures say what the leader said; proofs against the state root of the block before, which the
 * leader signed too or which is the genesis, say what the state was. On that the block is executed
 * again as far as the report goes, as a follower does it, and must come to the same difference.
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Divergence } from '../apply/divergence.ts'
import { DivergenceError } from '../apply/divergence.ts'
import type { DivergenceReport } from '../apply/divergence-report.ts'
import { FixtureChain } from '../chain/fixture-chain.ts'
import type { OwnChain } from '../chain/own-chain.ts'
import { BlockIntake } from '../ingest/block-intake.ts'
import type { StateSource } from '../node/follower-options.ts'
import { chainBefore } from './chain-before.ts'
import { RefutedReportError } from './refuted-report.ts'
import { signedBlock } from './signed-block.ts'
import { missingFrom, touchedBy } from './touched.ts'
import { touchedOf } from './witness.ts'

/**
 * Resolves when the report is right.
 * @throws RefutedReportError when it is not, with the reason
 */
export async function verifyReport(report: DivergenceReport, source: StateSource): Promise<void> {
  try {
    await verify(report, source)
  } catch (cause) {
    if (!(cause instanceof BaseError) || cause instanceof RefutedReportError) throw cause
    // What the report holds is not what it should be: a signature, a message, a node of the state.
    throw new RefutedReportError(cause.shortMessage, { cause })
  }
}

async function verify(report: DivergenceReport, source: StateSource): Promise<void> {
  const block = signedBlock(report)
  const known = source.type === 'genesis' ? source.genesis : await FixtureChain.find(source.paths)
  const engine = await createEngine({ config: known.config, workers: 1, engine: engineOf(report) })
  try {
    const chain = known instanceof FixtureChain ? known : chainBefore(known, engine, report, block)
    const found = await firstDivergence(chain, engine, block.messages)
    if (found === undefined) throw new RefutedReportError('executed again, nothing differs')
    compare(report, found.divergence)
    if (chain.isContinuous) checkWholeness(report, found)
  } finally {
    await engine.close()
  }
}

async function firstDivergence(
  chain: OwnChain,
  engine: Engine,
  messages: readonly ReceivedMessage[],
): Promise<DivergenceError | undefined> {
  const intake = new BlockIntake({ engine, chain })
  try {
    for (const received of messages) await intake.take(received)
    await intake.settle()
    return undefined
  } catch (error) {
    if (error instanceof DivergenceError) return error
    throw error
  } finally {
    await intake.abandon()
  }
}

/** @throws RefutedReportError when what was found is not what is reported */
function compare(report: DivergenceReport, found: Divergence): void {
  const own = {
    blockNumber: String(found.blockNumber),
    shredIndex: found.place,
    seq: found.received.message.seq,
    kind: found.kind,
    location: found.location,
    expected: found.expected,
    got: found.got,
  }
  for (const [field, value] of Object.entries(own)) {
    const [expected, got] = [value, report[field as keyof typeof own]].map((each) => textOf(each))
    if (expected !== got) {
      throw new RefutedReportError(
        `executed again, ${field} is ${excerpt(expected)}, the report says ${excerpt(got)}`,
      )
    }
  }
}

/** Keys of an object in one order. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'nothing'
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function excerpt(text: string | undefined): string {
  return text === undefined || text.length <= 100 ? `${text}` : `${text.slice(0, 100)}...`
}

/**
 * What is not proven counts as nothing, so a report could hide what it leaves out.
 * @throws RefutedReportError
 */
function checkWholeness(report: DivergenceReport, { ownDiffs }: DivergenceError): void {
  const missing = missingFrom(touchedOf(report.accounts ?? []), touchedBy(ownDiffs))
  if (missing === undefined) return
  throw new RefutedReportError(`the report does not prove ${missing}, which the block touches`)
}

function engineOf({ follower }: DivergenceReport): EngineName {
  const { engine } = follower
  if (engine === 'inline' || engine === 'reference') return engine
  throw new RefutedReportError(`there is no engine ${engine}`)
}
