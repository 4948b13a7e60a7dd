/**
 * The follower's side of the engine: declares the reads and writes of a shred to the dependency
 * graph, so that the step runs as soon as everything it reads is there.
 */

import type { StateDiff } from '../chain/state-change.ts'
import { READ_BALANCE, READ_CODE, READ_NONCE, READ_STORAGE_EPOCH } from '../chain/state-change.ts'
import {
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '../layout/records.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import type { CoreThread } from './core-thread.ts'
import { setAddress, setKey } from './core-thread.ts'

const KIND_OF_FIELD: readonly (readonly [number, number])[] = [
  [READ_BALANCE, KIND_BALANCE],
  [READ_NONCE, KIND_NONCE],
  [READ_CODE, KIND_CODE],
  [READ_STORAGE_EPOCH, KIND_STORAGE_EPOCH],
]

/** Host only; steps are declared in order. The workers may run the step from then on. */
export function declareStep(host: CoreThread, txIndex: number, diff: StateDiff): void {
  host.core.declareBegin(txIndex)
  declareReads(host, txIndex, diff)
  declareWrites(host, txIndex, diff)
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

function declareWrites(host: CoreThread, txIndex: number, diff: StateDiff): void {
  const lazy = new Set(diff.deltas.map((delta) => bytesToHex(delta.address)))
  for (const change of diff.changes) {
    setAddress(host, change.address)
    const declare = (kind: number, isDelta = false) =>
      host.core.declareWrite(txIndex, kind, isDelta)
    if (change.storageCleared) declare(KIND_STORAGE_EPOCH)
    if (change.balance !== undefined) declare(KIND_BALANCE, lazy.has(bytesToHex(change.address)))
    if (change.nonce !== undefined) declare(KIND_NONCE)
    if (change.code !== undefined) declare(KIND_CODE)
    for (const { key } of change.slots) {
      setKey(host, key)
      declare(KIND_SLOT)
    }
  }
}
