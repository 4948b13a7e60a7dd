/** An account with its whole known storage, as a genesis file, a block fixture or a store has it. */

export interface GenesisAccount {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** In wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** Empty when the account has no code. */
  readonly code: Uint8Array
  /** False: it exists by its balance or nonce alone. Default true. */
  readonly isRecorded?: boolean
  /** Keys and values of 32 bytes; no value is zero. */
  readonly storage: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
}
