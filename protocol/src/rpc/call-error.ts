/** A call is not executed: what it asks for contradicts itself, or is more than there is room for. */

import { BaseError } from '@shredcast/shared/primitives/base-error'

export class CallRefusedError extends BaseError {
  override readonly name = 'Rpc.CallRefusedError'
}
