/**
 * Random histories of a small world for tests, with the simplest state there is as their oracle: maps
 * that are copied with every block. Accounts and slots are few, so that blocks meet; every kind of
 * change occurs, and now and then a block that changes nothing.
 */

import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import { BLOOM_BYTES } from '../chain/receipt.ts'
import type { SlotChange, StateChange, StateDiff } from '../chain/state-change.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex, hexToBytes } from '../primitives/bytes.ts'
import type { Random } from '../primitives/random.ts'

export interface ModelAccount {
  nonce: bigint
  balance: bigint
  code: Uint8Array
  isRecorded: boolean
  slots: Map<Hex, Uint8Array>
}

export type ModelState = Map<Hex, ModelAccount>

const ADDRESS_COUNT = 12
const SLOT_COUNT = 6

export const SAMPLE_ADDRESSES = Array.from({ length: ADDRESS_COUNT }, (_, i) => {
  // Two of them share all bytes but the last, one is the last address there is.
  return new Uint8Array(20).fill(i === 0 ? 0xff : i).fill(i, i < 3 && i > 0 ? 19 : 20)
})

export const SAMPLE_KEYS = Array.from({ length: SLOT_COUNT }, (_, i) => {
  return new Uint8Array(32).fill(i === 0 ? 0xff : 0).fill(i, 31)
})

export function allocOf(state: ModelState): GenesisAccount[] {
  return [...state].map(([address, { balance, nonce, code, slots }]) => ({
    address: hexToBytes(address),
    balance,
    nonce,
    code,
    storage: [...slots].map(([key, value]) => ({ key: hexToBytes(key), value })),
  }))
}

/** A copy of `state` with the diffs applied as a header's state root counts them. */
export function appliedTo(state: ModelState, diffs: readonly StateDiff[]): ModelState {
  const next: ModelState = new Map(
    [...state].map(([address, account]) => [
      address,
      { ...account, slots: new Map(account.slots) },
    ]),
  )
  for (const change of diffs.flatMap(({ changes }) => changes)) applyChange(next, change)
  for (const [address, { isRecorded, nonce, balance }] of next) {
    if (!isRecorded && nonce === 0n && balance === 0n) next.delete(address)
  }
  return next
}

function applyChange(state: ModelState, change: StateChange): void {
  const address = bytesToHex(change.address)
  if (change.code === null) state.delete(address)
  const account = state.get(address) ?? createAccount()
  state.set(address, account)
  account.balance = change.balance ?? account.balance
  account.nonce = change.nonce ?? account.nonce
  if (change.code) {
    account.code = change.code
    account.isRecorded = true
  }
  if (change.storageCleared) account.slots.clear()
  for (const { key, value } of change.slots) {
    if (value.every((byte) => byte === 0)) account.slots.delete(bytesToHex(key))
    else account.slots.set(bytesToHex(key), value)
  }
}

function createAccount(): ModelAccount {
  const code = new Uint8Array(0)
  return { nonce: 0n, balance: 0n, code, isRecorded: false, slots: new Map() }
}

export function randomDiffs(random: Random): StateDiff[] {
  const count = random.chance(0.1) ? 0 : 1 + random.below(4)
  return Array.from({ length: count }, () => {
    const addresses = SAMPLE_ADDRESSES.filter(() => random.chance(0.3))
    return {
      changes: addresses.map((address) => randomChange(random, address)),
      deltas: [],
      reads: [],
    }
  })
}

function randomChange(random: Random, address: Uint8Array): StateChange {
  if (random.chance(0.1)) return { address, code: null, slots: [] }
  return {
    address,
    ...(random.chance(0.5) && { balance: BigInt(random.below(3)) * 10n ** 18n }),
    ...(random.chance(0.3) && { nonce: BigInt(random.below(300)) }),
    ...(random.chance(0.2) && { code: new Uint8Array(random.below(3)).fill(random.below(4)) }),
    ...(random.chance(0.1) && { storageCleared: true as const }),
    slots: SAMPLE_KEYS.filter(() => random.chance(0.3)).map((key) => randomSlot(random, key)),
  }
}

function randomSlot(random: Random, key: Uint8Array): SlotChange {
  const value = new Uint8Array(32)
  if (random.chance(0.6)) value.fill(1 + random.below(3), random.below(32))
  return { key, value }
}

const ROOT: Header = {
  parentHash: new Uint8Array(32),
  ommersHash: new Uint8Array(32),
  beneficiary: new Uint8Array(20),
  stateRoot: new Uint8Array(32),
  transactionsRoot: new Uint8Array(32),
  receiptsRoot: new Uint8Array(32),
  logsBloom: new Uint8Array(BLOOM_BYTES),
  difficulty: 0n,
  number: 0n,
  gasLimit: 30_000_000n,
  gasUsed: 0n,
  timestamp: 1000n,
  extraData: new Uint8Array(0),
  mixHash: new Uint8Array(32),
  nonce: new Uint8Array(8),
}

/** Header of a block on `parent`, or of block 0; `mark` makes two on the same parent differ. */
export function sampleHeader(parent?: Header, mark = 0): Header {
  if (parent === undefined) return { ...ROOT, extraData: Uint8Array.of(mark) }
  return {
    ...ROOT,
    parentHash: headerHash(parent),
    number: parent.number + 1n,
    timestamp: parent.timestamp + 12n,
    extraData: Uint8Array.of(mark),
  }
}
