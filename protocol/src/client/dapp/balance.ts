/**
 * One account's balance as the stream changes it. Changes carry the balance behind them, so the first
 * one is as good a beginning as any; before that JSON-RPC can tell it, exactly: it is asked for the
 * balance behind a block whose seal has just come, whose state never changes, and its answer is
 * dropped when a change comes first.
 *
 *     unknown --seal of block B--> asked for B --answer--> known
 *        ^                             |                     |
 *        |                             +------change---------+--change--> known
 *        +------------- gap: what is known may be wrong -----+
 */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, equalBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { Observable } from 'rxjs'
import type { BlockSealed } from '../../wire/messages.ts'
import { reconnectDelayMs } from '../reconnect-delay.ts'
import { placedChanges } from './account-changes.ts'
import { UnknownBalanceError } from './dapp-errors.ts'
import type { RpcReader } from './rpc-reader.ts'
import type { StreamItem } from './shared-stream.ts'
import type { StreamPlace } from './shred-view.ts'
import { placeOf } from './shred-view.ts'

export interface AccountBalance extends StreamPlace {
  readonly address: Hex
  /** In wei, behind the message at `seq`. */
  readonly balance: bigint
}

/** The seal is told a moment before the node's own store has the block. */
const ATTEMPTS_MAX = 8

interface Listener {
  next(balance: AccountBalance): void
  error(error: unknown): void
}

/** @param rpc absent: the first value comes with the first change */
export function balanceOf(
  items$: Observable<StreamItem>,
  address: Hex,
  rpc: RpcReader | undefined,
): Observable<AccountBalance> {
  return new Observable((listener) => {
    const watch = new BalanceWatch(address, rpc, listener)
    const subscription = items$.subscribe({
      next: (item) => watch.take(item),
      error: (error: unknown) => listener.error(error),
      complete: () => listener.complete(),
    })
    return () => {
      subscription.unsubscribe()
      watch.stop()
    }
  })
}

class BalanceWatch {
  readonly #address: Hex
  readonly #addressBytes: Uint8Array
  readonly #rpc: RpcReader | undefined
  readonly #listener: Listener
  #isKnown = false
  #asking: AbortController | undefined

  constructor(address: Hex, rpc: RpcReader | undefined, listener: Listener) {
    this.#address = address
    this.#addressBytes = hexToBytes(address)
    this.#rpc = rpc
    this.#listener = listener
  }

  take(item: StreamItem): void {
    if (item.type === 'gap') {
      this.stop()
      this.#isKnown = false
      return
    }
    const message = item.type === 'message' ? item.message : undefined
    const last = this.#lastBalance(item)
    // Whatever JSON-RPC is being asked, it is of a block that is no more.
    if (message?.type === 'chainReverted') this.stop()
    if (last !== undefined) this.#tell(last.place, last.balance)
    else if (message?.type === 'blockSealed' && !this.#isKnown) this.#ask(message)
  }

  /** Forgets what JSON-RPC is being asked. */
  stop(): void {
    this.#asking?.abort()
    this.#asking = undefined
  }

  #lastBalance(item: StreamItem): { place: StreamPlace; balance: bigint } | undefined {
    const balances = placedChanges(item).flatMap(({ place, change }) => {
      if (!equalBytes(change.address, this.#addressBytes)) return []
      const balance = change.balance ?? (change.code === null ? 0n : undefined)
      return balance === undefined ? [] : [{ place, balance }]
    })
    return balances.at(-1)
  }

  #tell(place: StreamPlace, balance: bigint): void {
    this.stop()
    this.#isKnown = true
    this.#listener.next({ ...place, address: this.#address, balance })
  }

  #ask(seal: BlockSealed): void {
    if (this.#rpc === undefined || this.#asking !== undefined) return
    const asking = new AbortController()
    this.#asking = asking
    this.#answer(this.#rpc, bytesToHex(seal.hash), asking.signal).then(
      (balance) => {
        if (balance !== undefined) this.#tell(placeOf(seal), balance)
      },
      (error: unknown) => this.#listener.error(error),
    )
  }

  /** Undefined when it is not wanted any more. */
  async #answer(rpc: RpcReader, hash: Hex, signal: AbortSignal): Promise<bigint | undefined> {
    for (let attempt = 0; ; attempt++) {
      try {
        const balance = await rpc.balanceBehind(hash, this.#address, signal)
        return signal.aborted ? undefined : balance
      } catch (error) {
        if (signal.aborted) return undefined
        if (attempt + 1 >= ATTEMPTS_MAX) throw new UnknownBalanceError(this.#address, hash, error)
        await elapsed(reconnectDelayMs(attempt, {}))
        if (signal.aborted) return undefined
      }
    }
  }
}

function elapsed(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs))
}
