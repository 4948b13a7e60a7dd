/** A small random state before the block, for the reference's journal and for the core's. */

import { InvalidTransactionError } from '@shredcast/shared/engine/reference/execution-result'
import type { CodeRef, StateAccess } from '@shredcast/shared/engine/reference/state-access'
import { bigIntToBytes, bytesToBigInt, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Random } from '@shredcast/shared/primitives/random'

export interface WorldAccount {
  readonly address: Uint8Array
  readonly balance: bigint
  readonly nonce: bigint
  /** Undefined: not recorded. */
  readonly code: Uint8Array | undefined
  readonly hasOrphanStorage: boolean
  /** By the number of the slot. */
  readonly slots: readonly bigint[]
}

export const SLOT_COUNT = 5

/** The precompile that stays touched, and a few that differ in their first or last byte. */
const ADDRESSES = [
  new Uint8Array(20).fill(3, 19),
  ...[0x11, 0x22, 0x33, 0x44].map((byte) => new Uint8Array(20).fill(byte)),
  new Uint8Array(20).fill(0x44, 0, 19),
]

const CODES = [undefined, new Uint8Array(0), Uint8Array.of(0x60, 0x00), Uint8Array.of(0x5b)]

/** `holdsUnrecorded`: an account that is not recorded may hold a balance, as from EIP-161 on. */
export function randomWorld(random: Random, holdsUnrecorded: boolean): WorldAccount[] {
  return ADDRESSES.map((address) => {
    const code = random.pick(CODES)
    const isRecorded = code !== undefined
    const nonce = isRecorded && random.chance(0.5) ? BigInt(random.below(3)) : 0n
    return {
      address,
      balance:
        random.chance(0.4) || !(isRecorded || holdsUnrecorded) ? 0n : BigInt(random.below(100)),
      nonce,
      code,
      hasOrphanStorage: isRecorded && code.length === 0 && nonce === 0n && random.chance(0.3),
      slots: Array.from({ length: SLOT_COUNT }, () => BigInt(isRecorded ? random.below(3) : 0)),
    }
  })
}

export function nameOf(kind: string, address: Uint8Array, key = 0n): string {
  return `${kind} ${bytesToHex(address)}${kind === 'slot' ? ` ${key}` : ''}`
}

export function wordOf(value: bigint): Uint8Array {
  return bigIntToBytes(value, 32)
}

/** What stopped the reference on its way. */
export class BlockedReadError extends Error {}

/** The world as the reference reads it, with a note of every read. */
export class WorldAccess implements StateAccess {
  readonly reads = new Set<string>()
  readonly #accounts: Map<string, WorldAccount>
  readonly #blocked: string | undefined

  /** Reading what is named `blocked` throws. */
  constructor(world: readonly WorldAccount[], blocked?: string) {
    this.#accounts = new Map(world.map((account) => [bytesToHex(account.address), account]))
    this.#blocked = blocked
  }

  balance(address: Uint8Array): bigint {
    return this.#read('balance', address).balance
  }

  nonce(address: Uint8Array): bigint {
    return this.#read('nonce', address).nonce
  }

  code(address: Uint8Array): CodeRef | undefined {
    const bytes = this.#read('code', address).code
    return bytes && { bytes, hash: keccak256(bytes) }
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const number = bytesToBigInt(key)
    return wordOf(this.#read('slot', address, number).slots[Number(number)]!)
  }

  hasOrphanStorage(address: Uint8Array): boolean {
    return this.#read('epoch', address).hasOrphanStorage
  }

  expectNonce(address: Uint8Array, nonce: bigint): void {
    this.reads.add(`${nameOf('nonce', address)} expected ${nonce}`)
  }

  /** A slot cannot be read while it is open whether it was emptied. */
  #isEpochBlocked(address: Uint8Array): boolean {
    return nameOf('epoch', address) === this.#blocked
  }

  #read(kind: string, address: Uint8Array, key?: bigint): WorldAccount {
    const name = nameOf(kind, address, key)
    const isBlocked = name === this.#blocked || (kind === 'slot' && this.#isEpochBlocked(address))
    if (isBlocked) throw new BlockedReadError(name)
    this.reads.add(name)
    return this.#accounts.get(bytesToHex(address))!
  }
}

export function isLackOfFunds(error: unknown): boolean {
  return error instanceof InvalidTransactionError
}
