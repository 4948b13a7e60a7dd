/** The core's journal in one thread, called with the host's values instead of pointers. */

import { readFile } from 'node:fs/promises'
import { readCodeBytes } from '@shredcast/shared/engine/code-cache'
import type { CoreExports } from '@shredcast/shared/engine/core'
import { createMemory } from '@shredcast/shared/engine/core'
import { storageEpoch, storeCode } from '@shredcast/shared/engine/core-state'
import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import {
  createCoreThread,
  loadWord,
  readBigInt,
  setAddress,
  setBound,
  setKey,
  setValue,
  txRecordPtr,
} from '@shredcast/shared/engine/core-thread'
import { HEAP_BYTES } from '@shredcast/shared/layout/control'
import { ENV_REVISION } from '@shredcast/shared/layout/environment'
import { CONTROL_OFFSET, ENV_OFFSET } from '@shredcast/shared/layout/memory-map'
import {
  CELL_BOUND,
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
  OUTCOME_SUCCESS,
  READ_BYTES,
  READ_EXPECTED,
  READ_FLAGS,
  READ_LOCATION,
  READ_VALUE,
  TX_EXECUTION,
  WRITE_BYTES,
  WRITE_CELL,
  WRITE_LOCATION,
} from '@shredcast/shared/layout/records'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { WorldAccount } from './world.ts'
import { nameOf, wordOf } from './world.ts'

/** Exports of `assembly/journal.ts` beside those of the core. */
export interface JournalExports extends CoreExports {
  beginState(txIndex: number, isEager: boolean): void
  hasStopped(): number
  stoppedCause(): number
  stoppedBy(): number
  rewind(): void
  checkpoint(): number
  revertTo(checkpoint: number): void
  stageState(): void
  accountAt(address: number): number
  readBalance(account: number, out: number): void
  credit(account: number, amount: number): void
  creditOverflows(account: number, amount: number): number
  debit(account: number, amount: number): void
  tryDebit(account: number, amount: number): number
  requireBalance(account: number, amount: number): void
  isBalanceKnown(account: number): number
  readNonce(account: number): bigint
  setNonce(account: number, nonce: bigint): void
  expectNonce(account: number, nonce: bigint): void
  codeOf(account: number): number
  codeHashOf(account: number, out: number): void
  createCode(data: number, length: number): number
  setCode(account: number, code: number): void
  hasCode(account: number): number
  exists(account: number): number
  isEmpty(account: number): number
  touch(account: number): void
  record(account: number): void
  warmAccount(account: number): number
  destroy(account: number): void
  isDestroyed(account: number): number
  markCreated(account: number): void
  isCreated(account: number): number
  hasOrphanStorage(account: number): number
  beginContract(account: number): void
  deleteTouchedEmptyAccounts(): void
  slotAt(account: number, key: number): number
  readSlot(slot: number, out: number): void
  readOriginal(slot: number, out: number): void
  writeSlot(slot: number, value: number): void
  warmSlot(slot: number): number
  readTransient(slot: number, out: number): void
  writeTransient(slot: number, value: number): void
  appendLog(
    address: number,
    topics: number,
    topicCount: number,
    data: number,
    dataBytes: number,
  ): void
  logCount(): number
  encodeLogs(): number
  encodedLogBytes(): number
  invalidate(txIndex: number): void
}

export type CoreJournal = CoreThread & { readonly core: JournalExports }

/** As `STOPPED_BY_*` of `assembly/journal/access.ts`. */
export const STOPPED_BY_ESTIMATE = 1
export const STOPPED_BY_FUNDS = 2

/** Steps of every block. */
export const STEP_COUNT = 3

const HEAP = 64 * 1024 * 1024
const UNLIMITED = (1n << 64n) - 1n
const ORPHAN_STORAGE = 1n << 64n
/** Room for arguments in the thread's scratch, behind what the core itself uses there. */
const ARGUMENT = 288
const RESULT = 352

