/** A few accounts behind `StateAccess`, which notes what is asked of it: for unit tests. */

import { bytesToHex } from '../../../primitives/bytes.ts'
import { keccak256 } from '../../../primitives/keccak.ts'
import type { CodeRef, StateAccess } from '../state-access.ts'

export interface SampleAccount {
  readonly balance?: bigint
  readonly nonce?: bigint
  /** Undefined: not recorded. */
  readonly code?: Uint8Array
  readonly hasOrphanStorage?: true
  /** Values by the number of their slot. */
  readonly slots?: Readonly<Record<number, number>>
}

/** 20 bytes that all are `byte`. */
export function sampleAddress(byte: number): Uint8Array {
  return new Uint8Array(20).fill(byte)
}

/** A small number as a word of 32 bytes. */
export function wordOf(number: number): Uint8Array {
  return new Uint8Array(32).fill(number, 31)
}

export class SampleState implements StateAccess {
  /** Such as `balance 11`, for the balance of `sampleAddress(0x11)`; in the order of asking. */
  readonly reads: string[] = []
  /** Called before each answer, with the count of those that came before. */
  beforeRead: (count: number) => void = () => {}
  readonly #accounts: Readonly<Record<string, SampleAccount>>

  /** By the byte of their `sampleAddress`, in hexadecimal. */
  constructor(accounts: Readonly<Record<string, SampleAccount>>) {
    this.#accounts = accounts
  }

  balance(address: Uint8Array): bigint {
    return this.#read('balance', address)?.balance ?? 0n
  }

  nonce(address: Uint8Array): bigint {
    return this.#read('nonce', address)?.nonce ?? 0n
  }

  code(address: Uint8Array): CodeRef | undefined {
    const bytes = this.#read('code', address)?.code
    return bytes && { bytes, hash: keccak256(bytes) }
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const number = key[31] as number
    return wordOf(this.#read(`slot ${number}`, address)?.slots?.[number] ?? 0)
  }

  hasOrphanStorage(address: Uint8Array): boolean {
    return this.#read('orphan storage', address)?.hasOrphanStorage ?? false
  }

  expectNonce(address: Uint8Array, nonce: bigint): void {
    this.reads.push(`expect nonce ${nameOf(address)} ${nonce}`)
  }

  #read(location: string, address: Uint8Array): SampleAccount | undefined {
    this.beforeRead(this.reads.length)
    const name = nameOf(address)
    this.reads.push(`${location} ${name}`)
    return this.#accounts[name]
  }
}

function nameOf(address: Uint8Array): string {
  const isUniform = address.every((byte) => byte === address[0])
  return isUniform ? bytesToHex(address.subarray(0, 1)).slice(2) : bytesToHex(address)
}
