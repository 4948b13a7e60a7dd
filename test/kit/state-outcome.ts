/** What a history of changes comes to, over plain maps, and one trie built from it at the end. */

import { MerklePatriciaTrie } from '@ethereumjs/trie'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import {
  bigIntToMinimalBytes,
  bytesToBigInt,
  bytesToHex,
  hexToBytes,
} from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'

interface Account {
  balance: bigint
  nonce: bigint
  code: Uint8Array | undefined
  slots: Map<string, Uint8Array>
}

const NO_CODE = new Uint8Array(0)

export class StateOutcome {
  readonly #accounts = new Map<string, Account>()

  /** Applies the changes of a block; accounts that do not exist behind it are gone. */
  apply(changes: readonly StateChange[]): void {
    for (const change of changes) this.#applyChange(change)
    for (const [key, account] of this.#accounts) {
      if (!exists(account)) this.#accounts.delete(key)
    }
  }

  /** All accounts that exist, each recorded. */
  accounts(): GenesisAccount[] {
    return [...this.#accounts].map(([key, { balance, nonce, code, slots }]) => ({
      address: hexToBytes(key),
      balance,
      nonce,
      code: code ?? NO_CODE,
      storage: [...slots].map(([slot, value]) => ({ key: hexToBytes(slot), value })),
    }))
  }

  async root(): Promise<string> {
    const trie = new MerklePatriciaTrie({ useKeyHashing: true })
    for (const [key, account] of this.#accounts) await putAccount(trie, key, account)
    return bytesToHex(trie.root())
  }

  #applyChange(change: StateChange): void {
    const key = bytesToHex(change.address)
    const known = change.code === null ? undefined : this.#accounts.get(key)
    const account = known ?? { balance: 0n, nonce: 0n, code: undefined, slots: new Map() }
    this.#accounts.set(key, account)
    account.balance = change.balance ?? account.balance
    account.nonce = change.nonce ?? account.nonce
    account.code = change.code ?? account.code
    if (change.storageCleared) account.slots.clear()
    for (const { key, value } of change.slots) {
      if (value.some((byte) => byte !== 0)) account.slots.set(bytesToHex(key), value)
      else account.slots.delete(bytesToHex(key))
    }
  }
}

function exists({ balance, nonce, code }: Account): boolean {
  return balance !== 0n || nonce !== 0n || code !== undefined
}

async function putAccount(trie: MerklePatriciaTrie, key: string, account: Account): Promise<void> {
  const { balance, nonce, code, slots } = account
  const storage = new MerklePatriciaTrie({ useKeyHashing: true })
  for (const [slot, value] of slots) {
    const minimal = bigIntToMinimalBytes(bytesToBigInt(value))
    await storage.put(hexToBytes(slot), encodeRlp(minimal))
  }
  const fields = [bigIntToMinimalBytes(nonce), bigIntToMinimalBytes(balance), storage.root()]
  await trie.put(hexToBytes(key), encodeRlp([...fields, keccak256(code ?? NO_CODE)]))
}
