/**
 * A follower put together: its own chain and engine, the leader's stream, between them the intake that
 * verifies every block, and whom it serves. It ends at the first divergence, not because the leader is
 * away.
 */

import { readFile } from 'node:fs/promises'
import { consume } from '@shredcast/protocol/client/consume'
import { EquivocationError } from '@shredcast/protocol/client/equivocation-error'
import type { MessageStream } from '@shredcast/protocol/client/stream-client'
import { StreamClosedError } from '@shredcast/protocol/client/stream-errors'
import type { ReceivedMessage, StreamStart } from '@shredcast/protocol/client/stream-reader'
import { openStream } from '@shredcast/protocol/nats/open-stream'
import { equivocationEvidence, writeEvidence } from '@shredcast/protocol/trust/equivocation'
import type { Trust } from '@shredcast/protocol/trust/known-leaders'
import { checkKnownLeader } from '@shredcast/protocol/trust/known-leaders'
import type { Hello } from '@shredcast/protocol/wire/control-messages'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { DivergenceError } from '../apply/divergence.ts'
import { divergenceReport, writeReport } from '../apply/divergence-report.ts'
import { BlockFrames } from '../ingest/block-frames.ts'
import { BlockIntake } from '../ingest/block-intake.ts'
import { FrameIntake } from '../ingest/frame-intake.ts'
import { StreamLag } from '../ingest/stream-lag.ts'
import { touchedBy } from '../verify/touched.ts'
import type { FollowerOptions } from './follower-options.ts'
import {
  FollowerDivergedError,
  FollowerEquivocationError,
  StreamStartError,
  WrongChainError,
  WrongEngineError,
} from './follower-options.ts'
import type { FollowerParts } from './follower-parts.ts'
import { openFollowerParts } from './follower-parts.ts'
import { FollowerService } from './follower-service.ts'

