/**
 * An account's balance as one execution sees it: it can move without being read (a lazy update,
 * ARCHITECTURE section 3), and then becomes a delta; once read, it becomes an absolute value.
 */

import { InvalidTransactionError } from '../execution-result.ts'
import type { AccountWrites } from '../state-access.ts'
import type { GuardedAccess } from './guarded-access.ts'
import type { UndoLog } from './undo-log.ts'

export class BalanceState {
  readonly #address: Uint8Array
  readonly #access: GuardedAccess
  readonly #undo: UndoLog
  #base: bigint | undefined
  #delta = 0n
  #required = 0n

  constructor(address: Uint8Array, access: GuardedAccess, undo: UndoLog) {
    this.#address = address
    this.#access = access
    this.#undo = undo
  }

  get isKnown(): boolean {
    return this.#base !== undefined
  }

  /** Reads the balance. */
  get value(): bigint {
    return this.#read() + this.#delta
  }

  /** Adds `amount`, which may be negative, without reading the balance. */
  move(amount: bigint): void {
    const previous = this.#delta
    this.#undo.push(() => {
      this.#delta = previous
    })
    this.#delta = previous + amount
  }

  /** Declares the least balance that must be there before the execution. */
  require(amount: bigint): void {
    const previous = this.#required
    this.#undo.push(() => {
      this.#required = previous
    })
    this.#required = amount
  }

  /** What there was before the execution is nothing by the rules, so it need not be read. */
  assumeNone(): void {
    if (this.#base === undefined) this.#learn(0n)
  }

  /** Known without a read: there was no less than nothing before the execution. */
  get isSurelyPositive(): boolean {
    return this.#delta > 0n
  }

  get isSurelyUnheld(): boolean {
    return this.#base === 0n
  }

  write(): AccountWrites['balance'] {
    if (this.#base !== undefined) return this.#delta === 0n ? undefined : this.#base + this.#delta
    if (this.#delta === 0n && this.#required === 0n) return undefined
    return { amount: this.#delta, required: this.#required }
  }

  #read(): bigint {
    return this.#base ?? this.#learn(this.#access.balance(this.#address))
  }

  #learn(base: bigint): bigint {
    // Kept even so: whoever executes once more after that does not ask again.
    this.#base = base
    if (base < this.#required) {
      this.#access.abandon(
        new InvalidTransactionError('insufficient funds for gas * price + value'),
      )
    }
    return base
  }
}
