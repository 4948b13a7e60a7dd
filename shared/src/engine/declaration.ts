/**
 * The follower's side of the engine: declares the reads and writes of a shred to the dependency
 * graph, so that the step runs as soon as everything it reads is there.
 */

import type { StateDiff } from '../chain/state-change.ts'
import { READ_BALANCE, READ_CODE, READ_NONCE, READ_STORAGE_EPOCH } from '../chain/state-change.ts'
import { SCHEDULE, SCHEDULE_SEEDED } from '../layout/control.ts'
import {
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '../layout/records.ts'
import { bytesToBigInt, bytesToHex } from '../primitives/bytes.ts'
import { storageEpoch, storeCode } from './core-state.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, setAddress, setBound, setKey, setValue } from './core-thread.ts'

const KIND_OF_FIELD: readonly (readonly [number, number])[] = [
  [READ_BALANCE, KIND_BALANCE],
  [READ_NONCE, KIND_NONCE],
  [READ_CODE, KIND_CODE],
  [READ_STORAGE_EPOCH, KIND_STORAGE_EPOCH],
]

/** Host only; steps are declared in order. The workers may run the step from then on. */
export function declareStep(host: CoreThread, txIndex: number, diff: StateDiff): void {
  host.core.declareBegin(txIndex)
  const isSeeded = controlWord(host, SCHEDULE) === SCHEDULE_SEEDED
  if (!isSeeded) declareReads(host, txIndex, diff)
  declareWrites(host, txIndex, diff, isSeeded)
  host.core.declareEnd(txIndex)
}

function declareReads(host: CoreThread, txIndex: number, diff: StateDiff): void {
  for (const { address, fields, slots } of diff.reads) {
    setAddress(host, address)
    for (const [field, kind] of KIND_OF_FIELD) {
      if (fields & field) host.core.declareRead(txIndex, kind)
    }
    for (const key of slots) {
      setKey(host, key)
      host.core.declareRead(txIndex, KIND_SLOT)
    }
  }
}

/** `isSeeded`: the values count, not only that there is a write. */
function declareWrites(
  host: CoreThread,
  txIndex: number,
  diff: StateDiff,
  isSeeded: boolean,
): void {
  const amounts = new Map(diff.deltas.map(({ address, amount }) => [bytesToHex(address), amount]))
  const declare = (kind: number, after: () => bigint) => {
    if (isSeeded) setValue(host, after())
    host.core.declareWrite(txIndex, kind)
  }
  const declareDelta = (kind: number, after: bigint, amount: bigint) => {
    setValue(host, after)
    setBound(host, after - amount)
    host.core.declareDelta(txIndex, kind)
  }
  for (const { address, balance, nonce, code, storageCleared, slots } of diff.changes) {
    setAddress(host, address)
    if (storageCleared) declare(KIND_STORAGE_EPOCH, () => storageEpoch(host, txIndex))
    if (balance !== undefined) {
      const amount = amounts.get(bytesToHex(address))
      if (amount === undefined) declare(KIND_BALANCE, () => balance)
      else declareDelta(KIND_BALANCE, balance, amount)
    }
    if (nonce !== undefined) declare(KIND_NONCE, () => nonce)
    if (code !== undefined) {
      declare(KIND_CODE, () => BigInt(code === null ? 0 : storeCode(host, code)))
    }
    for (const { key, value, delta } of slots) {
      setKey(host, key)
      if (delta === undefined) declare(KIND_SLOT, () => bytesToBigInt(value))
      else declareDelta(KIND_SLOT, bytesToBigInt(value), delta)
    }
  }
}
