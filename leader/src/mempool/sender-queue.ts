/**
 * The transactions of one sender, in order of nonce, at most one a nonce:
 *
 *     nonce   7      8      9     10        12
 *           taken  taken  head  executable  gapped
 *
 * Those that the engine has stand at the front; behind them without a gap come the executable ones,
 * the first of which is the head, and everything behind a gap waits for what is missing.
 */

import type { PooledTransaction } from './pooled-transaction.ts'

export class SenderQueue {
  /** The head as the pool has put it among the ready or the parked ones. */
  shownHead: PooledTransaction | undefined
  /** Ascending nonces. */
  readonly #transactions: PooledTransaction[] = []
  /** The account's, behind the newest committed transaction. */
  #nonce: bigint
  /** How many at the front follow on the account's nonce and are taken. */
  #takenCount = 0
  #cost = 0n

  constructor(nonce: bigint) {
    this.#nonce = nonce
  }

  get size(): number {
    return this.#transactions.length
  }

  /** What all of them may cost together, in wei. */
  get cost(): bigint {
    return this.#cost
  }

  get transactions(): readonly PooledTransaction[] {
    return this.#transactions
  }

  /** The next one that may go to the engine. */
  get head(): PooledTransaction | undefined {
    const next = this.#transactions[this.#takenCount]
    if (next === undefined || next.isTaken) return undefined
    return next.nonce === this.#nonce + BigInt(this.#takenCount) ? next : undefined
  }

  /** How many follow on the account's nonce without a gap, the taken ones included. */
  get executableCount(): number {
    const { length } = this.#transactions
    for (let count = this.#takenCount; count < length; count++) {
      if (this.#transactions[count]!.nonce !== this.#nonce + BigInt(count)) return count
    }
    return length
  }

  /** Behind the executable ones. */
  get nextNonce(): bigint {
    return this.#nonce + BigInt(this.executableCount)
  }

  /** Whether a transaction with this nonce would have to wait for one that is missing. */
  wouldBeGapped(nonce: bigint): boolean {
    return nonce > this.nextNonce
  }

  at(nonce: bigint): PooledTransaction | undefined {
    const found = this.#transactions[this.#placeOf(nonce)]
    return found?.nonce === nonce ? found : undefined
  }

  /** Puts it in its place; returns the one it replaces. */
  put(added: PooledTransaction): PooledTransaction | undefined {
    const place = this.#placeOf(added.nonce)
    const found = this.#transactions[place]
    const replaced = found?.nonce === added.nonce ? found : undefined
    this.#transactions.splice(place, replaced === undefined ? 0 : 1, added)
    this.#cost += added.cost - (replaced?.cost ?? 0n)
    return replaced
  }

  /** The head goes to the engine. */
  takeHead(): void {
    this.#transactions[this.#takenCount]!.isTaken = true
    this.shownHead = undefined
    this.#takenCount++
  }

  remove(removed: PooledTransaction): void {
    const place = this.#placeOf(removed.nonce)
    this.#transactions.splice(place, 1)
    this.#cost -= removed.cost
    if (place < this.#takenCount) this.#recount()
  }

  /** The engine gives it back. */
  giveBack(returned: PooledTransaction): void {
    returned.isTaken = false
    returned.isReturned = true
    this.#recount()
  }

  /** The account has come to `nonce`; returns what is behind it now, taken out. */
  advance(nonce: bigint): PooledTransaction[] {
    this.#nonce = nonce
    const passed = this.#transactions.splice(0, this.#placeOf(nonce))
    for (const { cost } of passed) this.#cost -= cost
    if (passed.length === 1 && this.#takenCount > 0) this.#takenCount--
    else this.#recount()
    return passed
  }

  #recount(): void {
    let count = 0
    for (const { isTaken, nonce } of this.#transactions) {
      if (!isTaken || nonce !== this.#nonce + BigInt(count)) break
      count++
    }
    this.#takenCount = count
  }

  /** Of the first with this nonce or a higher one. */
  #placeOf(nonce: bigint): number {
    let low = 0
    let high = this.#transactions.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#transactions[middle]!.nonce < nonce) low = middle + 1
      else high = middle
    }
    return low
  }
}
