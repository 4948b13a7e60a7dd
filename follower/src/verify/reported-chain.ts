/** A chain that ends with the block before a reported one, as far as the report proves it. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { assert } from '@shredcast/shared/primitives/assert'
import type { KeptChain } from '../chain/kept-chain.ts'

export class ReportedChain implements KeptChain {
  readonly genesisHash: Uint8Array
  readonly head: KeptChain['head']
  readonly #accounts: readonly GenesisAccount[]
  readonly #hashes: ReadonlyMap<bigint, Uint8Array>

  constructor(
    genesisHash: Uint8Array,
    header: Header,
    known: {
      readonly accounts: readonly GenesisAccount[]
      readonly hashes: ReadonlyMap<bigint, Uint8Array>
    },
  ) {
    this.genesisHash = genesisHash
    this.head = { header, hash: headerHash(header) }
    this.#accounts = known.accounts
    this.#hashes = known.hashes
  }

  recentHashes(): ReadonlyMap<bigint, Uint8Array> {
    return this.#hashes
  }

  accounts(): readonly GenesisAccount[] {
    return this.#accounts
  }

  emptied(): readonly [] {
    return []
  }

  /** The reported block held, and nothing comes behind it. */
  async apply(): Promise<void> {}

  headerAt(): undefined {
    return undefined
  }

  async revertTo(): Promise<void> {
    assert(false, 'no header is kept to go back to')
  }
}
