/**
 * What the two ends of one connection say about the stream. These are not part of it: they have no
 * `seq`, are not signed, and a relay speaks for itself.
 *
 *     server: Hello                       as soon as the connection is open
 *     client: FilterItems ...             when it wants to filter
 *     client: Subscribe                   once
 *     server: frames ...                  or Refused, and the connection closes
 *     server: Gap, Conflated              in the place of messages, as the policy says
 *     client: FilterItems, FilterDrop     at any time; answered by FilterChanged
 *     client: Ping                        answered by a Heartbeat, which also comes by itself
 *
 * or, on a connection of its own, one question after the other:
 *
 *     client: SnapshotAsk                 answered by SnapshotHead or SnapshotChunk
 *     server: Refused                     and the connection closes
 */

import type { SlotChange } from '@shredcast/shared/chain/state-change'
import type { FilterKind } from './filter-kinds.ts'

/** Changes with every change of a record, a field or a limit; both ends must have the same. */
export const PROTOCOL_VERSION = 5

export const PROTOCOL_NAME = 'shredcast'

export interface Hello {
  readonly type: 'hello'
  readonly protocol: typeof PROTOCOL_NAME
  readonly version: number
  readonly chainId: bigint
  /** Hash of the chain's first block: tells chains with the same id apart. */
  readonly genesisHash: Uint8Array
  /** Ed25519 public key of the leader whose frames these are, 32 bytes. */
  readonly leaderKey: Uint8Array
  /** The engine that executes, such as `reference`. */
  readonly engine: string
  /** `seq` of the message that comes next. */
  readonly nextSeq: number
  /** The oldest message that can still be asked for; `nextSeq` when there is none. */
  readonly oldestSeq: number
  /** Hash of message `nextSeq - 1`; 32 zero bytes before the first. */
  readonly latestHash: Uint8Array
}

export const SUBSCRIBER_ROLES = ['follower', 'relay', 'dapp', 'watch'] as const

export type SubscriberRole = (typeof SUBSCRIBER_ROLES)[number]

/**
 * What becomes of messages that a subscriber is too slow for, once it was up to date:
 *
 *     disconnect   nothing: they wait in the server's logs; it is cut when they are gone from there
 *     gap          dropped; a Gap says which
 *     conflate     merged into one Conflated, the newest value of each location
 */
export const DELIVERY_POLICIES = ['disconnect', 'gap', 'conflate'] as const

export type DeliveryPolicy = (typeof DELIVERY_POLICIES)[number]

/** Which messages about blocks a subscriber with filters gets: none, the seals, openings as well. */
export const BLOCK_CHOICES = ['none', 'sealed', 'all'] as const

export type BlockChoice = (typeof BLOCK_CHOICES)[number]

export interface Subscribe {
  readonly type: 'subscribe'
  readonly version: number
  /** First message wanted; absent: whatever comes next. */
  readonly fromSeq?: number
  readonly role: SubscriberRole
  readonly token?: string
  /** Hash of message `fromSeq - 1` as the client has it: another one is refused. */
  readonly prevHash?: Uint8Array
  /** Absent: `disconnect`. */
  readonly policy?: DeliveryPolicy
  /** Messages it may be behind before the policy acts; absent: 1024. */
  readonly queueMessages?: number
  /** Present: only shreds that pass one of the connection's filters, and these about blocks. */
  readonly blocks?: BlockChoice
}

/** Adds items to the filter of that name, which is made if it is not there. */
export interface FilterItems {
  readonly type: 'filterItems'
  readonly name: string
  readonly kind: FilterKind
  /** One after the other, each as long as its kind says. */
  readonly items: Uint8Array
}

export interface FilterDrop {
  readonly type: 'filterDrop'
  readonly name: string
}

/** After Subscribe: messages from `fromSeq` on are matched with the filter as it is now. */
export interface FilterChanged {
  readonly type: 'filterChanged'
  readonly name: string
  /** In all of its sets; 0 when it is gone. */
  readonly itemCount: number
  readonly fromSeq: number
}

