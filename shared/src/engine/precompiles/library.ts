/**
 * Libraries that load asynchronously, and at their first use only: starting one takes longer than
 * most blocks. Whoever needs one inside a synchronous call leaves it with an error, awaits the
 * loading and calls again.
 */

import { BaseError } from '../../primitives/base-error.ts'

/** Not a fault: `load` has to be awaited, then the same call succeeds. */
export class LibraryNeededError extends BaseError {
  override readonly name = 'Engine.LibraryNeededError'
  readonly load: () => Promise<void>

  constructor(load: () => Promise<void>) {
    super('a library has to be loaded first')
    this.load = load
  }
}

/** One instance of a library, made by `start` at its first use. */
export class Library<T> {
  readonly #start: () => Promise<T>
  #instance: T | undefined
  #loading: Promise<void> | undefined

  constructor(start: () => Promise<T>) {
    this.#start = start
  }

  /** @throws LibraryNeededError until `load` has come to its end */
  get(): T {
    if (this.#instance === undefined) throw new LibraryNeededError(() => this.load())
    return this.#instance
  }

  /** One that failed is tried again by the next call. */
  load(): Promise<void> {
    this.#loading ??= this.#start().then(
      (instance) => {
        this.#instance = instance
      },
      (error) => {
        this.#loading = undefined
        throw error
      },
    )
    return this.#loading
  }
}
