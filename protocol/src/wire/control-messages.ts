/**
 * What the two ends of one connection say about the stream. These are not part of it: they have no
 * `seq`, are not signed, and a relay speaks for itself.
 *
 *     server: Hello            as soon as the connection is open
 *     client: Subscribe        once, in answer
 *     server: frames ...       or Refused, and the connection closes
 */

/** Changes with every change of a record, a field or a limit; both ends must have the same. */
export const PROTOCOL_VERSION = 3

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

export interface Subscribe {
  readonly type: 'subscribe'
  readonly version: number
  /** First message wanted; absent: whatever comes next. */
  readonly fromSeq?: number
  readonly role: SubscriberRole
  readonly token?: string
}

export const REFUSAL_CODES = [
  'badRequest',
  'unauthorized',
  'wrongVersion',
  'tooOld',
  'ahead',
  'full',
] as const

export type RefusalCode = (typeof REFUSAL_CODES)[number]

export interface Refused {
  readonly type: 'refused'
  readonly code: RefusalCode
  /** For people. */
  readonly reason: string
  /** With `tooOld`: the oldest message that can be asked for. */
  readonly oldestSeq?: number
}

export type ControlMessage = Hello | Subscribe | Refused
