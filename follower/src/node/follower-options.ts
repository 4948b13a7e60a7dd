/** What a follower is started with, and how it can fail before its first block. */

import type { EquivocationError } from '@shredcast/protocol/client/equivocation-error'
import type { StreamClient } from '@shredcast/protocol/client/stream-client'
import type { StreamStart } from '@shredcast/protocol/client/stream-reader'
import type { NatsTarget } from '@shredcast/protocol/nats/nats-publisher'
import type { ChainRpcOptions } from '@shredcast/protocol/node-rpc/chain-rpc'
import type { Trust } from '@shredcast/protocol/trust/known-leaders'
import type { Hello } from '@shredcast/protocol/wire/control-messages'
import type { Shred } from '@shredcast/protocol/wire/messages'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import type { StoreOptions } from '@shredcast/shared/store/store'
import type { DivergenceReport } from '../apply/divergence-report.ts'
import type { OwnChain } from '../chain/own-chain.ts'
import type { BlockReport, ExecuteMode } from '../ingest/block-intake.ts'
import type { RelayServerOptions } from '../relay/relay.ts'
import type { SnapshotNews } from '../snapshot/take-snapshot.ts'

/** Where the follower's own state comes from. */
export type StateSource =
  | { readonly type: 'genesis'; readonly genesis: Genesis }
  /** Block fixtures of mainnet: files, or folders of them. */
  | { readonly type: 'fixtures'; readonly paths: readonly string[] }

/**
 * Where a chain that was followed before goes on is its own matter. Where it cannot, or has not begun:
 *
 *     auto       from message 0; from a snapshot when the leader no longer has the messages that are due
 *     genesis    from message 0, or not at all
 *     snapshot   from a snapshot
 */
export type FollowFrom = 'auto' | 'genesis' | 'snapshot' | StreamStart

/** Where the follower serves others. */
export interface ServedUrls {
  readonly relay?: string
  readonly rpc?: string
  /** The NATS stream that is published to, as it may be shown. */
  readonly publish?: string
}

/** Counters of the servers that there are, as they are when they are asked for. */
export interface ServedCounters {
  readonly relay: () => object | undefined
  readonly rpc: () => object | undefined
  readonly nats: () => object | undefined
}

export interface FollowerOptions {
  /** Address of the stream: ws://HOST:PORT of a leader or relay, or nats://HOST:PORT/STREAM. */
  readonly url: string
  readonly source: StateSource
  /** Worker threads, 1 to 63. */
  readonly workers: number
  readonly engine?: EngineName
  /** What is done with blocks; default `dag`. */
  readonly execute?: ExecuteMode
  /** Default `auto`: behind what the data folder has, else with the first message. */
  readonly from?: FollowFrom
  /** Where snapshots are had from; default: `url`, where that is a leader or relay. */
  readonly snapshotUrl?: string
  /** The data folder of a chain with a genesis; absent: nothing is kept. */
  readonly store?: StoreOptions
  readonly retention?: Retention
  /** Bytes of the folder's state that stay in memory from one block to the next. */
  readonly stateCacheBytes?: number
  /** Serves the stream on, of a chain with a genesis. */
  readonly relay?: RelayServerOptions
  /** A NATS stream that the frames go to, of a chain with a genesis. */
  readonly nats?: NatsTarget
  /** Serves JSON-RPC; needs the data folder. */
  readonly rpc?: FollowerRpcOptions
  /** Ed25519 key that must have signed the stream; default: the one in the first hello. */
  readonly leaderKey?: Uint8Array
  readonly token?: string
  /** Without `leaderKey`: the file that keeps the key of each chain's leader, once it is seen. */
  readonly knownLeaders?: string
  /** Where a divergence report, or evidence against the leader, is written. */
  readonly reportFolder: string
  /** The follower listens for others, if it was told to. */
  readonly onServing?: (urls: ServedUrls, counters: ServedCounters) => void
  /** The relay cannot read older frames; the subscriber that wanted them is cut. */
  readonly onArchiveFailure?: (error: unknown) => void
  /** The stream is this follower's chain and is about to be read. */
  readonly onConnected?: (hello: Hello, trust: Trust) => void
  /** A snapshot is being taken; nothing is served meanwhile. */
  readonly onSnapshot?: (news: SnapshotNews) => void
  /** The connection was lost; the stream is resumed where it was. */
  readonly onDisconnected?: (error: BaseError, retryInMs: number) => void
  /** The connection is there again, to a leader that has so many messages more. */
  readonly onResumed?: (hello: Hello, behind: number) => void
  /** The client of the leader's stream, for whoever watches it; before the first connection. */
  readonly onStream?: (client: WatchedStream) => void
  /** Called with the `seq` of each message, before it is taken. */
  readonly onMessage?: (seq: number) => void
  /** Called for each block that is verified, in order. */
  readonly onBlock?: (report: BlockReport) => void
  /** Called when a development chain went back to a block, whose root was right. */
  readonly onReverted?: (number: number) => void
  /** Called for each shred that agrees with its execution, in order. */
  readonly onShred?: (shred: Shred) => void
  /** Called before `run` rejects with `FollowerDivergedError`. */
  readonly onDivergence?: (report: DivergenceReport, path: string) => void
}

