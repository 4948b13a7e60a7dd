/**
 * One point on which the leader's stream and this follower do not agree. `expected` is what the
 * follower came to, `got` is what the stream says; both are as shown to people and in reports: bytes
 * in hex, numbers in decimal, `null` where that side has nothing.
 */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'

export type DifferenceKind =
  /** A message is dropped, repeated, out of order, or counts wrongly. */
  | 'sequence'
  /** The block opens on another parent, fee or history than this follower's chain has. */
  | 'context'
  /** The transaction may not stand where the stream has it. */
  | 'invalidTransaction'
  | 'sender'
  /** Execution read what the shred does not list among its reads. */
  | 'undeclaredRead'
  | 'receipt'
  | 'log'
  | 'startingLogIndex'
  /** Execution wrote what the shred does not list. */
  | 'missingWrite'
  /** The shred lists a write that execution did not make. */
  | 'extraWrite'
  | 'wrongValue'
  /** A balance or slot was changed lazily on one side and not on the other, or by another amount. */
  | 'delta'
  | 'requests'
  /** The chain goes back to a block that was not verified, or to another state than was behind it. */
  | 'revert'
  /** The sealed header or its hash is not that of the block's content. */
  | 'header'

/** What the difference is about. */
export type DifferenceLocation =
  | {
      readonly kind: 'account' | 'balance' | 'nonce' | 'code' | 'storageEpoch'
      readonly address: Hex
    }
  | { readonly kind: 'slot'; readonly address: Hex; readonly key: Hex }
  /** `index` counts within the receipt. */
  | { readonly kind: 'log'; readonly index: number; readonly field: string }
  | { readonly kind: 'request'; readonly index: number }
  | {
      readonly kind: 'message' | 'context' | 'transaction' | 'receipt' | 'header'
      readonly field: string
    }

export interface Difference {
  readonly kind: DifferenceKind
  readonly location: DifferenceLocation
  readonly expected: string | null
  readonly got: string | null
}

export type Showable = Uint8Array | bigint | number | string | null | undefined

/** A value as differences have it. */
export function shown(value: Showable): string | null {
  if (value === undefined || value === null) return null
  return value instanceof Uint8Array ? bytesToHex(value) : String(value)
}

/** A difference between two values at one location. */
export function difference(
  kind: DifferenceKind,
  location: DifferenceLocation,
  expected: Showable,
  got: Showable,
): Difference {
  return { kind, location, expected: shown(expected), got: shown(got) }
}

/** The location in words. */
export function locationText(location: DifferenceLocation): string {
  switch (location.kind) {
    case 'slot':
      return `slot ${location.key} of ${location.address}`
    case 'log':
      return `log ${location.index} ${location.field}`
    case 'request':
      return `request ${location.index}`
    case 'account':
    case 'balance':
    case 'nonce':
    case 'code':
    case 'storageEpoch':
      return `${location.kind} of ${location.address}`
    default:
      return `${location.kind} ${location.field}`
  }
}

/** Only a development chain may say this. */
export function notAllowed(what: 'edits' | 'revert'): Difference {
  return difference('context', { kind: 'message', field: what }, 'nothing on this chain', what)
}
