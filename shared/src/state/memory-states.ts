/**
 * The state behind every block of a small tree, whole and in memory: for tests, where chains are short
 * and blocks build on any of their predecessors. One trie serves all of them; it is built anew when a
 * block does not follow the one that was kept last.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import type { StateTrie } from '../chain/state-trie.ts'
import { assert } from '../primitives/assert.ts'
import { BaseError } from '../primitives/base-error.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, hexToBytes } from '../primitives/bytes.ts'
import type { BlockStates, PendingState } from './block-states.ts'

const STATES_MAX = 65_536

export class TooManyStatesError extends BaseError {
  override readonly name = 'State.TooManyStatesError'
}

/** Never changed once it is in a map: states share accounts. */
interface Account {
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Uint8Array
  /** An empty account that is not recorded does not exist. */
  readonly isRecorded: boolean
  /** Values by key; none is zero. */
  readonly storage: ReadonlyMap<Hex, Uint8Array>
}

type Accounts = ReadonlyMap<Hex, Account>

const NO_ACCOUNT: Account = {
  balance: 0n,
  nonce: 0n,
  code: new Uint8Array(0),
  isRecorded: false,
  storage: new Map(),
}

export class MemoryStates implements BlockStates {
  readonly #states = new Map<Hex, Accounts>()
  readonly #trie: StateTrie
  /** The block whose state is in the trie; undefined when it is that of a block not kept. */
  #trieAt: Hex | undefined

  /** The trie is this tree's from here on. */
  constructor(genesisHash: Uint8Array, alloc: readonly GenesisAccount[], trie: StateTrie) {
    const accounts = alloc.map(({ address, balance, nonce, code, storage }) => {
      const slots = new Map(storage.map(({ key, value }) => [bytesToHex(key), value]))
      const account: Account = { balance, nonce, code, isRecorded: true, storage: slots }
      return [bytesToHex(address), account] as const
    })
    this.#states.set(bytesToHex(genesisHash), new Map(accounts))
    this.#trie = trie
  }

  *accountsAt(hash: Uint8Array): Iterable<GenesisAccount> {
    for (const [address, { balance, nonce, code, storage }] of this.#stateAt(hash)) {
      yield { address: hexToBytes(address), balance, nonce, code, storage: slotsOf(storage) }
    }
  }

  /** @throws TooManyStatesError when the tree has grown beyond what is meant to be kept in memory */
  async beginAfter(parentHash: Uint8Array): Promise<PendingState> {
    if (this.#states.size === STATES_MAX) {
      throw new TooManyStatesError(`more than ${STATES_MAX} states in memory`)
    }
    const trie = this.#trie
    const parent = this.#stateAt(parentHash)
    if (this.#trieAt !== bytesToHex(parentHash)) {
      trie.reset([])
      trie.apply([...parent].map(changeOf))
    }
    this.#trieAt = undefined
    const accounts = new Map(parent)
    return {
      async apply(diff: StateDiff) {
        for (const change of diff.changes) applyChange(accounts, change)
        trie.apply(diff.changes)
      },
      root: async () => trie.root(),
      keep: async (hash) => {
        this.#trieAt = bytesToHex(hash)
        this.#states.set(this.#trieAt, accounts)
      },
    }
  }

  #stateAt(hash: Uint8Array): Accounts {
    const state = this.#states.get(bytesToHex(hash))
    assert(state !== undefined, 'the state was kept')
    return state
  }
}

function slotsOf(storage: Account['storage']): GenesisAccount['storage'] {
  return [...storage].map(([key, value]) => ({ key: hexToBytes(key), value }))
}

/** The change that makes the account out of none; one that is not recorded is not recorded by it. */
function changeOf([address, account]: [Hex, Account]): StateChange {
  const { balance, nonce, code, isRecorded, storage } = account
  const change = { address: hexToBytes(address), balance, nonce, slots: slotsOf(storage) }
  return isRecorded ? { ...change, code } : change
}

function applyChange(accounts: Map<Hex, Account>, change: StateChange): void {
  const key = bytesToHex(change.address)
  const known = change.code === null ? undefined : accounts.get(key)
  const before = known ?? NO_ACCOUNT
  const { balance = before.balance, nonce = before.nonce } = change
  const code = change.code ?? before.code
  const isRecorded = before.isRecorded || Boolean(change.code)
  if (!isRecorded && balance === 0n && nonce === 0n) accounts.delete(key)
  else accounts.set(key, { balance, nonce, code, isRecorded, storage: storageOf(before, change) })
}

function storageOf({ storage }: Account, change: StateChange): ReadonlyMap<Hex, Uint8Array> {
  if (change.slots.length === 0 && !change.storageCleared) return storage
  const slots = new Map(change.storageCleared ? [] : storage)
  for (const { key, value } of change.slots) {
    if (value.some((byte) => byte !== 0)) slots.set(bytesToHex(key), value)
    else slots.delete(bytesToHex(key))
  }
  return slots
}
