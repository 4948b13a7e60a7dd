/**
 * Filters that are polled (`eth_newFilter` and the like). Each collects what happens until somebody
 * asks; one that nobody asks for long enough is removed, and so is one that has collected too much,
 * so that a gap is never passed over in silence.
 */

import { randomBytes } from 'node:crypto'
import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { ChainEvents } from './backend.ts'
import { matchingLogs } from './find-logs.ts'
import { parseLogFilter } from './log-filter.ts'
import { LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from './rpc-error.ts'

const FILTERS_MAX = 1000
const COLLECTED_MAX = 10_000
/** As geth. */
const IDLE_MS = 5 * 60 * 1000

/** Listens to something and hands what it collects to `push`; returns how to stop. */
type Source = (push: (item: unknown) => void) => () => void

interface Filter {
  /** What `eth_getFilterLogs` starts from; undefined for other kinds. */
  readonly logs: JsonObject | undefined
  readonly stop: () => void
  collected: unknown[]
  askedMs: number
}

export class Filters {
  readonly #events: ChainEvents
  readonly #filters = new Map<string, Filter>()
  readonly #nowMs: () => number

  constructor(events: ChainEvents, nowMs: () => number = () => performance.now()) {
    this.#events = events
    this.#nowMs = nowMs
  }

  /** Collects logs per shred, each once, when its transaction commits. */
  addLogs(json: JsonObject): Hex {
    const filter = parseLogFilter(json)
    return this.#add(json, (push) => {
      return this.#events.onCommit(({ block, transaction }) => {
        for (const log of matchingLogs(filter, block, transaction)) push(log)
      })
    })
  }

  /** Collects hashes of sealed blocks. */
  addBlocks(): Hex {
    return this.#add(undefined, (push) => {
      return this.#events.onSealed(({ hash }) => hash !== undefined && push(bytesToHex(hash)))
    })
  }

  /** Collects hashes of admitted transactions. */
  addPending(): Hex {
    return this.#add(undefined, (push) =>
      this.#events.onPending(({ hash }) => push(bytesToHex(hash))),
    )
  }

  /** What was collected since the last time. */
  changes(id: string): readonly unknown[] {
    const filter = this.#get(id)
    const { collected } = filter
    filter.collected = []
    return collected
  }

  /** What the filter of logs was made from. */
  logsOf(id: string): JsonObject {
    const { logs } = this.#get(id)
    if (logs === undefined) throw new RpcError(SERVER_ERROR, 'the filter is not one of logs')
    return logs
  }

  remove(id: string): boolean {
    this.#filters.get(id)?.stop()
    return this.#filters.delete(id)
  }

  close(): void {
    for (const id of this.#filters.keys()) this.remove(id)
  }

  #add(logs: JsonObject | undefined, source: Source): Hex {
    this.#removeIdle()
    if (this.#filters.size >= FILTERS_MAX) {
      throw new RpcError(LIMIT_EXCEEDED, `more than ${FILTERS_MAX} filters`)
    }
    const id = bytesToHex(randomBytes(16))
    const filter: Filter = {
      logs,
      collected: [],
      askedMs: this.#nowMs(),
      stop: source((item) => {
        if (filter.collected.length === COLLECTED_MAX) this.remove(id)
        else filter.collected.push(item)
      }),
    }
    this.#filters.set(id, filter)
    return id
  }

  #get(id: string): Filter {
    this.#removeIdle()
    const filter = this.#filters.get(id)
    if (filter === undefined) throw new RpcError(SERVER_ERROR, 'filter not found')
    filter.askedMs = this.#nowMs()
    return filter
  }

  #removeIdle(): void {
    const oldest = this.#nowMs() - IDLE_MS
    for (const [id, { askedMs }] of this.#filters) if (askedMs < oldest) this.remove(id)
  }
}