export interface FollowerRpcOptions extends Omit<ChainRpcOptions, 'config'> {
  /** URL of the JSON-RPC that takes transactions; absent: they are refused. */
  readonly leaderRpc?: string
}

/** What may be seen of the client. */
export type WatchedStream = Pick<StreamClient, 'state$' | 'stats' | 'staleness'>

/** The leader's stream is of another chain than the follower's own state. */
export class WrongChainError extends BaseError {
  override readonly name = 'Follower.WrongChainError'

  constructor(chain: Pick<OwnChain, 'config' | 'genesisHash'>, hello: Hello) {
    super(
      `the leader streams chain ${hello.chainId} with genesis ${bytesToHex(hello.genesisHash)}, ` +
        `this follower has chain ${chain.config.chainId} with genesis ` +
        `${bytesToHex(chain.genesisHash)}`,
    )
  }
}

/** What a transaction reads, and which updates are lazy, is the same only under the same engine. */
export class WrongEngineError extends BaseError {
  override readonly name = 'Follower.WrongEngineError'

  constructor(own: EngineName, hello: Hello) {
    super(
      `the leader executes with the ${hello.engine} engine, this follower with the ${own} one: ` +
        `start it with --engine ${hello.engine}`,
    )
  }
}

/** The stream cannot be read from where the follower's own state is. */
export class StreamStartError extends BaseError {
  override readonly name = 'Follower.StreamStartError'

  constructor(firstSeq: number, ownSeq: number) {
    super(
      `this follower goes on at message ${ownSeq} of the stream, but reading would start at message ` +
        `${firstSeq}: follow a leader or relay that still has the messages from ${ownSeq} on`,
    )
  }
}

/** The leader no longer has the messages that are due. */
export class BehindLogError extends BaseError {
  override readonly name = 'Follower.BehindLogError'

  constructor(ownSeq: number, oldestSeq: number) {
    super(`message ${ownSeq} is due here, and the oldest that the leader has is ${oldestSeq}`, {
      details: 'a data folder can begin with a snapshot: --from auto, or snapshot',
    })
  }
}

/** The folder follows another leader than the one that was asked for. */
export class WrongLeaderKeyError extends BaseError {
  override readonly name = 'Follower.WrongLeaderKeyError'

  constructor(known: Uint8Array, given: Uint8Array) {
    super(
      `the data folder follows leader ${bytesToHex(known)}, not ${bytesToHex(given)}: take another ` +
        'folder for another leader',
    )
  }
}

/** The leader signed two different messages for one `seq`; both are in the file. */
export class FollowerEquivocationError extends BaseError {
  override readonly name = 'Follower.FollowerEquivocationError'
  /** Of the file. */
  readonly path: string

  constructor({ shortMessage }: EquivocationError, path: string) {
    super(shortMessage, { details: `evidence: ${path}` })
    this.path = path
  }
}

/** The leader diverged; the report says where and how. */
export class FollowerDivergedError extends BaseError {
  override readonly name = 'Follower.FollowerDivergedError'
  readonly report: DivergenceReport
  /** Of the report's file. */
  readonly path: string

  constructor(line: string, report: DivergenceReport, path: string) {
    super(line, { details: `report: ${path}` })
    this.report = report
    this.path = path
  }
}
