/** The error of a report that does not hold. */

import { BaseError } from '@shredcast/shared/primitives/base-error'

/** `message` is why. */
export class RefutedReportError extends BaseError {
  override readonly name = 'Follower.RefutedReportError'
}