export const REFUSAL_CODES = [
  'badRequest',
  'unauthorized',
  'wrongVersion',
  'tooOld',
  'ahead',
  'full',
  'otherChain',
  'filterTooLarge',
  'filtersFull',
  'noSnapshot',
] as const

export type RefusalCode = (typeof REFUSAL_CODES)[number]

export interface Refused {
  readonly type: 'refused'
  readonly code: RefusalCode
  /** For people. */
  readonly reason: string
  /** With `tooOld`, of a stream: the oldest message that can be asked for. */
  readonly oldestSeq?: number
}

/** Messages `fromSeq` to `nextSeq - 1` were dropped. */
export interface Gap {
  readonly type: 'gap'
  readonly fromSeq: number
  readonly nextSeq: number
}

/** Newest values of one account in the messages that were merged; an absent field did not change. */
export interface ConflatedAccount {
  readonly address: Uint8Array
  /** The newest message that changed it, where all of this can be read and proved. */
  readonly seq: number
  readonly balance?: bigint
  readonly nonce?: bigint
  /** As in `StateChange`. */
  readonly code?: Uint8Array | null
  readonly storageCleared?: true
  readonly slots: readonly SlotChange[]
}

/**
 * In the place of messages `fromSeq` to `nextSeq - 1`: the newest value of each location they changed.
 * Made by the server and not signed by the leader.
 */
export interface Conflated {
  readonly type: 'conflated'
  readonly fromSeq: number
  readonly nextSeq: number
  /** Messages that were merged, those left out by a filter not counted. */
  readonly messageCount: number
  /** In ascending order of address. */
  readonly accounts: readonly ConflatedAccount[]
}

/** Where the server is, and how much of it this subscriber was sent. */
export interface Heartbeat {
  readonly type: 'heartbeat'
  /** `seq` of the message that comes next. */
  readonly nextSeq: number
  /** Everything before was sent, or passed none of the subscriber's filters. */
  readonly sentSeq: number
  /** A relay: how long ago it knew that it had everything. A leader: 0. */
  readonly ageMs: number
  /** Of the Ping that this answers. */
  readonly ping?: number
}

export interface Ping {
  readonly type: 'ping'
  readonly ping: number
}

/** Without a block: which snapshot there is. With one: the chunk behind a place in its snapshot. */
export interface SnapshotAsk {
  readonly type: 'snapshotAsk'
  readonly version: number
  readonly token?: string
  /** Hash of the block. */
  readonly block?: Uint8Array
  /** The place (`shared/src/state/snapshot/snapshot-place.ts`); absent: before the first entry. */
  readonly after?: Uint8Array
}

/** The newest snapshot: which block it is of, and what proves that. */
export interface SnapshotHead {
  readonly type: 'snapshotHead'
  /** Signed by the leader; has the block's seal, or the message that made it the newest again. */
  readonly frame: Uint8Array
  /** RLP of headers, each the parent of the next: 256, or from the genesis on; the last the block's. */
  readonly headers: readonly Uint8Array[]
  /** About so many entries are to come. */
  readonly entryCount: number
}

export interface SnapshotChunk {
  readonly type: 'snapshotChunk'
  /** As it was asked for. */
  readonly after: Uint8Array
  /** Entries (`shared/src/state/snapshot/snapshot-entry.ts`). */
  readonly content: Uint8Array
  /** Keccak-256 of the content. */
  readonly checksum: Uint8Array
  readonly isLast?: true
}

export type ControlMessage =
  | Hello
  | Subscribe
  | Refused
  | Gap
  | Conflated
  | Heartbeat
  | Ping
  | FilterItems
  | FilterDrop
  | FilterChanged
  | SnapshotAsk
  | SnapshotHead
  | SnapshotChunk
