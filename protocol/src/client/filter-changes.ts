/** Changes of a client's filters while it streams, and the server's answers to them. */

import type { ControlMessage } from '../wire/control-messages.ts'
import type { FilterSpec } from '../wire/shred-filter.ts'
import type { WantedFilters } from './wanted-filters.ts'
import { filterMessages } from './wanted-filters.ts'

type Send = (message: ControlMessage) => void

interface Waiting {
  resolve(fromSeq: number): void
  reject(error: unknown): void
}

/** A portion that is not the last: nobody waits for its answer. */
const NOBODY: Waiting = { resolve() {}, reject() {} }

export class FilterChanges {
  readonly #wanted: WantedFilters
  /** In the order of the answers. */
  #waiting: Waiting[] = []

  constructor(wanted: WantedFilters) {
    this.#wanted = wanted
  }

  /** Without `send` there is no subscription now; the next one begins with the change. */
  add(name: string, spec: FilterSpec, send: Send | undefined): Promise<number> {
    this.#wanted.add(name, spec)
    const messages = send === undefined ? [] : [...filterMessages(name, spec)]
    for (const message of messages) send?.(message)
    for (let others = messages.length; others > 1; others--) this.#waiting.push(NOBODY)
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  drop(name: string, send: Send | undefined): void {
    this.#wanted.drop(name)
    if (send === undefined) return
    send({ type: 'filterDrop', name })
    this.#waiting.push(NOBODY)
  }

  /** Tells a new connection of all filters, before it subscribes from `fromSeq`. */
  begin(fromSeq: number, send: Send): void {
    for (const message of this.#wanted.messages()) send(message)
    for (const { resolve } of this.#waiting.splice(0)) resolve(fromSeq)
  }

  /** The server has taken the oldest change that waits; returns whether there was one. */
  answered(fromSeq: number): boolean {
    const waiting = this.#waiting.shift()
    waiting?.resolve(fromSeq)
    return waiting !== undefined
  }

  end(error: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}
