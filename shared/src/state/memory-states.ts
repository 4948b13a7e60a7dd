/**
 * The state behind every block of a small tree, whole and in memory: for tests, where chains are short
 * and blocks build on any of their predecessors.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { StateChange, StateDiff } from '../chain/state-change.ts'
import { assert } from '../primitives/assert.ts'
import { BaseError } from '../primitives/base-error.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, hexToBytes } from '../primitives/bytes.ts'
import { StateRoot } from '../trie/state-root.ts'
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

interface State {
  readonly accounts: ReadonlyMap<Hex, Account>
  readonly root: StateRoot
}

const NO_ACCOUNT: Account = {
  balance: 0n,
  nonce: 0n,
  code: new Uint8Array(0),
  isRecorded: false,
  storage: new Map(),
}

export class MemoryStates implements BlockStates {
  readonly #states = new Map<Hex, State>()

  private constructor(genesisHash: Uint8Array, genesis: State) {
    this.#states.set(bytesToHex(genesisHash), genesis)
  }

  static async fromGenesis(
    hash: Uint8Array,
    alloc: readonly GenesisAccount[],
  ): Promise<MemoryStates> {
    const accounts = alloc.map(({ address, balance, nonce, code, storage }) => {
      const slots = new Map(storage.map(({ key, value }) => [bytesToHex(key), value]))
      const account: Account = { balance, nonce, code, isRecorded: true, storage: slots }
      return [bytesToHex(address), account] as const
    })
    const root = await StateRoot.fromGenesis(alloc)
    return new MemoryStates(hash, { accounts: new Map(accounts), root })
  }

  *accountsAt(hash: Uint8Array): Iterable<GenesisAccount> {
    for (const [address, { balance, nonce, code, storage }] of this.#stateAt(hash).accounts) {
      const slots = [...storage].map(([key, value]) => ({ key: hexToBytes(key), value }))
      yield { address: hexToBytes(address), balance, nonce, code, storage: slots }
    }
  }

  /** @throws TooManyStatesError when the tree has grown beyond what is meant to be kept in memory */
  beginAfter(parentHash: Uint8Array): PendingState {
    if (this.#states.size === STATES_MAX) {
      throw new TooManyStatesError(`more than ${STATES_MAX} states in memory`)
    }
    const parent = this.#stateAt(parentHash)
    const accounts = new Map(parent.accounts)
    const root = parent.root.copy()
    return {
      async apply(diff: StateDiff) {
        for (const change of diff.changes) applyChange(accounts, change)
        await root.apply(diff.changes)
      },
      root: () => root.root(),
      keep: async (hash) => {
        this.#states.set(bytesToHex(hash), { accounts, root })
      },
    }
  }

  #stateAt(hash: Uint8Array): State {
    const state = this.#states.get(bytesToHex(hash))
    assert(state !== undefined, 'the state was kept')
    return state
  }
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
