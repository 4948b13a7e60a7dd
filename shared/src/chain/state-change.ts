/**
 * State as a shred carries it: post-values of one transaction, the deltas among them, and the
 * locations it read. A location is finer than an account (see ARCHITECTURE, section 3): `balance`,
 * `nonce`, `code`, `slot` and `storageEpoch`.
 */

/** One written slot: both 32 bytes, big-endian; a zero value deletes it. */
export interface SlotChange {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** A lazy update: the signed amount that was added without reading the slot. */
  readonly delta?: bigint
}

/** Post-values of one account after one transaction; an absent field did not change. */
export interface StateChange {
  readonly address: Uint8Array
  readonly balance?: bigint
  readonly nonce?: bigint
  /** Empty bytes: the account exists without code. `null`: the account is deleted. */
  readonly code?: Uint8Array | null
  /** True when SELFDESTRUCT emptied the storage; the slots below are written after that. */
  readonly storageCleared?: true
  /** In ascending order of key. */
  readonly slots: readonly SlotChange[]
}

/** A lazy balance update: `amount` (wei, signed) was added without reading the balance. */
export interface BalanceDelta {
  readonly address: Uint8Array
  readonly amount: bigint
}

/** Locations of one account that a transaction read. */
export interface StateRead {
  readonly address: Uint8Array
  /** Sum of READ_BALANCE, READ_NONCE, READ_CODE, READ_STORAGE_EPOCH. */
  readonly fields: number
  /** Slot keys, 32 bytes, ascending. */
  readonly slots: readonly Uint8Array[]
}

export const READ_BALANCE = 1
export const READ_NONCE = 2
export const READ_CODE = 4
export const READ_STORAGE_EPOCH = 8

/** Everything one transaction did to the state. Accounts are in ascending order of address. */
export interface StateDiff {
  readonly changes: readonly StateChange[]
  /** The balance changes above that were deltas. */
  readonly deltas: readonly BalanceDelta[]
  readonly reads: readonly StateRead[]
}
