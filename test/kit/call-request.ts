/** Read-only calls as tests make them. */

import type { CallRequest } from '@shredcast/shared/chain/call'
import type { Transaction } from '@shredcast/shared/chain/transaction'

/** The call that does what the transaction of this sender does. */
export function requestOf(transaction: Transaction, from: Uint8Array): CallRequest {
  const { type, to, gasLimit, value, data, accessList } = transaction
  const { maxFeePerGas, maxPriorityFeePerGas, maxFeePerBlobGas } = transaction
  const { blobVersionedHashes, authorizationList } = transaction
  return {
    from,
    to,
    gas: gasLimit,
    value,
    data,
    ...(type < 2 ? { gasPrice: maxFeePerGas } : { maxFeePerGas, maxPriorityFeePerGas }),
    ...(type > 0 && { accessList }),
    ...(type === 3 && { maxFeePerBlobGas, blobVersionedHashes }),
    ...(type === 4 && { authorizationList }),
  }
}