export interface Follower {
  /**
   * Follows the leader until the signal fires or `close` is called; once.
   * @throws FollowerDivergedError, WrongChainError, StreamStartError, StreamError, EngineHaltedError
   * @throws ListenError, and what opening the data folder throws
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
  if (signal.aborted) return
  const parts = await openFollowerParts(options)
  try {
    await new FollowerRun(options, parts).run(signal)
  } finally {
    await parts.close()
  }
}

class FollowerRun {
  readonly #options: FollowerOptions
  readonly #parts: FollowerParts
  readonly #service: FollowerService
  readonly #lag = new StreamLag()
  readonly #blocks: BlockIntake
  readonly #frames: FrameIntake
  readonly #blockFrames = new BlockFrames()
  readonly #startedMs = performance.now()
  #client: MessageStream | undefined
  #leaderKey: Uint8Array | undefined

  constructor(options: FollowerOptions, parts: FollowerParts) {
    const { folder } = parts
    const service = new FollowerService(options, parts, () => {
      return this.#client?.staleness().ageMs ?? performance.now() - this.#startedMs
    })
    this.#options = options
    this.#parts = parts
    this.#service = service
    this.#leaderKey = folder?.leaderKey
    this.#blocks = new BlockIntake({
      ...options,
      ...parts,
      lag: this.#lag,
      onVerified: (message) => {
        const { type } = message
        if (type === 'blockSealed' || type === 'chainReverted') this.#sealed(message.seq)
        service.verified(message)
        this.#frames.verified(message.seq)
        if (message.type === 'shred') options.onShred?.(message)
      },
    })
    this.#frames = new FrameIntake({
      take: (received) => this.#take(received),
      ...(folder && { folder: folder.received }),
      hasMore: (seq) => this.#lag.isKnownBehind(seq),
      pass: (frame) => service.pass(frame),
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#service.open()
      await Promise.race([this.#follow(signal), this.#blocks.failure])
    } catch (error) {
      if (error instanceof EquivocationError) throw await this.#kept(error)
      if (!(error instanceof DivergenceError)) throw error
      await this.#blocks.abandon()
      throw await this.#reported(error)
    } finally {
      await this.#blocks.abandon()
      await this.#service.close()
    }
  }

  #take(received: ReceivedMessage): Promise<void> {
    this.#blockFrames.add(received)
    return this.#blocks.take(received)
  }

  async #follow(signal: AbortSignal): Promise<void> {
    await this.#takeLogged(signal)
    if (signal.aborted) return
    if (this.#leaderKey !== undefined) await this.#service.listen(this.#leaderKey)
    const client = this.#connect()
    this.#client = client
    const close = () => client.close()
    signal.addEventListener('abort', close)
    try {
      await this.#greeted(await client.hello)
      await consume(client, (received) => {
        this.#options.onMessage?.(received.message.seq)
        return this.#frames.take(received)
      })
    } catch (error) {
      if (signal.aborted && error instanceof StreamClosedError) return
      throw error
    } finally {
      signal.removeEventListener('abort', close)
      close()
    }
  }

  /** What was received before, and whose blocks are not in the folder. */
  async #takeLogged(signal: AbortSignal): Promise<void> {
    const { seal, frames = [] } = this.#parts.folder?.logged ?? {}
    if (seal !== undefined) this.#blockFrames.add(seal)
    for (const { frame, messages } of frames) {
      if (signal.aborted) return
      await this.#frames.takeStored(frame, messages)
    }
    await this.#frames.drained()
  }

  #connect(): MessageStream {
    const { url, token, leaderKey = this.#leaderKey, onDisconnected, onResumed } = this.#options
    const client = openStream(url, {
      role: 'follower',
      from: this.#start(),
      ...(leaderKey !== undefined && { leaderKey }),
      ...(token !== undefined && { token }),
    })
    this.#options.onStream?.(client)
    let isFirst = true
    client.state$.subscribe((state) => {
      if (state.status === 'waiting') onDisconnected?.(state.error, state.delayMs)
      if (state.status !== 'streaming') return
      this.#lag.heard(state.hello.nextSeq)
      if (!isFirst) onResumed?.(state.hello, this.#lag.messages)
      isFirst = false
    })
    return client
  }

  #sealed(seq: number): void {
    this.#parts.folder?.received.sealed(seq)
    if (this.#client === undefined) return
    const { seq: deliveredSeq, behind } = this.#client.staleness()
    this.#lag.heard(deliveredSeq + 1 + behind)
  }

  #start(): StreamStart {
    const { from = 'auto' } = this.#options
    if (this.#parts.tip !== undefined) return this.#parts.tip
    return from === 'auto' ? 'oldest' : from
  }

  async #greeted(hello: Hello): Promise<void> {
    this.#check(hello)
    const { folder } = this.#parts
    const trust = await this.#trustOf(hello)
    if (this.#leaderKey === undefined) {
      this.#leaderKey = hello.leaderKey
      await folder?.settleLeader(hello.leaderKey)
      await this.#service.listen(hello.leaderKey)
    }
    this.#options.onConnected?.(hello, trust)
  }

  /** @throws LeaderKeyChangedError, KnownLeadersFileError */
  async #trustOf(hello: Hello): Promise<Trust> {
    const { leaderKey, knownLeaders } = this.#options
    if (leaderKey !== undefined) return 'pinned'
    if (knownLeaders !== undefined) return checkKnownLeader(knownLeaders, hello)
    return this.#leaderKey === undefined ? 'first use' : 'known'
  }

  async #kept(error: EquivocationError): Promise<FollowerEquivocationError> {
    const evidence = equivocationEvidence(error)
    const path = await writeEvidence(this.#options.reportFolder, evidence)
    return new FollowerEquivocationError(error, path)
  }

  /** @throws WrongChainError, WrongEngineError, StreamStartError */
  #check(hello: Hello): void {
    const { chain, engine, tip } = this.#parts
    const isOwnChain = hello.chainId === chain.config.chainId
    if (!isOwnChain || !equalBytes(hello.genesisHash, chain.genesisHash)) {
      throw new WrongChainError(chain, hello)
    }
    if (hello.engine !== engine.name) throw new WrongEngineError(engine.name, hello)
    if (tip === undefined) return
    const { from = 'auto' } = this.#options
    const firstSeq = from === 'auto' ? tip.nextSeq : firstSeqOf(from, hello)
    if (firstSeq !== tip.nextSeq) throw new StreamStartError(firstSeq, tip.nextSeq)
  }

  /** No block is open any more. */
  async #reported(error: DivergenceError): Promise<FollowerDivergedError> {
    const { reportFolder, onDivergence } = this.#options
    const { engine, chain } = this.#parts
    const { divergence, ownDiffs } = error
    const follower = { engine: engine.name, version: await packageVersion() }
    // A message that diverges came from a leader that is known.
    const leaderKey = this.#leaderKey!
    const { config, genesisHash } = chain
    const report = divergenceReport(
      divergence,
      { leaderKey, follower, chainId: config.chainId, genesisHash },
      {
        frames: this.#blockFrames.upTo(divergence.received.message.seq),
        accounts: chain.witness(touchedBy(ownDiffs), engine),
      },
    )
    const path = await writeReport(reportFolder, report)
    onDivergence?.(report, path)
    return new FollowerDivergedError(error.shortMessage, report, path)
  }
}

function firstSeqOf(from: StreamStart, hello: Hello): number {
  if (from === 'oldest') return hello.oldestSeq
  if (from === 'live') return hello.nextSeq
  return typeof from === 'number' ? from : from.nextSeq
}

async function packageVersion(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string }
  return version
}
