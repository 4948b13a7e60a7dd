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
import type { Hello } from '@shredcast/protocol/wire/control-messages'
import { DivergenceError } from '../apply/divergence.ts'
import { divergenceReport, writeReport } from '../apply/divergence-report.ts'
import { BlockFrames } from '../ingest/block-frames.ts'
import { BlockIntake } from '../ingest/block-intake.ts'
import { FrameIntake } from '../ingest/frame-intake.ts'
import { StreamLag } from '../ingest/stream-lag.ts'
import { touchedBy } from '../verify/touched.ts'
import type { FollowerOptions, FollowFrom } from './follower-options.ts'
import {
  BehindLogError,
  FollowerDivergedError,
  FollowerEquivocationError,
  StreamStartError,
} from './follower-options.ts'
import type { FollowerParts } from './follower-parts.ts'
import { openFollowerParts } from './follower-parts.ts'
import { FollowerService } from './follower-service.ts'
import { checkChain, trustOf } from './leader-trust.ts'
import type { SnapshotCause } from './start-by-snapshot.ts'
import { isBehindLog, maySnapshot, snapshotAtStart, startBySnapshot } from './start-by-snapshot.ts'

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

/** In a row, where each is behind the log when it is loaded. */
const SNAPSHOTS_MAX = 3

async function runFollower(options: FollowerOptions, signal: AbortSignal): Promise<void> {
  let wanted = await snapshotAtStart(options)
  let takenCount = 0
  while (!signal.aborted) {
    if (wanted !== undefined) {
      await startBySnapshot(options, wanted, signal)
      takenCount++
    }
    if (signal.aborted) return
    const run = new FollowerRun(options, await openFollowerParts(options))
    try {
      await run.run(signal)
      return
    } catch (error) {
      if (run.hasVerified) takenCount = 0
      if (!isBehindLog(error) || !maySnapshot(options) || takenCount === SNAPSHOTS_MAX) throw error
      wanted = { ...run.place, reason: error.shortMessage }
    } finally {
      await run.close()
    }
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
  #hasVerified = false

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

  /** Where its folder ends. */
  get place(): Omit<SnapshotCause, 'reason'> {
    const { folder, tip } = this.#parts
    const leaderKey = this.#leaderKey
    return { leaderKey, ...(folder && tip && { nextSeq: tip.nextSeq }) }
  }

  /** Whether a block of the stream was verified. */
  get hasVerified(): boolean {
    return this.#hasVerified
  }

  close(): Promise<void> {
    return this.#parts.close()
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
    this.#hasVerified = true
    this.#parts.folder?.sealed(seq)
    if (this.#client === undefined) return
    const { seq: deliveredSeq, behind } = this.#client.staleness()
    this.#lag.heard(deliveredSeq + 1 + behind)
  }

  #start(): StreamStart {
    const { from = 'auto' } = this.#options
    if (this.#parts.tip !== undefined) return this.#parts.tip
    return from === 'auto' || from === 'genesis' || from === 'snapshot' ? 'oldest' : from
  }

  async #greeted(hello: Hello): Promise<void> {
    this.#check(hello)
    const { folder } = this.#parts
    const trust = await trustOf(this.#options, hello, this.#leaderKey)
    if (this.#leaderKey === undefined) {
      this.#leaderKey = hello.leaderKey
      await folder?.settleLeader(hello.leaderKey)
      await this.#service.listen(hello.leaderKey)
    }
    this.#options.onConnected?.(hello, trust)
  }

  async #kept(error: EquivocationError): Promise<FollowerEquivocationError> {
    const evidence = equivocationEvidence(error)
    const path = await writeEvidence(this.#options.reportFolder, evidence)
    return new FollowerEquivocationError(error, path)
  }

  /** @throws WrongChainError, WrongEngineError, StreamStartError, BehindLogError */
  #check(hello: Hello): void {
    const { chain, engine, tip } = this.#parts
    checkChain(hello, chain, engine.name)
    if (tip === undefined) return
    const firstSeq = firstSeqOf(this.#options.from ?? 'auto', tip.nextSeq, hello)
    if (firstSeq !== tip.nextSeq) throw new StreamStartError(firstSeq, tip.nextSeq)
    if (hello.oldestSeq > firstSeq) throw new BehindLogError(firstSeq, hello.oldestSeq)
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

function firstSeqOf(from: FollowFrom, ownSeq: number, hello: Hello): number {
  if (from === 'auto' || from === 'genesis' || from === 'snapshot') return ownSeq
  if (from === 'oldest') return hello.oldestSeq
  if (from === 'live') return hello.nextSeq
  return typeof from === 'number' ? from : from.nextSeq
}

async function packageVersion(): Promise<string> {
  const file = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(await readFile(file, 'utf8')) as { version: string }
  return version
}
