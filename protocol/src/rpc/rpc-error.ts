/** What a JSON-RPC request may be refused with, and the codes that say so. */

import { BaseError } from '@shredcast/shared/primitives/base-error'

/** JSON-RPC 2.0, section 5.1. */
export const PARSE_ERROR = -32700
export const INVALID_REQUEST = -32600
export const METHOD_NOT_FOUND = -32601
export const INVALID_PARAMS = -32602
export const INTERNAL_ERROR = -32603

/** What geth answers when a request is in order and yet cannot be done. */
export const SERVER_ERROR = -32000
/** EIP-1474. */
export const LIMIT_EXCEEDED = -32005
/** `eth_simulateV1`: more blocks or calls than there may be. */
export const CLIENT_LIMIT_EXCEEDED = -38026
/** `eth_simulateV1`: a call ended in a fault. */
export const VM_ERROR = -32015
/** EIP-1193: the caller may not call this method. */
export const UNAUTHORIZED = 4100
/** geth: a call's code reverted; `data` is what it returned. */
export const EXECUTION_REVERTED = 3
/** EIP-7966: no receipt in time; `data` is the hash. The transaction stays where it is. */
export const SYNC_TIMEOUT = 4
/** EIP-7966: the transaction cannot be executed now; it was not added. */
export const SYNC_NOT_READY = 5
/** EIP-7966: transactions of the sender are missing before it; `data` is the nonce that is next. */
export const SYNC_NONCE_GAP = 6

/** An answer of error: code, message and data go to the caller as they are. */
export class RpcError extends BaseError {
  override readonly name = 'Rpc.RpcError'
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

export function invalidParams(message: string): RpcError {
  return new RpcError(INVALID_PARAMS, message)
}
