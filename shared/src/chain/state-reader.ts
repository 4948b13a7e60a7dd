/** The state before a block, as execution and RPC read it: one account, slot or code at a time. */

export interface AccountState {
  readonly nonce: bigint
  /** In wei. */
  readonly balance: bigint
  /** Keccak-256 of the code; that of no bytes for an account without code. */
  readonly codeHash: Uint8Array
  /** Whether any slot differs from zero: EIP-7610 forbids creation over leftover storage. */
  readonly hasStorage: boolean
}

/** Answers at once, on the thread that asks. Returned bytes are the caller's. */
export interface StateReader {
  /** Undefined when the account does not exist. */
  account(address: Uint8Array): AccountState | undefined
  /** 32 bytes, big-endian; zero when nothing is stored there. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  /** Code by its hash. */
  code(hash: Uint8Array): Uint8Array
}

/** What a state shows to those who do not execute on it. */
export interface StateView {
  /** Undefined when the account does not exist. */
  account(address: Uint8Array): Omit<AccountState, 'hasStorage'> | undefined
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  code(hash: Uint8Array): Uint8Array
}
