/**
 * A follower put together: its own chain and engine, the leader's stream, and between them the intake
 * that verifies every block. It ends at the first divergence.
 */

import { readFile } from 'node:fs/promises'
import { consume } from '@shredcast/protocol/client/consume'
import { EquivocationError } from '@shredcast/protocol/client/equivocation-error'
import type { StreamClient } from '@shredcast/protocol/client/stream-client'
import { StreamClosedError } from '@shredcast/protocol/client/stream-errors'
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
import { BlockIntake } from '../ingest/block-intake.ts'
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
  try {
    const hello = await client.hello
    checkHello(hello, own, options)
    options.onConnected?.(hello, await trustOf(hello, options))
    await Promise.race([consume(client, (received) => intake.take(received)), intake.failure])
  } catch (error) {
    if (signal.aborted && error instanceof StreamClosedError) return
    if (error instanceof EquivocationError) throw await kept(error, options)
    throw error instanceof DivergenceError ? await reported(error, client, options) : error
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

async function reported(
  error: DivergenceError,
  client: StreamClient,
  { reportFolder, onDivergence }: FollowerOptions,
): Promise<FollowerDivergedError> {
  // Both execute with the same engine, or they would not have begun.
  const { leaderKey, engine } = await client.hello
  const follower = { engine, version: await packageVersion() }
  const report = divergenceReport(error.divergence, { leaderKey, follower })
  const path = await writeReport(reportFolder, report)
  onDivergence?.(report, path)
  return new FollowerDivergedError(error.shortMessage, report, path)
}

async function packageVersion(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string }
  return version
}
