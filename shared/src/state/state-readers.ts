/**
 * The state as it can be read: the newest, or that of a recent block. A reader of the newest state
 * sees each block as soon as it is committed, and keeps no snapshot between two reads: a thread that
 * sleeps holds no old page back.
 */

import type { BaseReader, RecordedAccount, RecordedReader } from '../chain/state-reader.ts'
import { BaseError } from '../primitives/base-error.ts'
import { bytesToHex, equalBytes } from '../primitives/bytes.ts'
import { EMPTY_CODE_HASH } from '../primitives/keccak.ts'
import type { StoreTables } from '../store/store.ts'
import { openStoreReader } from '../store/store.ts'
import { MEND, StoreCorruptedError } from '../store/store-error.ts'

/** The state of that block is not kept any more, or not there yet. */
export class StateUnavailableError extends BaseError {
  override readonly name = 'State.StateUnavailableError'
}

export class LatestState implements RecordedReader {
  readonly #tables: StoreTables

  constructor(tables: StoreTables) {
    this.#tables = tables
  }

  account(address: Uint8Array): RecordedAccount | undefined {
    return this.#tables.snapshot(() => this.#tables.accounts.get(address))
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#tables.snapshot(() => this.#tables.slots.get(address, key))
  }

  code(hash: Uint8Array): Uint8Array {
    return this.#tables.snapshot(() => codeOf(this.#tables, hash))
  }
}

/** The newest state for one more thread of the process that has the folder open. */
export function openLatestState(path: string): BaseReader {
  const tables = openStoreReader(path)
  const state = new LatestState(tables)
  return Object.assign(state, { close: () => tables.close() })
}

/** The state behind block `number`, while it is among those that are kept. */
export class HistoricState implements RecordedReader {
  readonly #tables: StoreTables
  readonly #number: bigint

  constructor(tables: StoreTables, number: bigint) {
    this.#tables = tables
    this.#number = number
    this.#read(() => {})
  }

  /** @throws StateUnavailableError also when the block has been left behind since it was opened */
  account(address: Uint8Array): RecordedAccount | undefined {
    const { changeSets, accounts } = this.#tables
    return this.#read(() => {
      const change = changeSets.accountAfter(address, this.#number)
      return change === undefined ? accounts.get(address) : change.before
    })
  }

  /** @throws StateUnavailableError */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const { changeSets, slots } = this.#tables
    return this.#read(() => {
      return changeSets.slotAfter(address, key, this.#number) ?? slots.get(address, key)
    })
  }

  code(hash: Uint8Array): Uint8Array {
    return this.#read(() => codeOf(this.#tables, hash))
  }

  /** The check and the read see the same snapshot, so pruning cannot come between them. */
  #read<T>(read: () => T): T {
    return this.#tables.snapshot(() => {
      const { head, historyStart } = this.#tables.meta
      const isKept = historyStart !== undefined && this.#number >= historyStart
      if (head === undefined || this.#number > head.number || !isKept) {
        throw new StateUnavailableError(
          `no state of block ${this.#number}: ${historyStart} to ${head?.number} are kept`,
        )
      }
      return read()
    })
  }
}

/** Code of an account, which the store has. */
export function codeOf({ codes }: StoreTables, hash: Uint8Array): Uint8Array {
  if (equalBytes(hash, EMPTY_CODE_HASH)) return new Uint8Array(0)
  const code = codes.get(hash)
  if (code !== undefined) return code
  throw new StoreCorruptedError(`the store lacks code ${bytesToHex(hash)}: ${MEND}`)
}