/** Instances on one memory, each in the thread of its index. */
export async function createCoreJournals(indices: readonly number[]): Promise<CoreJournal[]> {
  const file = new URL('../../shared/build/journal.debug.wasm', import.meta.url)
  const module = await WebAssembly.compile(await readFile(file))
  const memory = createMemory()
  return indices.map((index) => {
    const thread = createCoreThread(module, memory, index) as CoreJournal
    setHeapBytes(thread, HEAP)
    return thread
  })
}

export function setHeapBytes(journal: CoreJournal, bytes: number): void {
  journal.words[(CONTROL_OFFSET + HEAP_BYTES) >> 2] = bytes
}

export function openBlock(
  journal: CoreJournal,
  world: readonly WorldAccount[],
  schedule: number,
  revision: number,
): void {
  const { core } = journal
  core.lockGate()
  core.dropState()
  core.resetBlock(schedule, UNLIMITED, 0n)
  for (const account of world) loadAccount(journal, account)
  journal.words[(ENV_OFFSET + ENV_REVISION) >> 2] = revision
  core.unlockGate()
  for (let txIndex = 0; txIndex < STEP_COUNT; txIndex++) core.appendTx(txIndex, 0, 0, 0)
  core.publishTxs(STEP_COUNT)
}

function loadAccount(journal: CoreJournal, account: WorldAccount): void {
  const { core } = journal
  setAddress(journal, account.address)
  setValue(journal, account.balance)
  core.setBase(KIND_BALANCE)
  setValue(journal, account.nonce)
  core.setBase(KIND_NONCE)
  setValue(journal, account.code === undefined ? 0n : BigInt(storeCode(journal, account.code)))
  core.setBase(KIND_CODE)
  setValue(journal, account.hasOrphanStorage ? ORPHAN_STORAGE : 0n)
  core.setBase(KIND_STORAGE_EPOCH)
  for (const [number, value] of account.slots.entries()) {
    setKey(journal, wordOf(BigInt(number)))
    setValue(journal, value)
    core.setBase(KIND_SLOT)
  }
}

export function beginStep(journal: CoreJournal, txIndex: number, isEager: boolean): void {
  journal.core.beginExecution(txIndex)
  journal.core.beginState(txIndex, isEager)
}

/** Stages and publishes what the step in progress has written. */
export function finishStep(journal: CoreJournal): void {
  journal.core.stageState()
  if (journal.core.hasStopped() === 0) journal.core.finish(OUTCOME_SUCCESS, 0, 0, 0n, 0, 0, 0)
}

/** Makes a location one that `txIndex` is about to write; returns its name. */
export function announceWrite(
  journal: CoreJournal,
  txIndex: number,
  location: { readonly kind: number; readonly address: Uint8Array; readonly key: bigint },
): string {
  setAddress(journal, location.address)
  setKey(journal, wordOf(location.key))
  journal.core.declareWrite(txIndex, location.kind)
  return nameOf(NAME_OF_KIND[location.kind]!, location.address, location.key)
}

/** Declares a lazy update of a balance, as a shred tells it. */
export function declareBalanceDelta(
  journal: CoreJournal,
  txIndex: number,
  address: Uint8Array,
  claim: { readonly before: bigint; readonly after: bigint },
): void {
  setAddress(journal, address)
  setBound(journal, claim.before)
  setValue(journal, claim.after)
  journal.core.declareDelta(txIndex, KIND_BALANCE)
}

export function accountAt(journal: CoreJournal, address: Uint8Array): number {
  journal.bytes.set(address, journal.scratch + ARGUMENT)
  return journal.core.accountAt(journal.scratch + ARGUMENT)
}

export function slotAt(journal: CoreJournal, account: number, key: bigint): number {
  return journal.core.slotAt(account, word(journal, key))
}

/** Address of a word that holds `value`, until the next one is asked for. */
export function word(journal: CoreJournal, value: bigint): number {
  const ptr = journal.scratch + ARGUMENT
  for (let limb = 0; limb < 4; limb++) {
    journal.limbs[(ptr >> 3) + limb] = BigInt.asUintN(64, value >> BigInt(64 * limb))
  }
  return ptr
}

