/** An account as a genesis file or a block fixture lists it, with its whole known storage. */

export interface GenesisAccount {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** In wei. */
  readonly balance: bigint
  readonly nonce: bigint
  /** Empty when the account has no code. */
  readonly code: Uint8Array
  /** Keys and values of 32 bytes; no value is zero. */
  readonly storage: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
}
