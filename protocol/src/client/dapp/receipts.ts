/**
 * Waits for receipts: the shred of the transaction brings it. Transactions that were committed before
 * the stream was there are found with JSON-RPC, which is asked only once the stream is, so that none
 * falls between the two.
 */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import type { Subscription } from 'rxjs'
import type { Shred } from '../../wire/messages.ts'
import { StreamClosedError } from '../stream-errors.ts'
import { ReceiptTimeoutError, TooManyWaitsError } from './dapp-errors.ts'
import type { RpcReader } from './rpc-reader.ts'
import type { SharedStream, StreamItem } from './shared-stream.ts'
import type { DappReceipt } from './shred-view.ts'
import { shredHash, shredView } from './shred-view.ts'

const WAITS_MAX = 10_000

interface Wait {
  readonly hash: Hex
  readonly resolve: (receipt: DappReceipt) => void
  readonly reject: (error: unknown) => void
  readonly timer: ReturnType<typeof setTimeout>
  /** Ends what JSON-RPC is being asked. */
  readonly ended: AbortController
  rpcError?: unknown
}

export class Receipts {
  readonly #stream: SharedStream
  readonly #rpc: RpcReader | undefined
  readonly #waits = new Map<Hex, Set<Wait>>()
  #count = 0
  /** The stream is there, so that JSON-RPC may be asked. */
  #isAsking = false
  #subscription: Subscription | undefined

  constructor(stream: SharedStream, rpc: RpcReader | undefined) {
    this.#stream = stream
    this.#rpc = rpc
  }

  /** Rejects with ReceiptTimeoutError, TooManyWaitsError, or what the stream fails with. */
  async wait(hash: Hex, timeoutMs: number): Promise<DappReceipt> {
    const recent = this.#stream.recent.find(hash)
    if (recent !== undefined) return shredView(recent).receipt
    if (this.#count >= WAITS_MAX) throw new TooManyWaitsError(WAITS_MAX)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#end(wait)
        reject(new ReceiptTimeoutError(hash, timeoutMs, wait.rpcError))
      }, timeoutMs)
      const wait: Wait = { hash, resolve, reject, timer, ended: new AbortController() }
      this.#add(wait)
    })
  }

  #add(wait: Wait): void {
    const others = this.#waits.get(wait.hash)
    if (others === undefined) this.#waits.set(wait.hash, new Set([wait]))
    else others.add(wait)
    this.#count++
    if (this.#isAsking) this.#ask(wait)
    this.#subscription ??= this.#listen()
  }

  #listen(): Subscription {
    const subscription = this.#stream.items$.subscribe({
      next: (item) => this.#take(item),
      error: (error: unknown) => this.#rejectAll(error),
      complete: () => this.#rejectAll(new StreamClosedError('the stream was closed')),
    })
    subscription.add(
      this.#stream.status$.subscribe(({ state }) => {
        if (this.#isAsking || (state !== 'connected' && state !== 'stale')) return
        this.#isAsking = true
        this.#askAll()
      }),
    )
    return subscription
  }

  #take(item: StreamItem): void {
    // The shred may have been among what is missing.
    if (item.type !== 'message') this.#askAll()
    else if (item.message.type === 'shred') this.#takeShred(item.message)
  }

  #takeShred(shred: Shred): void {
    const waits = this.#waits.get(shredHash(shred))
    if (waits === undefined) return
    try {
      this.#settle(waits, shredView(shred).receipt)
    } catch (error) {
      this.#reject(waits, error)
    }
  }

  #askAll(): void {
    for (const waits of this.#waits.values()) for (const wait of waits) this.#ask(wait)
  }

  #ask(wait: Wait): void {
    this.#rpc?.receipt(wait.hash, wait.ended.signal).then(
      (receipt) => {
        if (receipt !== undefined) this.#settle([wait], receipt)
      },
      (error: unknown) => {
        wait.rpcError = error
      },
    )
  }

  #settle(waits: Iterable<Wait>, receipt: DappReceipt): void {
    for (const wait of [...waits]) {
      this.#end(wait)
      wait.resolve(receipt)
    }
  }

  #rejectAll(error: unknown): void {
    this.#reject(
      [...this.#waits.values()].flatMap((waits) => [...waits]),
      error,
    )
  }

  #reject(waits: Iterable<Wait>, error: unknown): void {
    for (const wait of [...waits]) {
      this.#end(wait)
      wait.reject(error)
    }
  }

  #end(wait: Wait): void {
    const waits = this.#waits.get(wait.hash)
    if (waits === undefined || !waits.delete(wait)) return
    if (waits.size === 0) this.#waits.delete(wait.hash)
    clearTimeout(wait.timer)
    wait.ended.abort()
    this.#count--
    if (this.#count > 0) return
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
    this.#isAsking = false
  }
}
