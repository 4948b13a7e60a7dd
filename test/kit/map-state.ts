/**
 * State in a Map: the simplest thing that a sequential execution can run on, and so the oracle of
 * every cleverer one. It commits as the engine does: deltas are folded, their bounds and the expected
 * nonces are checked, and a step that counted on what does not hold is executed again, eagerly.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { ExecutionResult } from '@shredcast/shared/engine/reference/execution-result'
import type {
  AccountWrites,
  CodeRef,
  StateAccess,
} from '@shredcast/shared/engine/reference/state-access'
import { assert } from '@shredcast/shared/primitives/assert'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'

interface AccountRecord {
  balance: bigint
  nonce: bigint
  /** Undefined: only a lazy credit or a nonce made the account. */
  code: CodeRef | undefined
  slots: Map<Hex, Uint8Array>
}

const ZERO_WORD = new Uint8Array(32)

export class MapState implements StateAccess {
  readonly #accounts = new Map<Hex, AccountRecord>()
  readonly #expectedNonces = new Map<Hex, bigint>()
  /** Locations that the running execution has asked for. */
  readonly #asked = new Set<string>()

  constructor(alloc: readonly GenesisAccount[] = []) {
    for (const { address, balance, nonce, code, storage } of alloc) {
      const slots = new Map(storage.map(({ key, value }) => [bytesToHex(key), value]))
      this.#accounts.set(bytesToHex(address), { balance, nonce, code: codeRef(code), slots })
    }
  }

  /** Executes one step at its turn and applies what it writes. */
  async run(
    execute: (options: { eager: boolean }) => Promise<ExecutionResult>,
  ): Promise<{ result: ExecutionResult; changes: StateChange[] }> {
    let result = await this.#attempt(() => execute({ eager: false }))
    if (!this.#holds(result.writes)) {
      result = await this.#attempt(() => execute({ eager: true }))
      assert(this.#holds(result.writes), 'an eager execution counts on nothing')
    }
    return { result, changes: result.writes.map((writes) => this.#apply(writes)) }
  }

  balance(address: Uint8Array): bigint {
    return this.#ask('balance', address)?.balance ?? 0n
  }

  nonce(address: Uint8Array): bigint {
    return this.#ask('nonce', address)?.nonce ?? 0n
  }

  code(address: Uint8Array): CodeRef | undefined {
    return this.#ask('code', address)?.code
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const name = bytesToHex(key)
    return this.#ask(`slot ${name}`, address)?.slots.get(name) ?? ZERO_WORD
  }

  hasOrphanStorage(address: Uint8Array): boolean {
    const account = this.#accounts.get(bytesToHex(address))
    if (account === undefined || account.nonce > 0n) return false
    return account.slots.size > 0 && (account.code?.bytes.length ?? 0) === 0
  }

  expectNonce(address: Uint8Array, nonce: bigint): void {
    this.#expectedNonces.set(bytesToHex(address), nonce)
  }

  async #attempt(execute: () => Promise<ExecutionResult>): Promise<ExecutionResult> {
    this.#asked.clear()
    this.#expectedNonces.clear()
    return execute()
  }

  #ask(location: string, address: Uint8Array): AccountRecord | undefined {
    const key = bytesToHex(address)
    const question = `${location} of ${key}`
    assert(!this.#asked.has(question), `an execution asks once for ${question}`)
    this.#asked.add(question)
    return this.#accounts.get(key)
  }

  #holds(writes: readonly AccountWrites[]): boolean {
    for (const [key, nonce] of this.#expectedNonces) {
      if ((this.#accounts.get(key)?.nonce ?? 0n) !== nonce) return false
    }
    return writes.every(({ address, balance }) => {
      if (typeof balance !== 'object') return true
      return (this.#accounts.get(bytesToHex(address))?.balance ?? 0n) >= balance.required
    })
  }

  #apply(writes: AccountWrites): StateChange {
    const key = bytesToHex(writes.address)
    const account = this.#accounts.get(key) ?? emptyRecord()
    this.#accounts.set(key, account)
    const { address, balance, nonce, code, storageCleared, slots } = writes
    if (typeof balance === 'bigint') account.balance = balance
    else if (balance !== undefined) account.balance += balance.amount
    if (nonce !== undefined) account.nonce = nonce
    if (code !== undefined) account.code = code === null ? undefined : codeRef(code)
    if (storageCleared) account.slots.clear()
    for (const slot of slots) account.slots.set(bytesToHex(slot.key), slot.value)
    return {
      address,
      ...(balance === undefined ? {} : { balance: account.balance }),
      ...(nonce === undefined ? {} : { nonce }),
      ...(code === undefined ? {} : { code }),
      ...(storageCleared === undefined ? {} : { storageCleared }),
      slots,
    }
  }
}

function emptyRecord(): AccountRecord {
  return { balance: 0n, nonce: 0n, code: undefined, slots: new Map() }
}

const codeRefs = new Map<Hex, CodeRef>()

/** One object per code, as the engine has it, so that what the EVM derives from it can be kept. */
function codeRef(bytes: Uint8Array): CodeRef {
  const hash = keccak256(bytes)
  const key = bytesToHex(hash)
  const known = codeRefs.get(key)
  if (known !== undefined) return known
  const created = { hash, bytes }
  codeRefs.set(key, created)
  return created
}
