/** Assertions on invariants of our own; a remote party's fault is a typed result instead. */

import { BaseError } from './base-error.ts'

export class AssertionError extends BaseError {
  override readonly name = 'Primitives.AssertionError'
}

/**
 * States an invariant; `message` says what must hold.
 * @throws AssertionError when it does not
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
