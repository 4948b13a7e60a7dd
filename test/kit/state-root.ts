/**
 * State roots by the book: a secure Merkle-Patricia trie of accounts, each with its storage trie
 * (Yellow Paper 4.1, appendix D), kept whole in memory by `@ethereumjs/trie`: slow and simple, the
 * oracle of the core's trie.
 */

import { MerklePatriciaTrie } from '@ethereumjs/trie'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bigIntToMinimalBytes, bytesToBigInt, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { EMPTY_CODE_HASH, keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'

interface Account {
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  storage: MerklePatriciaTrie
  /** Recorded as an account even while it is empty; an empty one that is not, does not exist. */
  isRecorded: boolean
}

/** Not to be used by two callers at once: `apply` must have ended before the next call. */
export class StateRoot {
  readonly #accounts = new Map<Hex, Account>()
  readonly #trie = createTrie()

  /** The state of a genesis: each listed account exists, also if it is empty. */
  static async fromGenesis(alloc: readonly GenesisAccount[]): Promise<StateRoot> {
    const state = new StateRoot()
    await state.apply(
      alloc.map(({ address, balance, nonce, code, storage }) => {
        return { address, balance, nonce, code, slots: storage }
      }),
    )
    return state
  }

  /** Applies post-values in order; an account may occur more than once. */
  async apply(changes: readonly StateChange[]): Promise<void> {
    const touched = new Map<Hex, Uint8Array>()
    for (const change of changes) {
      touched.set(bytesToHex(change.address), change.address)
      await this.#applyToAccount(change)
    }
    for (const [key, address] of touched) await this.#writeAccount(key, address)
  }

  async root(): Promise<Uint8Array> {
    return this.#trie.root()
  }

  async #applyToAccount(change: StateChange): Promise<void> {
    const key = bytesToHex(change.address)
    const known = change.code === null ? undefined : this.#accounts.get(key)
    const account = known ?? createAccount()
    this.#accounts.set(key, account)
    if (change.balance !== undefined) account.balance = change.balance
    if (change.nonce !== undefined) account.nonce = change.nonce
    if (change.code) {
      account.codeHash = keccak256(change.code)
      account.isRecorded = true
    }
    if (change.storageCleared) account.storage = createTrie()
    for (const { key, value } of change.slots) await writeSlot(account.storage, key, value)
  }

  async #writeAccount(key: Hex, address: Uint8Array): Promise<void> {
    const account = this.#accounts.get(key)
    if (account === undefined || !exists(account)) {
      this.#accounts.delete(key)
      return this.#trie.del(address)
    }
    const { nonce, balance, storage, codeHash } = account
    const encoded = encodeRlp([
      bigIntToMinimalBytes(nonce),
      bigIntToMinimalBytes(balance),
      storage.root(),
      codeHash,
    ])
    await this.#trie.put(address, encoded)
  }
}

function createTrie(): MerklePatriciaTrie {
  return new MerklePatriciaTrie({ useKeyHashing: true })
}

function createAccount(): Account {
  return {
    nonce: 0n,
    balance: 0n,
    codeHash: EMPTY_CODE_HASH,
    storage: createTrie(),
    isRecorded: false,
  }
}

function exists({ isRecorded, balance, nonce }: Account): boolean {
  return isRecorded || balance !== 0n || nonce !== 0n
}

async function writeSlot(trie: MerklePatriciaTrie, key: Uint8Array, value: Uint8Array) {
  const minimal = bigIntToMinimalBytes(bytesToBigInt(value))
  if (minimal.length === 0) return trie.del(key)
  await trie.put(key, encodeRlp(minimal))
}
