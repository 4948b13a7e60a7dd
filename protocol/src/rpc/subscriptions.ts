/**
 * What one connection has subscribed to (`eth_subscribe`): headers of sealed blocks, and at the commit
 * of each transaction its logs and its shred. A subscription says nothing before the answer that
 * names it is sent. What several connections are told is written as JSON once.
 */

import { randomBytes } from 'node:crypto'
import type { CommittedShred } from '@shredcast/shared/chain/block-record'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { RpcBackend } from './backend.ts'
import { matchingLogs } from './find-logs.ts'
import { parseLogFilter } from './log-filter.ts'
import type { Params } from './params.ts'
import { invalidParams, LIMIT_EXCEEDED, RpcError } from './rpc-error.ts'
import { headJson } from './shapes/block-json.ts'
import { shredJson, stateChangesJson } from './shapes/shred-json.ts'
import { pendingTransactionJson } from './shapes/transaction-json.ts'

const SUBSCRIPTIONS_MAX = 128

/** Begins to listen and tells results, each as JSON; returns how to stop. */
type Source = (backend: RpcBackend, tell: (json: string) => void) => () => void

interface Subscription {
  readonly stop: () => void
  /** Notifications that wait for the answer; undefined once it is sent. */
  held: string[] | undefined
}

export class Subscriptions {
  readonly #backend: RpcBackend
  readonly #send: (notification: string) => void
  readonly #subscriptions = new Map<string, Subscription>()

  constructor(backend: RpcBackend, send: (notification: string) => void) {
    this.#backend = backend
    this.#send = send
  }

  /**
   * @param namespace `eth`, or `rise` as older clients of RISE have it
   * @throws RpcError
   */
  add(namespace: string, params: Params): Hex {
    const source = sourceOf(params)
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) {
      throw new RpcError(LIMIT_EXCEEDED, `more than ${SUBSCRIPTIONS_MAX} subscriptions`)
    }
    const id = bytesToHex(randomBytes(16))
    const head = `{"jsonrpc":"2.0","method":"${namespace}_subscription","params":{"subscription":"${id}","result":`
    const stop = source(this.#backend, (json) => {
      const notification = `${head}${json}}}`
      if (subscription.held === undefined) this.#send(notification)
      else subscription.held.push(notification)
    })
    const subscription: Subscription = { stop, held: [] }
    this.#subscriptions.set(id, subscription)
    return id
  }

  /** The answer that names the subscription is sent. */
  release(id: string): void {
    const subscription = this.#subscriptions.get(id)
    if (subscription === undefined) return
    const held = subscription.held ?? []
    subscription.held = undefined
    for (const notification of held) this.#send(notification)
  }

  remove(id: string): boolean {
    this.#subscriptions.get(id)?.stop()
    return this.#subscriptions.delete(id)
  }

  close(): void {
    for (const id of this.#subscriptions.keys()) this.remove(id)
  }
}

function sourceOf(params: Params): Source {
  const kind = params.text(0)
  if (kind === 'newHeads') {
    return ({ events }, tell) => events.onSealed((block) => tell(JSON.stringify(headJson(block))))
  }
  if (kind === 'logs') return logsSource(params)
  if (kind === 'shreds' || kind === 'shred') return shredSource(params.flag(1))
  if (kind === 'newPendingTransactions') return pendingSource(params.flag(1))
  throw invalidParams(`no subscription is named ${JSON.stringify(kind.slice(0, 40))}`)
}

function logsSource(params: Params): Source {
  const filter = parseLogFilter(params.value(1) === undefined ? {} : params.object(1))
  return ({ events }, tell) => {
    return events.onCommit(({ block, transaction }) => {
      for (const log of matchingLogs(filter, block, transaction)) tell(JSON.stringify(log))
    })
  }
}

function pendingSource(isFull: boolean): Source {
  return ({ events }, tell) => {
    return events.onPending((pending) => {
      tell(JSON.stringify(isFull ? pendingTransactionJson(pending) : bytesToHex(pending.hash)))
    })
  }
}

const plainText = new WeakMap<CommittedShred, string>()
const changesText = new WeakMap<CommittedShred, string>()

function shredSource(hasChanges: boolean): Source {
  const texts = hasChanges ? changesText : plainText
  return ({ events, chain }, tell) => {
    return events.onCommit((shred) => {
      let text = texts.get(shred)
      if (text === undefined) {
        const stateChanges = hasChanges ? stateChangesJson(shred, chain.latestState) : undefined
        text = JSON.stringify({ ...shredJson(shred), stateChanges })
        texts.set(shred, text)
      }
      tell(text)
    })
  }
}
