/**
 * Senders of transactions before they reach the engine, recovered in a thread of their own: 70 us
 * each would stall the main thread. What waits goes to the thread in one message when it is free, so
 * that a single transaction goes at once and a flood in batches.
 */

import { Worker } from 'node:worker_threads'
import { assert } from '../primitives/assert.ts'
import { BaseError } from '../primitives/base-error.ts'
import { concatBytes } from '../primitives/bytes.ts'

/** Transactions of one message: a few milliseconds of work, so that an answer is never far. */
const BATCH_MAX = 64

/** The thread has ended; nothing can be recovered any more. */
export class RecoveryEndedError extends BaseError {
  override readonly name = 'Engine.RecoveryEndedError'
}

interface Request {
  readonly bytes: Uint8Array
  readonly resolve: (sender: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}

/** Many transactions in one array: to pass each by itself takes longer than to copy it. */
export interface RecoveryBatch {
  readonly bytes: Uint8Array
  /** Where each transaction ends in it. */
  readonly ends: readonly number[]
}

/** Of an answer: 1 and the sender's address, or zeros. */
export const SENDER_BYTES = 21

/** A source of senders; the mempool's tests have others. */
export interface SenderSource {
  /**
   * The 20-byte sender of signed bytes, undefined when nobody can have signed them. Answers come in
   * the order of the questions.
   * @throws RecoveryEndedError
   */
  recover(bytes: Uint8Array): Promise<Uint8Array | undefined>
}

export class SenderRecovery implements SenderSource {
  // Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
  readonly #thread = new Worker(
    new URL('../../dist/engine/sender-recovery-thread.js', import.meta.url),
  )
  #waiting: Request[] = []
  #sent: Request[] = []
  #ended: RecoveryEndedError | undefined

  constructor() {
    this.#thread.on('message', (answers: Uint8Array) => this.#take(answers))
    this.#thread.on('error', (cause) => this.#end('the recovery of senders failed', cause))
    this.#thread.on('exit', () => this.#end('the recovery of senders has ended'))
    // An idle thread keeps no process alive.
    this.#thread.unref()
  }

  recover(bytes: Uint8Array): Promise<Uint8Array | undefined> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes, resolve, reject })
      if (this.#sent.length === 0) this.#send()
    })
  }

  async close(): Promise<void> {
    await this.#thread.terminate()
  }

  #send(): void {
    this.#sent = this.#waiting.splice(0, BATCH_MAX)
    if (this.#sent.length === 0) return
    let end = 0
    const ends = this.#sent.map(({ bytes }) => (end += bytes.length))
    const bytes = concatBytes(...this.#sent.map((request) => request.bytes))
    const batch: RecoveryBatch = { bytes, ends }
    this.#thread.postMessage(batch, [bytes.buffer as ArrayBuffer])
  }

  #take(answers: Uint8Array): void {
    const answered = this.#sent
    const isWhole = answers.length === answered.length * SENDER_BYTES
    assert(isWhole, 'every question has its answer')
    this.#send()
    for (const [index, { resolve }] of answered.entries()) {
      const start = index * SENDER_BYTES
      const isKnown = answers[start] === 1
      resolve(isKnown ? answers.slice(start + 1, start + SENDER_BYTES) : undefined)
    }
  }

  #end(message: string, cause?: unknown): void {
    this.#ended ??= new RecoveryEndedError(message, { cause })
    const lost = [...this.#sent.splice(0), ...this.#waiting.splice(0)]
    for (const { reject } of lost) reject(this.#ended)
  }
}
