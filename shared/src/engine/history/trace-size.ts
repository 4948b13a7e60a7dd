/** Bounds what traces of one job take: a loop of a few bytes can make any number of steps. */

import { HistoryRefusedError } from './history-error.ts'

/** Characters of JSON; an answer of JSON-RPC has 25,000,000 at most. */
const TRACE_LENGTH_MAX = 24_000_000

/** JSON-RPC's "limit exceeded" (EIP-1474). */
const LIMIT_EXCEEDED = -32005

export class TraceSize {
  #length = 0

  /** @throws HistoryRefusedError */
  add(length: number): void {
    this.#length += length
    if (this.#length <= TRACE_LENGTH_MAX) return
    throw new HistoryRefusedError(
      `the trace has more than ${TRACE_LENGTH_MAX} characters`,
      LIMIT_EXCEEDED,
    )
  }
}
