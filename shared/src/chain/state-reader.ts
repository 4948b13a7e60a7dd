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

export interface RecordedAccount extends AccountState {
  /** Exists by its own record, even empty; one that is not, only by its balance or nonce. */
  readonly isRecorded: boolean
}

export interface RecordedReader extends StateReader {
  account(address: Uint8Array): RecordedAccount | undefined
}

/** What a worker thread of the engine loads the state from, where it is not cached. */
export interface BaseReader extends RecordedReader {
  close(): Promise<void>
}

/** How a thread gets its reader: by the function of a module, `openBaseReader` of most. */
export interface BaseReaderSource {
  /** URL of built JavaScript. */
  readonly module: string
  /** Given to the function; it is copied to the thread. */
  readonly options: unknown
}

export interface BaseReaderModule {
  openBaseReader(options: unknown): BaseReader
}

/** What a state shows to those who do not execute on it. */
export interface StateView {
  /** Undefined when the account does not exist. */
  account(address: Uint8Array): Omit<AccountState, 'hasStorage'> | undefined
  slot(address: Uint8Array, key: Uint8Array): Uint8Array
  code(hash: Uint8Array): Uint8Array
}
