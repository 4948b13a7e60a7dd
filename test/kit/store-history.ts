/**
 * A chain whose every block and message follows from a seed and its number, so that one process can
 * write it and another know what must be there.
 */

import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { StateReader } from '@shredcast/shared/chain/state-reader'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { CanonicalState } from '@shredcast/shared/state/canonical-state'
import type { ModelState } from '@shredcast/shared/state/sample-history'
import {
  allocOf,
  appliedTo,
  randomDiffs,
  SAMPLE_ADDRESSES,
  SAMPLE_KEYS,
  sampleHeader,
} from '@shredcast/shared/state/sample-history'
import type { Store } from '@shredcast/shared/store/store'

const LOG_MESSAGES = 5000

/** More slots than the random diffs reach, so that the tables have several levels. */
const BULK_ADDRESS = new Uint8Array(20).fill(0x77)
export const BULK_SLOT_COUNT = 3000

function bulkKey(index: number): Uint8Array {
  const random = createRandom(index)
  return Uint8Array.from({ length: 32 }, () => random.below(256))
}

export function messageOf(seq: number): Uint8Array {
  const random = createRandom(seq)
  return new Uint8Array(1 + random.below(2000)).fill(random.below(256))
}

export class StoreHistory {
  readonly #seed: number
  readonly #headers: Header[] = [sampleHeader()]
  readonly #models: ModelState[]

  constructor(seed: number, bulkSlots = 0) {
    this.#seed = seed
    const slots = Array.from({ length: bulkSlots }, (_, i) => {
      return { key: bulkKey(i), value: bulkKey(i + bulkSlots) }
    }).sort((a, b) => (bytesToHex(a.key) < bytesToHex(b.key) ? -1 : 1))
    const bulk = { address: BULK_ADDRESS, nonce: 1n, code: new Uint8Array(0), slots }
    const diffs = bulkSlots === 0 ? [] : [{ changes: [bulk], deltas: [], reads: [] }]
    this.#models = [appliedTo(new Map(), diffs)]
  }

  open(store: Store): Promise<CanonicalState> {
    const config = { chainId: 7n, forks: [], blobSchedule: [] }
    const genesis = { config, header: this.#headers[0]!, alloc: allocOf(this.#models[0]!) }
    const log = { maxMessages: LOG_MESSAGES, maxAgeMs: 1e12 }
    return CanonicalState.open({ store, genesis, retention: { blocks: 64, log } })
  }

  diffs(number: number): StateDiff[] {
    return randomDiffs(createRandom(this.#seed * 1_000_003 + number))
  }

  header(number: number): Header {
    for (let next = this.#headers.length; next <= number; next++) {
      this.#headers.push(sampleHeader(this.#headers[next - 1]))
    }
    return this.#headers[number]!
  }

  transactions(number: number): Uint8Array[] {
    return Array.from({ length: 3 }, (_, i) => messageOf(3 * number + i))
  }

  /** Puts the block that follows the head on it; the header is made from the stored one. */
  async grow(store: Store, state: CanonicalState): Promise<number> {
    const header = sampleHeader(store.blocks.header(state.head.number))
    const number = Number(header.number)
    const body = { transactions: this.transactions(number), ommers: [] }
    await state.apply({ header, body, receipts: [] }, this.diffs(number))
    return number
  }

  model(number: number): ModelState {
    for (let next = this.#models.length; next <= number; next++) {
      this.#models.push(appliedTo(this.#models[next - 1]!, this.diffs(next)))
    }
    return this.#models[number]!
  }

  hash(number: number): Uint8Array {
    return headerHash(this.header(number))
  }

  /** Every location of the model at `number`, as what reads it and what must come of that. */
  *reads(number: number): Generator<{ read(state: StateReader): string; expected: string }> {
    const model = this.model(number)
    for (const address of [...SAMPLE_ADDRESSES, BULK_ADDRESS]) {
      const account = model.get(bytesToHex(address))
      const expected = account ? `${account.nonce} ${account.balance}` : 'none'
      yield { read: (state) => accountText(state, address), expected }
      const keys = address === BULK_ADDRESS ? [...(account?.slots.keys() ?? [])] : []
      for (const id of [...SAMPLE_KEYS.map(bytesToHex), ...keys]) {
        const key = Uint8Array.from(Buffer.from(id.slice(2), 'hex'))
        yield {
          read: (state) => bytesToHex(state.slot(address, key)),
          expected: bytesToHex(account?.slots.get(id) ?? new Uint8Array(32)),
        }
      }
    }
  }
}

function accountText(state: StateReader, address: Uint8Array): string {
  const account = state.account(address)
  return account ? `${account.nonce} ${account.balance}` : 'none'
}
