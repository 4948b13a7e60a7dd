/** A call is not executed: what it asks for contradicts itself, or is more than there is room for. */

import { BaseError } from '@shredcast/shared/primitives/base-error'

export class CallRefusedError extends BaseError {
  override readonly name = 'Rpc.CallRefusedError'
  /** Of JSON-RPC, where it has one of its own. */
  readonly code: number | undefined

  constructor(message: string, options: { readonly cause?: Error; readonly code?: number } = {}) {
    const { cause, code } = options
    super(message, cause === undefined ? {} : { cause })
    this.code = code
  }
}
