/** Builds the state diff of a committed execution from its write set and its read set. */

import type {
  BalanceDelta,
  SlotChange,
  StateChange,
  StateDiff,
  StateRead,
} from '../chain/state-change.ts'
import { READ_BALANCE, READ_CODE, READ_NONCE, READ_STORAGE_EPOCH } from '../chain/state-change.ts'
import {
  CELL_DELTA,
  CELL_KIND,
  CELL_VALUE,
  EXECUTION_READ_COUNT,
  EXECUTION_READS,
  EXECUTION_WRITE_COUNT,
  EXECUTION_WRITES,
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
  LOCATION_ADDRESS,
  LOCATION_KEY,
  LOCATION_KIND,
  READ_BYTES,
  READ_EXPECTED,
  READ_FLAGS,
  READ_LOCATION,
  WRITE_BYTES,
  WRITE_CELL,
  WRITE_FOLDED,
  WRITE_LOCATION,
} from '../layout/records.ts'
import { bytesToHex, compareBytes } from '../primitives/bytes.ts'
import { readCodeBytes } from './code-cache.ts'
import type { CoreThread } from './core-thread.ts'
import { loadLong, loadWord, readBigInt, readReversed } from './core-thread.ts'

const FIELD_OF_KIND: Readonly<Record<number, number>> = {
  [KIND_BALANCE]: READ_BALANCE,
  [KIND_NONCE]: READ_NONCE,
  [KIND_CODE]: READ_CODE,
  [KIND_STORAGE_EPOCH]: READ_STORAGE_EPOCH,
}

interface MutableChange {
  address: Uint8Array
  balance?: bigint
  nonce?: bigint
  code?: Uint8Array | null
  storageCleared?: true
  slots: SlotChange[]
}

interface MutableRead {
  address: Uint8Array
  fields: number
  slots: Uint8Array[]
}

/** Accounts, slots and reads come in ascending order, each once. */
export function readStateDiff(host: CoreThread, execution: number): StateDiff {
  const changes = new Map<string, MutableChange>()
  const deltas: BalanceDelta[] = []
  const writes = loadWord(host, execution + EXECUTION_WRITES)
  const end = writes + loadWord(host, execution + EXECUTION_WRITE_COUNT) * WRITE_BYTES
  for (let write = writes; write < end; write += WRITE_BYTES) {
    addWrite(host, write, changes, deltas)
  }
  for (const change of changes.values()) {
    change.slots.sort((a, b) => compareBytes(a.key, b.key))
  }
  return {
    changes: sortedByAddress<StateChange>(changes.values()),
    deltas: sortedByAddress(deltas),
    reads: readReads(host, execution),
  }
}

function addWrite(
  host: CoreThread,
  write: number,
  changes: Map<string, MutableChange>,
  deltas: BalanceDelta[],
): void {
  const location = loadWord(host, write + WRITE_LOCATION)
  const address = addressOf(host, location)
  const change = entryOf(changes, address, () => ({ address, slots: [] }))
  const cell = loadWord(host, write + WRITE_CELL)
  if (loadWord(host, cell + CELL_KIND) === CELL_DELTA) {
    const delta = BigInt.asIntN(256, readBigInt(host, cell + CELL_VALUE))
    const folded = loadWord(host, write + WRITE_FOLDED) + CELL_VALUE
    if (kindOf(host, location) === KIND_SLOT) {
      const key = readReversed(host, location + LOCATION_KEY)
      change.slots.push({ key, value: readReversed(host, folded), delta })
    } else {
      deltas.push({ address, amount: delta })
      change.balance = readBigInt(host, folded)
    }
  } else {
    addAbsolute(host, location, cell + CELL_VALUE, change)
  }
}

function addAbsolute(
  host: CoreThread,
  location: number,
  valuePtr: number,
  change: MutableChange,
): void {
  const kind = kindOf(host, location)
  if (kind === KIND_BALANCE) change.balance = readBigInt(host, valuePtr)
  if (kind === KIND_NONCE) change.nonce = loadLong(host, valuePtr)
  if (kind === KIND_STORAGE_EPOCH) change.storageCleared = true
  if (kind === KIND_CODE) {
    const code = loadWord(host, valuePtr)
    change.code = code === 0 ? null : readCodeBytes(host, code)
  }
  if (kind === KIND_SLOT) {
    const key = readReversed(host, location + LOCATION_KEY)
    change.slots.push({ key, value: readReversed(host, valuePtr) })
  }
}

function kindOf(host: CoreThread, location: number): number {
  return host.bytes[location + LOCATION_KIND] as number
}

function readReads(host: CoreThread, execution: number): StateRead[] {
  const reads = new Map<string, MutableRead>()
  const first = loadWord(host, execution + EXECUTION_READS)
  const end = first + loadWord(host, execution + EXECUTION_READ_COUNT) * READ_BYTES
  for (let read = first; read < end; read += READ_BYTES) {
    if (loadWord(host, read + READ_FLAGS) & READ_EXPECTED) continue
    const location = loadWord(host, read + READ_LOCATION)
    const address = addressOf(host, location)
    const entry = entryOf(reads, address, () => ({ address, fields: 0, slots: [] }))
    const kind = kindOf(host, location)
    if (kind === KIND_SLOT) entry.slots.push(readReversed(host, location + LOCATION_KEY))
    else entry.fields |= FIELD_OF_KIND[kind] ?? 0
  }
  for (const read of reads.values()) read.slots.sort(compareBytes)
  return sortedByAddress<StateRead>(reads.values())
}

function addressOf(host: CoreThread, location: number): Uint8Array {
  return host.bytes.slice(location + LOCATION_ADDRESS, location + LOCATION_ADDRESS + 20)
}

function entryOf<T>(entries: Map<string, T>, address: Uint8Array, create: () => T): T {
  const key = bytesToHex(address)
  let entry = entries.get(key)
  if (entry === undefined) {
    entry = create()
    entries.set(key, entry)
  }
  return entry
}

function sortedByAddress<T extends { address: Uint8Array }>(items: Iterable<T>): T[] {
  return [...items].sort((a, b) => compareBytes(a.address, b.address))
}
