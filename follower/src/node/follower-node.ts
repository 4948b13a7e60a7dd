/**
 * A follower put together: its own chain and engine, the leader's stream, and between them the intake
 * that verifies every block. It ends at the first divergence.
 */

import { readFile } from 'node:fs/promises'
import { consume } from '@shredcast/protocol/client/consume'
import { EquivocationError } from '@shredcast/protocol/client/equivocation-error'
import { StreamClosedError } from '@shredcast/protocol/client/stream-errors'
import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import { openStream } from '@shredcast/protocol/nats/open-stream'
import { equivocationEvidence, writeEvidence } from '@shredcast/protocol/trust/equivocation'
import type { Trust } from '@shredcast/protocol/trust/known-leaders'
import { checkKnownLeader } from '@shredcast/protocol/trust/known-leaders'
import type { Hello } from '@shredcast/protocol/wire/control-messages'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { DivergenceError } from '../apply/divergence.ts'
import { divergenceReport, writeReport } from '../apply/divergence-report.ts'
import { FixtureChain } from '../chain/fixture-chain.ts'
import { GenesisChain } from '../chain/genesis-chain.ts'
import type { OwnChain } from '../chain/own-chain.ts'
import { BlockFrames } from '../ingest/block-frames.ts'
import { BlockIntake } from '../ingest/block-intake.ts'
import { touchedBy } from '../verify/touched.ts'
import type { FollowerOptions } from './follower-options.ts'
import {
  FollowerDivergedError,
  FollowerEquivocationError,
  StreamStartError,
  WrongChainError,
  WrongEngineError,
} from './follower-options.ts'

export interface Follower {
  /**
   * Follows the leader until the signal fires or `close` is called; once.
   * @throws FollowerDivergedError, WrongChainError, StreamStartError, StreamError, EngineHaltedError
   */
  run(signal: AbortSignal): Promise<void>
  /** Ends `run` and waits for it. */
  close(): Promise<void>
}

export function createFollower(options: FollowerOptions): Follower {
  const closing = new AbortController()
  let running: Promise<void> = Promise.resolve()
  return {
    run(signal) {
      const run = runFollower(options, AbortSignal.any([signal, closing.signal]))
      running = run.catch(() => {})
      return run
    },
    async close() {
      closing.abort()
      await running
    },
  }
}

async function runFollower(options: FollowerOptions, signal: AbortSignal): Promise<void> {
  const { source } = options
  const known = source.type === 'genesis' ? source.genesis : await FixtureChain.find(source.paths)
  if (signal.aborted) return
  const engine = await createEngine({ ...options, config: known.config })
  try {
    const chain = known instanceof FixtureChain ? known : GenesisChain.create(known, engine.trie)
    await followStream(options, { chain, engine }, signal)
  } finally {
    await engine.close()
  }
}

async function followStream(
  options: FollowerOptions,
  own: { readonly chain: OwnChain; readonly engine: Engine },
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const client = connect(options)
  const close = () => client.close()
  signal.addEventListener('abort', close)
  const intake = new BlockIntake({ ...options, ...own })
  const frames = new BlockFrames()
  const take = (received: ReceivedMessage) => {
    frames.add(received)
    return intake.take(received)
  }
  try {
    const hello = await client.hello
    checkHello(hello, own, options)
    options.onConnected?.(hello, await trustOf(hello, options))
    await Promise.race([consume(client, take), intake.failure])
  } catch (error) {
    if (signal.aborted && error instanceof StreamClosedError) return
    if (error instanceof EquivocationError) throw await kept(error, options)
    if (!(error instanceof DivergenceError)) throw error
    await intake.abandon()
    throw await reported(error, await client.hello, { ...options, ...own, frames })
  } finally {
    signal.removeEventListener('abort', close)
    close()
    await intake.abandon()
  }
}

function connect({ url, from = 'oldest', leaderKey, token, ...options }: FollowerOptions) {
  const client = openStream(url, {
    role: 'follower',
    from,
    reconnect: { initially: false },
    ...(leaderKey !== undefined && { leaderKey }),
    ...(token !== undefined && { token }),
  })
  client.state$.subscribe((state) => {
    if (state.status === 'waiting') options.onDisconnected?.(state.error, state.delayMs)
  })
  return client
}

/** @throws WrongChainError, WrongEngineError, StreamStartError */
function checkHello(
  hello: Hello,
  { chain, engine }: { readonly chain: OwnChain; readonly engine: Engine },
  { from = 'oldest' }: FollowerOptions,
): void {
  if (hello.chainId !== chain.config.chainId || !equalBytes(hello.genesisHash, chain.genesisHash)) {
    throw new WrongChainError(chain, hello)
  }
  if (hello.engine !== engine.name) throw new WrongEngineError(engine.name, hello)
  const firstSeq = firstSeqOf(from, hello)
  if (chain.isContinuous && firstSeq !== 0) throw new StreamStartError(firstSeq)
}

/** @throws LeaderKeyChangedError, KnownLeadersFileError */
async function trustOf(hello: Hello, { leaderKey, knownLeaders }: FollowerOptions): Promise<Trust> {
  if (leaderKey !== undefined) return 'pinned'
  return knownLeaders === undefined ? 'first use' : checkKnownLeader(knownLeaders, hello)
}

async function kept(error: EquivocationError, { reportFolder }: FollowerOptions) {
  const path = await writeEvidence(reportFolder, equivocationEvidence(error))
  return new FollowerEquivocationError(error, path)
}

function firstSeqOf(from: NonNullable<FollowerOptions['from']>, hello: Hello): number {
  if (from === 'oldest') return hello.oldestSeq
  if (from === 'live') return hello.nextSeq
  return typeof from === 'number' ? from : from.nextSeq
}

interface Reporting extends Pick<FollowerOptions, 'reportFolder' | 'onDivergence'> {
  readonly chain: OwnChain
  readonly engine: Engine
  readonly frames: BlockFrames
}

/** No block is open any more. */
async function reported(
  { divergence, ownDiffs, shortMessage }: DivergenceError,
  hello: Hello,
  { chain, engine, frames, reportFolder, onDivergence }: Reporting,
): Promise<FollowerDivergedError> {
  // Both execute with the same engine, or they would not have begun.
  const follower = { engine: hello.engine, version: await packageVersion() }
  const report = divergenceReport(
    divergence,
    { ...hello, follower },
    {
      frames: frames.upTo(divergence.received.message.seq),
      accounts: chain.witness(touchedBy(ownDiffs), engine),
    },
  )
  const path = await writeReport(reportFolder, report)
  onDivergence?.(report, path)
  return new FollowerDivergedError(shortMessage, report, path)
}

async function packageVersion(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string }
  return version
}
