/**
 * Proofs of blob sidecars, checked in a thread of their own that is started with the first one: a check
 * takes milliseconds for each blob, and would stall the main thread.
 */

import { Worker } from 'node:worker_threads'
import type { BlobSidecar } from '../../chain/blob-sidecar.ts'
import { BaseError } from '../../primitives/base-error.ts'

/** The proofs could not be checked. */
export class ProofCheckEndedError extends BaseError {
  override readonly name = 'Engine.ProofCheckEndedError'
}

interface Request {
  readonly resolve: (fault: string | undefined) => void
  readonly reject: (error: Error) => void
}

export class BlobProofs {
  /** In the order of the questions. */
  readonly #asked: Request[] = []
  #thread: Worker | undefined

  /** Sidecars that wait or are being checked. */
  get waitingCount(): number {
    return this.#asked.length
  }

  /**
   * Why the proofs do not hold; undefined when they do.
   * @throws ProofCheckEndedError
   */
  check(sidecar: BlobSidecar): Promise<string | undefined> {
    this.#thread ??= this.#start()
    return new Promise((resolve, reject) => {
      this.#asked.push({ resolve, reject })
      this.#thread?.postMessage(sidecar)
    })
  }

  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #start(): Worker {
    // Node 20 cannot load a TypeScript worker, so the built file runs even when this one is a source.
    const url = new URL('../../../dist/engine/blobs/blob-proofs-thread.js', import.meta.url)
    const thread = new Worker(url)
    thread.on('message', (fault: string | undefined) => this.#asked.shift()?.resolve(fault))
    thread.on('error', (cause) => this.#end(thread, cause))
    thread.on('exit', () => this.#end(thread))
    // An idle thread keeps no process alive.
    thread.unref()
    return thread
  }

  /** What was asked has no answer; the next question starts another thread. */
  #end(thread: Worker, cause?: unknown): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    const error = new ProofCheckEndedError('the check of blob proofs has ended', { cause })
    for (const { reject } of this.#asked.splice(0)) reject(error)
  }
}
