/**
 * What a prediction knows of a block: for each step its measured cost, and what it read and wrote
 * with the values that are right at its place. Values are only compared, so any number that differs
 * where the real value differs will do.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import {
  READ_BALANCE,
  READ_CODE,
  READ_NONCE,
  READ_STORAGE_EPOCH,
} from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import {
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '@shredcast/shared/layout/records'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToBigInt, bytesToHex } from '@shredcast/shared/primitives/bytes'

export interface TracedLocation {
  readonly kind: number
  readonly address: Uint8Array
  /** Of a slot. */
  readonly key: Uint8Array | undefined
  /** Value before the block. */
  base: bigint
}

export interface TracedRead {
  readonly location: TracedLocation
  /** What the step must have read to write what it wrote. */
  readonly value: bigint
}

export interface TracedWrite {
  readonly location: TracedLocation
  readonly value: bigint
  /** Of a lazy update: what was added. */
  readonly delta: bigint | undefined
}

export interface TracedStep {
  readonly reads: readonly TracedRead[]
  /** The sender's nonce, where it was assumed. */
  readonly expected: TracedRead | undefined
  readonly writes: readonly TracedWrite[]
}

export interface Trace {
  readonly steps: readonly TracedStep[]
  readonly locations: readonly TracedLocation[]
}

const KIND_OF_FIELD = [
  [READ_BALANCE, KIND_BALANCE],
  [READ_NONCE, KIND_NONCE],
  [READ_CODE, KIND_CODE],
  [READ_STORAGE_EPOCH, KIND_STORAGE_EPOCH],
] as const

/** `committed` are all steps of the block on `preState`, in order. */
export function traceBlock(
  preState: readonly GenesisAccount[],
  committed: readonly CommittedStep[],
): Trace {
  const tracer = new Tracer()
  const steps = committed.map((step) => tracer.trace(step))
  tracer.takeBases(preState)
  return { steps, locations: tracer.locations }
}

class Tracer {
  readonly #byName = new Map<string, TracedLocation>()
  readonly #slots = new Map<Hex, TracedLocation[]>()
  /** Written so far in the block; the value before it is not known yet. */
  readonly #written = new Map<TracedLocation, bigint>()
  /** Reads of the value before the block, which is filled in at the end. */
  readonly #ofBase: { location: TracedLocation; value: bigint }[] = []
  readonly #codes = new Map<Hex, bigint>()
  /** Accounts whose storage was emptied in the block. */
  readonly #cleared = new Set<Hex>()

  get locations(): readonly TracedLocation[] {
    return [...this.#byName.values()]
  }

  trace(step: CommittedStep): TracedStep {
    if (step.type === 'rejected') return { reads: [], expected: undefined, writes: [] }
    const reads = this.#reads(step.diff)
    const expected = step.type === 'system' ? undefined : this.#expected(step.sender, reads)
    return { reads, expected, writes: this.#writes(step.diff) }
  }

  takeBases(preState: readonly GenesisAccount[]): void {
    const known = (kind: number, address: Uint8Array, value: bigint, key?: Uint8Array) => {
      const location = this.#byName.get(nameOf(kind, address, key))
      if (location !== undefined) location.base = value
    }
    for (const { address, balance, nonce, code, storage } of preState) {
      known(KIND_BALANCE, address, balance)
      known(KIND_NONCE, address, nonce)
      known(KIND_CODE, address, this.#codeValue(code))
      for (const { key, value } of storage) known(KIND_SLOT, address, bytesToBigInt(value), key)
    }
    for (const read of this.#ofBase) read.value = read.location.base
  }

  #reads({ reads }: StateDiff): TracedRead[] {
    return reads.flatMap(({ address, fields, slots }) => [
      ...KIND_OF_FIELD.filter(([field]) => fields & field).map(([, kind]) => {
        return this.#read(this.#locate(kind, address))
      }),
      ...slots.map((key) => this.#read(this.#locate(KIND_SLOT, address, key))),
    ])
  }

  #read(location: TracedLocation): TracedRead {
    const value = this.#written.get(location)
    if (value !== undefined) return { location, value }
    const isCleared = this.#cleared.has(bytesToHex(location.address))
    if (location.kind === KIND_SLOT && isCleared) return { location, value: 0n }
    const ofBase = { location, value: 0n }
    this.#ofBase.push(ofBase)
    return ofBase
  }

  #expected(sender: Uint8Array, reads: readonly TracedRead[]): TracedRead | undefined {
    const location = this.#locate(KIND_NONCE, sender)
    const isRead = reads.some((read) => read.location === location)
    return isRead ? undefined : this.#read(location)
  }

  #writes({ changes, deltas }: StateDiff): TracedWrite[] {
    const amounts = new Map(deltas.map(({ address, amount }) => [bytesToHex(address), amount]))
    return changes.flatMap(({ address, balance, nonce, code, storageCleared, slots }) => {
      const writes: TracedWrite[] = []
      const write = (location: TracedLocation, value: bigint, delta?: bigint) => {
        this.#written.set(location, value)
        writes.push({ location, value, delta })
      }
      // First, as the core wants it: the slots below are written after it.
      if (storageCleared) {
        write(this.#locate(KIND_STORAGE_EPOCH, address), 0n)
        this.#cleared.add(bytesToHex(address))
        for (const slot of this.#slotsOf(address)) this.#written.delete(slot)
      }
      const balanceDelta = amounts.get(bytesToHex(address))
      if (balance !== undefined) write(this.#locate(KIND_BALANCE, address), balance, balanceDelta)
      if (nonce !== undefined) write(this.#locate(KIND_NONCE, address), nonce)
      if (code !== undefined) write(this.#locate(KIND_CODE, address), this.#codeValue(code))
      for (const { key, value, delta } of slots) {
        write(this.#locate(KIND_SLOT, address, key), bytesToBigInt(value), delta)
      }
      return writes
    })
  }

  #locate(kind: number, address: Uint8Array, key?: Uint8Array): TracedLocation {
    const name = nameOf(kind, address, key)
    let location = this.#byName.get(name)
    if (location === undefined) {
      location = { kind, address, key, base: 0n }
      this.#byName.set(name, location)
      if (kind === KIND_SLOT) this.#slotsOf(address).push(location)
    }
    return location
  }

  #slotsOf(address: Uint8Array): TracedLocation[] {
    const name = bytesToHex(address)
    const slots = this.#slots.get(name) ?? []
    this.#slots.set(name, slots)
    return slots
  }

  /** 0 for no account; else a number of its own for each code. */
  #codeValue(code: Uint8Array | null): bigint {
    if (code === null) return 0n
    const name = bytesToHex(code)
    const value = this.#codes.get(name) ?? BigInt(this.#codes.size + 1)
    this.#codes.set(name, value)
    return value
  }
}

function nameOf(kind: number, address: Uint8Array, key: Uint8Array | undefined): string {
  return `${kind} ${bytesToHex(address)} ${key === undefined ? '' : bytesToHex(key)}`
}
