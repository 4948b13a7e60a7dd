/**
 * A seeded history of a small state, block by block: accounts and slots come and go, so that nodes of
 * every kind divide and collapse. The same seed gives the same history.
 */

import type { SlotChange, StateChange } from '@shredcast/shared/chain/state-change'
import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'

export interface HistorySize {
  readonly accounts: number
  /** Slots that an account may have. */
  readonly slots: number
  /** Most changes of a block. */
  readonly changes: number
  /** Every change records its account, so that it exists until it is deleted. */
  readonly isRecorded: boolean
}

export const addressOf = (index: number) => bigIntToBytes(BigInt(index) + 1n, 20)
export const slotKeyOf = (index: number) => bigIntToBytes(BigInt(index), 32)

/** The next block's changes; about as many accounts and slots go as come. */
export function nextChanges(random: Random, size: HistorySize): StateChange[] {
  return Array.from({ length: 1 + random.below(size.changes) }, () => nextChange(random, size))
}

function nextChange(random: Random, size: HistorySize): StateChange {
  const address = addressOf(random.below(size.accounts))
  if (random.chance(0.3)) return { address, code: null, slots: [] }
  return {
    address,
    slots: random.chance(0.6) ? nextSlots(random, size) : [],
    ...(random.chance(0.4) && { balance: random.chance(0.3) ? 0n : largeNumber(random) }),
    ...(random.chance(0.2) && { nonce: BigInt(random.below(300)) }),
    ...((size.isRecorded || random.chance(0.2)) && {
      code: new Uint8Array(random.below(3)).fill(random.below(256)),
    }),
    ...(random.chance(0.05) && { storageCleared: true }),
  }
}

function nextSlots(random: Random, size: HistorySize): SlotChange[] {
  const slots = new Map<number, SlotChange>()
  for (let i = random.below(8); i >= 0; i--) {
    const index = random.below(size.slots)
    const value = random.chance(0.5) ? 0n : largeNumber(random)
    slots.set(index, { key: slotKeyOf(index), value: bigIntToBytes(value, 32) })
  }
  return [...slots.values()]
}

/** One to 32 bytes, each length as likely. */
function largeNumber(random: Random): bigint {
  let value = BigInt(1 + random.below(255))
  for (let i = random.below(32); i > 0; i--) value = (value << 8n) | BigInt(random.below(256))
  return value
}
