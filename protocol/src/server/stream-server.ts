/**
 * The stream's server: accepts WebSocket connections, greets each with a Hello and sends every frame
 * it is given to all who subscribed. It neither makes nor reads frames, so a leader and a relay use
 * the same server.
 */

import type { AddressInfo } from 'node:net'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import { CLOSE_GOING_AWAY } from '../wire/close-codes.ts'
import type { Hello } from '../wire/control-messages.ts'
import { PROTOCOL_NAME, PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { createKeyHash } from '../wire/key-hash.ts'
import { MAX_CONTROL_BYTES, MAX_FILTER_PORTION_BYTES } from '../wire/limits.ts'
import type { ChainTip } from '../wire/message-chain.ts'
import { encodeControl } from '../wire/message-codec.ts'
import { CheckRounds } from './check-rounds.ts'
import { oldestSeqOf } from './delivery.ts'
import { FanOut } from './fan-out.ts'
import type { FrameArchive } from './frame-archive.ts'
import { ArchiveReader } from './frame-archive.ts'
import { FrameContentsCache } from './frame-contents.ts'
import type { PublishedFrame } from './frame-log.ts'
import { FrameLog } from './frame-log.ts'
import { OutgoingFrames } from './outgoing-frames.ts'
import type { SnapshotSource } from './snapshot-reader.ts'
import { SnapshotDesk } from './snapshot-reader.ts'
import type { StreamServerStats, SubscriberStats } from './stream-server-stats.ts'
import { createStreamServerStats } from './stream-server-stats.ts'
import type { SubscriberContext } from './subscriber.ts'
import { Subscriber } from './subscriber.ts'
import { tokenCheck } from './token-check.ts'

/** The server cannot listen where it was told to. */
export class ListenError extends BaseError {
  override readonly name = 'Server.ListenError'
}

/** Connections at a time, unless the server is told otherwise. */
export const DEFAULT_MAX_SUBSCRIBERS = 1000

/** What the stream is of; the rest of a Hello is known to the server. */
export type StreamIdentity = Pick<Hello, 'chainId' | 'genesisHash' | 'leaderKey' | 'engine'>

export interface StreamServerOptions {
  readonly identity: StreamIdentity
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 (default) takes any free port. */
  readonly port?: number
  /** When given, a subscriber must present it. */
  readonly token?: string
  /** Connections at a time, those not yet subscribed included. Default 1000. */
  readonly maxSubscribers?: number
  /** Frames kept for those who resume: bytes (default 256 MiB) and count (default 65536). */
  readonly logBytes?: number
  readonly logFrames?: number
  /** Bytes that may wait in one subscriber's socket; one frame more may be added. Default 4 MiB. */
  readonly maxBufferedBytes?: number
  /** From connection to Subscribe. Default 5000. */
  readonly handshakeTimeoutMs?: number
  /** Default 5000. Clients take silence of several intervals for a dead server. */
  readonly pingIntervalMs?: number
  /** A peer that answers no ping and takes no frame for so long is cut. Default 20000. */
  readonly peerTimeoutMs?: number
  /** For a closing connection, before it is broken off. Default 2000. */
  readonly closeTimeoutMs?: number
  /** Where the stream stands; default: before its first message. */
  readonly tip?: ChainTip
  /** Everything before the frames that are kept in memory. */
  readonly archive?: FrameArchive
  /** Absent: no snapshots are served. */
  readonly snapshots?: SnapshotSource
  /** What is told when the archive, or a snapshot, cannot be read; the subscriber is cut. */
  readonly onArchiveFailure?: (error: unknown) => void
  /** For the filters of all subscribers together. Default 256 MiB. */
  readonly maxFilterBytes?: number
  /** A relay's: how long ago it knew that it had everything. Default: 0 at any time. */
  readonly ageMs?: () => number
}

export interface StreamServer {
  readonly url: string
  readonly port: number
  /**
   * Sends a frame to all subscribers; it must continue the one before it.
   * @throws FrameOrderError
   */
  publish(frame: PublishedFrame): void
  /** A copy of the counters. */
  stats(): Readonly<StreamServerStats>
  /** Each subscriber as it is now. */
  subscribers(): SubscriberStats[]
  /** Sends what is buffered, closes every connection, and frees the port. */
  close(): Promise<void>
}

/**
 * Starts a server; resolves when it listens.
 * @throws ListenError
 */
export async function createStreamServer(options: StreamServerOptions): Promise<StreamServer> {
  const server = await listen(options.host ?? '127.0.0.1', options.port ?? 0)
  const context = subscriberContext(options)
  const { log, stats } = context
  const maxSubscribers = options.maxSubscribers ?? DEFAULT_MAX_SUBSCRIBERS
  const subscribers = new Set<Subscriber>()
  const fanOut = new FanOut(subscribers)

  server.on('connection', (socket: WebSocket, request) => {
    stats.connections++
    const subscriber = new Subscriber(socket, request.socket, context)
    socket.send(encodeControl(hello(options.identity, context)), { binary: true })
    if (subscribers.size >= maxSubscribers) {
      subscriber.refuse('full', `no place for another subscriber, limit ${maxSubscribers}`)
      return
    }
    subscribers.add(subscriber)
    stats.subscribers = subscribers.size
    socket.on('close', () => {
      subscribers.delete(subscriber)
      stats.subscribers = subscribers.size
    })
  })
  const checks = new CheckRounds(subscribers, options.pingIntervalMs ?? 5000)

  const { address, family, port } = server.address() as AddressInfo
  return {
    url: `ws://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    port,
    publish(frame) {
      log.append(frame)
      stats.frames++
      stats.messages += frame.lastSeq - frame.firstSeq + 1
      fanOut.wake()
    },
    stats: () => ({ ...stats, filterBytes: context.filterMemory.usedBytes }),
    subscribers: () => [...subscribers].map((subscriber) => subscriber.stats()),
    close() {
      checks.close()
      for (const subscriber of subscribers) {
        subscriber.send()
        subscriber.close(CLOSE_GOING_AWAY, 'server is closing')
      }
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function listen(host: string, port: number): Promise<WebSocketServer> {
  return new Promise((resolve, reject) => {
    const server = new WebSocketServer({
      host,
      port,
      // Clients say short things; shreds are mostly hashes and do not compress.
      maxPayload: MAX_FILTER_PORTION_BYTES + MAX_CONTROL_BYTES,
      perMessageDeflate: false,
      clientTracking: false,
    })
    server.once('listening', () => resolve(server))
    server.on('error', (cause) => {
      reject(new ListenError(`cannot listen on ${host}:${port}: ${cause.message}`, { cause }))
    })
  })
}

function subscriberContext(options: StreamServerOptions): SubscriberContext {
  const limits = {
    maxBytes: options.logBytes ?? 256 * 1024 * 1024,
    maxFrames: options.logFrames ?? 65_536,
  }
  const hash = createKeyHash()
  const stats = createStreamServerStats()
  const log = new FrameLog(limits, options.tip)
  const isTokenValid = tokenCheck(options.token)
  return {
    log,
    outgoing: new OutgoingFrames(log),
    archive: options.archive && new ArchiveReader(options.archive, stats),
    contents: new FrameContentsCache(hash),
    stats,
    filterMemory: {
      maxBytes: options.maxFilterBytes ?? 256 * 1024 * 1024,
      usedBytes: 0,
      hash,
    },
    maxBufferedBytes: options.maxBufferedBytes ?? 4 * 1024 * 1024,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 5000,
    peerTimeoutMs: options.peerTimeoutMs ?? 20_000,
    closeTimeoutMs: options.closeTimeoutMs ?? 2000,
    isTokenValid,
    snapshots: new SnapshotDesk({ source: options.snapshots, isTokenValid, stats }),
    ageMs: options.ageMs ?? (() => 0),
    onArchiveFailure: options.onArchiveFailure ?? (() => {}),
  }
}

function hello(identity: StreamIdentity, context: SubscriberContext): Hello {
  const { nextSeq, latestHash } = context.log.tip
  return {
    type: 'hello',
    protocol: PROTOCOL_NAME,
    version: PROTOCOL_VERSION,
    ...identity,
    nextSeq,
    oldestSeq: oldestSeqOf(context),
    latestHash,
  }
}
