/** Selectors of a transaction's calls with the length of their arguments, counted: `4byteTracer`. */

import { bytesToHex } from '../../primitives/bytes.ts'
import type { FrameStart } from '../frame-tracer.ts'
import type { TracedTransaction, TransactionTracer } from './transaction-tracer.ts'

const SELECTOR_BYTES = 4

export class FourByteTracer implements TransactionTracer {
  readonly #traced: TracedTransaction
  readonly #counts = new Map<string, number>()
  #wasEntered = false

  constructor(traced: TracedTransaction) {
    this.#traced = traced
  }

  enter({ kind, to, input }: FrameStart): void {
    this.#wasEntered = true
    const isCall = kind !== 'CREATE' && kind !== 'CREATE2' && kind !== 'SELFDESTRUCT'
    if (isCall) this.#count(to, input)
  }

  step(): void {}

  exit(): void {}

  result(): string {
    const { to, data } = this.#traced.transaction
    // A transfer to an account without code enters no frame.
    if (!this.#wasEntered && to !== undefined) this.#count(to, data)
    return JSON.stringify(Object.fromEntries([...this.#counts].sort()))
  }

  #count(to: Uint8Array, input: Uint8Array): void {
    if (input.length < SELECTOR_BYTES || this.#traced.executor.isPrecompile(to)) return
    const selector = bytesToHex(input.subarray(0, SELECTOR_BYTES))
    const key = `${selector}-${input.length - SELECTOR_BYTES}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }
}
