/** In a file of its own, so that whoever must know the error need not load what throws it. */

import { BaseError } from '../../primitives/base-error.ts'

/** The block is invalid: a contract that must answer at its end is missing or fails. */
export class SystemCallError extends BaseError {
  override readonly name = 'Engine.SystemCallError'
}
