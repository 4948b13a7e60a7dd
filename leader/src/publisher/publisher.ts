/** The leader's end of the stream: one chain of messages, signed frames, and the server they go to. */

import type { NatsPublisherStats, NatsTarget } from '@shredcast/protocol/nats/nats-publisher'
import { NatsPublisher } from '@shredcast/protocol/nats/nats-publisher'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { FramePublisherOptions } from '@shredcast/protocol/server/frame-publisher'
import { createFramePublisher } from '@shredcast/protocol/server/frame-publisher'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { SnapshotSourceOptions } from '@shredcast/protocol/snapshot/snapshot-source'
import { FolderSnapshots } from '@shredcast/protocol/snapshot/snapshot-source'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { ShredLog } from '@shredcast/shared/store/repositories/shred-log'
import { LogGate } from './log-gate.ts'
import { LoggedFrames, tipOfLog } from './logged-stream.ts'

export interface PublisherOptions {
  readonly chainId: bigint
  readonly genesisHash: Uint8Array
  /** What executes; a follower must execute with the same. */
  readonly engine: string
  readonly host: string
  readonly port: number
  readonly token?: string
  /** Default 1000. */
  readonly maxSubscribers?: number
  /** 32 bytes; default: random, so that the key lives as long as the process. */
  readonly signingSeed?: Uint8Array
  /** The stream goes on where the log ends, and a message is in the log before it is sent. */
  readonly log?: ShredLog
  /** Of the log's chain, whose snapshots are served. */
  readonly snapshots?: Pick<SnapshotSourceOptions, 'path' | 'newest'>
  /** A NATS stream that every frame goes to as well. */
  readonly nats?: NatsTarget
  /** Called when the log cannot be read for a subscriber, which is cut. */
  readonly onLogUnreadable?: (error: unknown) => void
  /** Called when a frame is sent, with the `seq` of its last message. */
  readonly onSent?: (lastSeq: number) => void
}

export interface Publisher {
  readonly url: string
  /** Ed25519 public key, 32 bytes. */
  readonly leaderKey: Uint8Array
  /** Returns the message's `seq`. */
  publish(draft: MessageDraft): number
  /** Sends what is queued; resolves when all of it is in the log and on its way. */
  flush(): Promise<void>
  /** Rejects when the log has failed, from where on nothing is sent; never resolves. */
  readonly failed: Promise<never>
  stats(): ReturnType<StreamServer['stats']>
  /** Undefined unless there is a NATS stream. */
  natsStats(): NatsPublisherStats | undefined
  subscribers(): ReturnType<StreamServer['subscribers']>
  /** Sends what is queued, then disconnects all subscribers. */
  close(): Promise<void>
}

export async function createPublisher(options: PublisherOptions): Promise<Publisher> {
  const { chainId, genesisHash, engine, host, port, token, maxSubscribers, log } = options
  const signer = createFrameSigner(options.signingSeed)
  const tip = log && tipOfLog(log)
  const snapshots = log && snapshotsOf(options, new LoggedFrames(log, signer))
  const identity = { chainId, genesisHash, leaderKey: signer.publicKey, engine }
  const server = await createStreamServer({
    identity,
    host,
    port,
    ...(token !== undefined && { token }),
    ...(maxSubscribers !== undefined && { maxSubscribers }),
    ...(log && tip && { tip, archive: new LoggedFrames(log, signer) }),
    ...(snapshots && { snapshots }),
    ...(options.onLogUnreadable && { onArchiveFailure: options.onLogUnreadable }),
  })
  const nats =
    options.nats &&
    new NatsPublisher({
      ...options.nats,
      identity,
      ...(log && tip && { tip, archive: new LoggedFrames(log, signer) }),
    })
  const send = (frame: PublishedFrame) => {
    server.publish(frame)
    nats?.publish(frame)
    options.onSent?.(frame.lastSeq)
  }
  const outlet = outletOf(send, log)
  const frames = createFramePublisher({
    chain: new MessageChain(tip),
    signer,
    publish: outlet.pass,
  })
  return {
    url: server.url,
    leaderKey: signer.publicKey,
    publish: (draft) => frames.append(draft).seq,
    async flush() {
      frames.flush()
      await outlet.settled()
    },
    failed: outlet.failed,
    stats: () => server.stats(),
    natsStats: () => nats?.stats(),
    subscribers: () => server.subscribers(),
    async close() {
      frames.close()
      // Whatever the log failed with was told by `failed`.
      await outlet.settled().catch(() => {})
      await Promise.all([server.close(), nats?.close(), snapshots?.close()])
    },
  }
}

function snapshotsOf(
  { snapshots }: PublisherOptions,
  frames: LoggedFrames,
): FolderSnapshots | undefined {
  if (snapshots === undefined) return undefined
  const frameAt = (seq: number) => frames.frameAt(seq, seq + 1)?.bytes
  return new FolderSnapshots({ ...snapshots, frameAt })
}

interface Outlet {
  readonly pass: FramePublisherOptions['publish']
  settled(): Promise<void>
  readonly failed: Promise<never>
}

/** Where frames leave: through the log, or at once. */
function outletOf(send: (frame: PublishedFrame) => void, log: ShredLog | undefined): Outlet {
  if (log === undefined) {
    const pass: Outlet['pass'] = (frame) => send(frame)
    return { pass, settled: async () => {}, failed: new Promise(() => {}) }
  }
  const gate = new LogGate(log, send)
  return {
    pass: (frame, messages) => gate.pass(frame, messages),
    settled: () => gate.settled(),
    failed: gate.failed,
  }
}
