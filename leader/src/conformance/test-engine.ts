/**
 * The engine that official tests run on, one after another: one serves all of them, and a test that
 * breaks it, or does not end, costs the next one a new engine and nothing else.
 */

import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { TracePart } from '@shredcast/shared/engine/trace'
import { BaseError } from '@shredcast/shared/primitives/base-error'

export interface TestEngineOptions {
  readonly engine: EngineName
  readonly build: CoreBuild
  readonly workers: number
  /** Takes the trace (EIP-3155); one worker only. */
  readonly onTrace?: (part: TracePart) => void
}

/** The test took longer than it may. */
class TimeLimitError extends BaseError {
  override readonly name = 'Leader.TimeLimitError'
}

export class TestEngine {
  readonly #options: TestEngineOptions
  #engine: Engine | undefined

  constructor(options: TestEngineOptions) {
    this.#options = options
  }

  /**
   * Does the work of one test; when it fails, its engine is ended wherever it is.
   * @throws TimeLimitError when `work` is not done by then; whatever else `work` throws
   */
  async within<T>(
    timeLimitMs: number,
    config: ChainConfig,
    work: (engine: Engine) => Promise<T>,
  ): Promise<T> {
    try {
      this.#engine ??= await createEngine({ ...this.#options, config })
      return await within(timeLimitMs, work(this.#engine))
    } catch (error) {
      const engine = this.#engine
      this.#engine = undefined
      await engine?.terminate()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#engine?.close()
    this.#engine = undefined
  }
}

/** @throws TimeLimitError when `work` is not done by then; it is left to itself */
async function within<T>(timeLimitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const expire = () => reject(new TimeLimitError(`not done after ${timeLimitMs / 1000} s`))
    timer = setTimeout(expire, timeLimitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/** A worker's own error is the cause of what the engine throws. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const message =
    error instanceof BaseError ? error.shortMessage : `${error.name}: ${error.message}`
  return error.cause === undefined ? message : `${message}: ${messageOf(error.cause)}`
}
