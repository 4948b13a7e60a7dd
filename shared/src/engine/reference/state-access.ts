/**
 * The reference executor's view of state: what it asks of multi-version memory, and what it hands
 * back. Everything is synchronous: a read either answers, or throws `EstimateReadError` because the
 * value is being computed by a lower transaction, and the whole execution is abandoned.
 *
 * Each location is asked for at most once per execution (the executor caches), and every answer is
 * part of the execution's read set.
 */

/** Bytecode with its hash, shared by all accounts that carry it; `bytes` must not be mutated. */
export interface CodeRef {
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
}

export interface StateAccess {
  /** Balance in wei, with the deltas of lower transactions folded in. */
  balance(address: Uint8Array): bigint
  nonce(address: Uint8Array): bigint
  /**
   * `undefined`: no such account is recorded (from Spurious Dragon on it may still hold a balance
   * that a lazy credit gave it in this block). Empty bytes: it exists without code.
   */
  code(address: Uint8Array): CodeRef | undefined
  /** Value of a storage slot, 32 bytes big-endian; `key` is 32 bytes. Valid until it is mutated by nobody. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  /** True when the account has storage although it has neither code nor nonce (EIP-7610). */
  hasOrphanStorage(address: Uint8Array): boolean
  /**
   * Declares that the execution is only valid if the account's nonce is `nonce` when its turn to
   * commit comes. Nothing is read now.
   */
  expectNonce(address: Uint8Array, nonce: bigint): void
}

/** A balance that was changed without being read: `post = pre + amount`, valid if `pre >= required`. */
export interface BalanceDeltaWrite {
  readonly amount: bigint
  /** Least balance (wei) that must be there before the transaction; 0 for a credit. */
  readonly required: bigint
}

/** Writes of one account by one execution; an absent field is not written. */
export interface AccountWrites {
  readonly address: Uint8Array
  /** Post-value when the balance was read, else a delta. */
  readonly balance?: bigint | BalanceDeltaWrite
  readonly nonce?: bigint
  /** Empty bytes: exists without code. `null`: the account is deleted. */
  readonly code?: Uint8Array | null
  /** SELFDESTRUCT: every older slot value is void. */
  readonly storageCleared?: true
  /** Slots whose value differs from what it was before the transaction. */
  readonly slots: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
}
