/** Requests that wait until their transaction is committed or dropped. */

import type { PlacedTransaction } from '@shredcast/shared/chain/block-record'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { ChainEvents } from './backend.ts'
import { LIMIT_EXCEEDED, RpcError } from './rpc-error.ts'

const WAITS_MAX = 20_000

export type WaitOutcome =
  | { readonly type: 'committed'; readonly placed: PlacedTransaction }
  | { readonly type: 'dropped'; readonly reason: string }
  | { readonly type: 'timeout' }

type Settle = (outcome: WaitOutcome) => void

export class ReceiptWaits {
  readonly #waits = new Map<Hex, Set<Settle>>()
  readonly #stops: readonly (() => void)[]
  #count = 0

  constructor(events: ChainEvents) {
    this.#stops = [
      events.onCommit((placed) => {
        if (this.#count === 0) return
        this.#settle(placed.transaction.hash, { type: 'committed', placed })
      }),
      events.onDropped((hash, reason) => this.#settle(hash, { type: 'dropped', reason })),
    ]
  }

  /** @throws RpcError when too many wait already */
  async wait(hash: Uint8Array, timeoutMs: number): Promise<WaitOutcome> {
    if (this.#count === WAITS_MAX) {
      throw new RpcError(LIMIT_EXCEEDED, `more than ${WAITS_MAX} requests wait for receipts`)
    }
    const key = bytesToHex(hash)
    this.#count++
    return new Promise<WaitOutcome>((resolve) => {
      const settles = this.#waits.get(key) ?? new Set<Settle>()
      const settle: Settle = (outcome) => {
        clearTimeout(timer)
        settles.delete(settle)
        if (settles.size === 0) this.#waits.delete(key)
        this.#count--
        resolve(outcome)
      }
      const timer = setTimeout(() => settle({ type: 'timeout' }), timeoutMs)
      this.#waits.set(key, settles.add(settle))
    })
  }

  /** Whoever waits is told that the time is over. */
  close(): void {
    for (const stop of this.#stops) stop()
    for (const settles of this.#waits.values()) {
      for (const settle of [...settles]) settle({ type: 'timeout' })
    }
  }

  #settle(hash: Uint8Array, outcome: WaitOutcome): void {
    for (const settle of [...(this.#waits.get(bytesToHex(hash)) ?? [])]) settle(outcome)
  }
}
