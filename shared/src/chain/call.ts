/**
 * A read-only call as its caller says it (`eth_call`): a message that is executed on the newest
 * committed state and leaves nothing behind. The names are those of JSON-RPC's transaction object,
 * state override and block override.
 */

import type { AccessListEntry } from './access-list.ts'
import type { Authorization } from './authorization.ts'

/** A message without signature. Amounts in wei, prices in wei for a unit of gas. */
export interface CallRequest {
  /** 20 bytes; default: the zero address. */
  readonly from?: Uint8Array | undefined
  /** 20 bytes; absent: the data are initcode. */
  readonly to?: Uint8Array | undefined
  /** Default, and at most: `CallOptions.gasLimit`. */
  readonly gas?: bigint | undefined
  /** Fee cap and priority fee in one; not together with them. */
  readonly gasPrice?: bigint | undefined
  readonly maxFeePerGas?: bigint | undefined
  readonly maxPriorityFeePerGas?: bigint | undefined
  readonly maxFeePerBlobGas?: bigint | undefined
  readonly value?: bigint | undefined
  readonly data?: Uint8Array | undefined
  readonly accessList?: readonly AccessListEntry[] | undefined
  /** 32 bytes each. */
  readonly blobVersionedHashes?: readonly Uint8Array[] | undefined
  readonly authorizationList?: readonly Authorization[] | undefined
}

/** What an account holds instead of what it does, from before the call. */
export interface StateOverride {
  /** 20 bytes. */
  readonly address: Uint8Array
  readonly balance?: bigint | undefined
  readonly nonce?: bigint | undefined
  readonly code?: Uint8Array | undefined
  /** The whole storage; not together with `stateDiff`. */
  readonly state?: readonly SlotOverride[] | undefined
  /** Some slots of it. */
  readonly stateDiff?: readonly SlotOverride[] | undefined
}

/** 32 bytes each. */
export interface SlotOverride {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** What the block says instead; its fork stays that of the open block. */
export interface BlockOverrides {
  readonly number?: bigint | undefined
  /** Seconds since 1970. */
  readonly time?: bigint | undefined
  readonly gasLimit?: bigint | undefined
  /** 20 bytes. */
  readonly feeRecipient?: Uint8Array | undefined
  /** 32 bytes. */
  readonly prevRandao?: Uint8Array | undefined
  readonly baseFeePerGas?: bigint | undefined
  readonly blobBaseFee?: bigint | undefined
}

export interface CallOptions {
  /** Each account once. */
  readonly stateOverrides?: readonly StateOverride[] | undefined
  readonly blockOverrides?: BlockOverrides | undefined
  /** The most gas that a call gets. Default: that of whoever executes. */
  readonly gasLimit?: bigint | undefined
  /** From the call's start, waiting for a place in a queue not counted. Default: the same. */
  readonly timeMs?: number | undefined
  /** Whether the result has the access list. Default: false. */
  readonly collectAccessList?: boolean | undefined
}
