/** The newest value of each location in a run of messages, within bounds. */

import type { SlotChange, StateChange } from '@shredcast/shared/chain/state-change'
import { bytesToHex, compareBytes } from '@shredcast/shared/primitives/bytes'
import type { Conflated, ConflatedAccount } from '../wire/control-messages.ts'
import { MAX_CONFLATED_BYTES, MAX_CONFLATED_LOCATIONS } from '../wire/limits.ts'

/** What a location costs beside the bytes of code: address or key, value, and their lengths. */
const LOCATION_BYTES = 80

interface MergedAccount extends Omit<ConflatedAccount, 'slots'> {
  readonly slotsByKey: Map<string, SlotChange>
}

export class Conflation {
  readonly #accounts = new Map<string, MergedAccount>()
  #locations = 0
  #codeBytes = 0
  #messageCount = 0

  get messageCount(): number {
    return this.#messageCount
  }

  /** Whether it has more than one message may say. */
  get isOverfull(): boolean {
    const bytes = this.#locations * LOCATION_BYTES + this.#codeBytes
    return this.#locations > MAX_CONFLATED_LOCATIONS || bytes > MAX_CONFLATED_BYTES
  }

  /** Takes the changes of message `seq`, which is newer than all before. */
  add(seq: number, changes: readonly StateChange[]): void {
    this.#messageCount++
    for (const change of changes) this.#merge(seq, change)
  }

  /** What has become of messages `fromSeq` to `nextSeq - 1`. */
  message(fromSeq: number, nextSeq: number): Conflated {
    const accounts = [...this.#accounts.values()].map(({ slotsByKey, ...account }) => {
      const slots = [...slotsByKey.values()].sort((a, b) => compareBytes(a.key, b.key))
      return { ...account, slots }
    })
    accounts.sort((a, b) => compareBytes(a.address, b.address))
    return { type: 'conflated', fromSeq, nextSeq, messageCount: this.#messageCount, accounts }
  }

  #merge(seq: number, change: StateChange): void {
    const { slots, ...fields } = change
    const name = bytesToHex(change.address)
    const before = this.#accounts.get(name)
    const slotsByKey = before?.slotsByKey ?? new Map<string, SlotChange>()
    if (change.storageCleared) {
      this.#locations -= slotsByKey.size
      slotsByKey.clear()
    }
    const sizeBefore = slotsByKey.size
    // What was added does not matter where only the newest value is told.
    for (const { key, value } of slots) slotsByKey.set(bytesToHex(key), { key, value })
    this.#locations += slotsByKey.size - sizeBefore + (before === undefined ? 1 : 0)
    if (change.code !== undefined) {
      this.#codeBytes += (change.code?.length ?? 0) - (before?.code?.length ?? 0)
    }
    this.#accounts.set(name, { ...before, ...fields, seq, slotsByKey })
  }
}