/** The word that `read` writes to the place it is given. */
export function wordFrom(journal: CoreJournal, read: (out: number) => void): bigint {
  const ptr = journal.scratch + RESULT
  read(ptr)
  return readBigInt(journal, ptr)
}

/** Address of `bytes`, as long as the block is open. */
export function putBytes(journal: CoreJournal, bytes: Uint8Array): number {
  const ptr = journal.core.allocateOutput(bytes.length) >>> 0
  journal.bytes.set(bytes, ptr)
  return ptr
}

export function codeBytesOf(journal: CoreJournal, account: number): Uint8Array | undefined {
  const code = journal.core.codeOf(account) >>> 0
  return code === 0 ? undefined : readCodeBytes(journal, code)
}

const NAME_OF_KIND: Readonly<Record<number, string>> = {
  [KIND_BALANCE]: 'balance',
  [KIND_NONCE]: 'nonce',
  [KIND_CODE]: 'code',
  [KIND_SLOT]: 'slot',
  [KIND_STORAGE_EPOCH]: 'epoch',
}

function kindOf(journal: CoreJournal, location: number): number {
  return journal.bytes[location + LOCATION_KIND] as number
}

function nameOfLocation(journal: CoreJournal, location: number): string {
  const kind = NAME_OF_KIND[kindOf(journal, location)]!
  const at = location + LOCATION_ADDRESS
  return nameOf(
    kind,
    journal.bytes.slice(at, at + 20),
    readBigInt(journal, location + LOCATION_KEY),
  )
}

/** Names of what the finished step read. */
export function readsOf(journal: CoreJournal, txIndex: number): Set<string> {
  const execution = loadWord(journal, txRecordPtr(txIndex) + TX_EXECUTION)
  const first = loadWord(journal, execution + EXECUTION_READS)
  const end = first + loadWord(journal, execution + EXECUTION_READ_COUNT) * READ_BYTES
  const reads = new Set<string>()
  for (let read = first; read < end; read += READ_BYTES) {
    const name = nameOfLocation(journal, loadWord(journal, read + READ_LOCATION))
    const isExpected = (loadWord(journal, read + READ_FLAGS) & READ_EXPECTED) !== 0
    reads.add(isExpected ? `${name} expected ${readBigInt(journal, read + READ_VALUE)}` : name)
  }
  return reads
}

/** What the finished step wrote, by name. */
export function writesOf(journal: CoreJournal, txIndex: number): Map<string, string> {
  const execution = loadWord(journal, txRecordPtr(txIndex) + TX_EXECUTION)
  const first = loadWord(journal, execution + EXECUTION_WRITES)
  const end = first + loadWord(journal, execution + EXECUTION_WRITE_COUNT) * WRITE_BYTES
  const writes = new Map<string, string>()
  for (let write = first; write < end; write += WRITE_BYTES) {
    const location = loadWord(journal, write + WRITE_LOCATION)
    const cell = loadWord(journal, write + WRITE_CELL)
    const kind = kindOf(journal, location)
    writes.set(nameOfLocation(journal, location), textOfCell(journal, kind, cell, txIndex))
  }
  return writes
}

function textOfCell(journal: CoreJournal, kind: number, cell: number, txIndex: number): string {
  const value = readBigInt(journal, cell + CELL_VALUE)
  if (loadWord(journal, cell + CELL_KIND) === CELL_DELTA) {
    return textOfDelta(BigInt.asIntN(256, value), readBigInt(journal, cell + CELL_BOUND))
  }
  if (kind === KIND_CODE) {
    return value === 0n ? 'deleted' : bytesToHex(readCodeBytes(journal, Number(value)))
  }
  if (kind === KIND_STORAGE_EPOCH) {
    return value === storageEpoch(journal, txIndex) ? 'cleared' : `epoch ${value}`
  }
  return String(value)
}

export function textOfDelta(amount: bigint, required: bigint): string {
  return `delta ${amount} from ${required}`
}

/** Code as the maps of writes have it. */
export function textOfCode({ code }: { readonly code?: Uint8Array | null }): string | undefined {
  if (code === undefined) return undefined
  return code === null ? 'deleted' : bytesToHex(code)
}
