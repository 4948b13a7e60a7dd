/** The one ancestor of the project's errors: a short message, what else is known, and the cause. */

/** Subclasses live beside their thrower and set `name` to `'Layer.WhatHappenedError'`. */
export class BaseError extends Error {
  override readonly name: string = 'BaseError'
  readonly shortMessage: string
  readonly details: string | undefined

  constructor(shortMessage: string, options: { details?: string; cause?: unknown } = {}) {
    const { details, cause } = options
    super(
      details === undefined ? shortMessage : `${shortMessage}\n${details}`,
      cause === undefined ? {} : { cause },
    )
    this.shortMessage = shortMessage
    this.details = details
  }
}
