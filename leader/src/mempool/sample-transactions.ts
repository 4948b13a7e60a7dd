/** Transactions for the mempool's tests: their signature says by a number who sent them. */

import type { Transaction } from '@shredcast/shared/chain/transaction'
import { decodeTransaction, encodeTransaction } from '@shredcast/shared/chain/transaction'
import { sampleTransaction as sampleFields } from '@shredcast/shared/engine/reference/sample-transaction'
import type { SenderSource } from '@shredcast/shared/engine/sender-recovery'
import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import type { AdmissionRules } from './admission.ts'

export const SAMPLE_RULES: AdmissionRules = {
  chainId: 1337n,
  fork: 'osaka',
  gasLimit: 30_000_000n,
  baseFeePerGas: 7n,
  blobsMax: 9,
  minimumTip: 0n,
}

/** The address of sender `number`. */
export function senderAddress(number: number): Uint8Array {
  return bigIntToBytes(BigInt(number), 20)
}

/** Of sender 1 with nonce 0, unless `fields` say otherwise. */
export function sampleTransaction(
  fields: Partial<Transaction> & { readonly from?: number } = {},
): Uint8Array {
  const { from = 1, ...rest } = fields
  return encodeTransaction(
    sampleFields({
      type: 2,
      chainId: SAMPLE_RULES.chainId,
      nonce: 0n,
      gasLimit: 21_000n,
      maxFeePerGas: 100n,
      maxPriorityFeePerGas: 10n,
      to: senderAddress(0xffff),
      value: 0n,
      r: BigInt(from),
      ...rest,
    }),
  )
}

export const SAMPLE_SENDERS: SenderSource = {
  async recover(bytes) {
    return senderAddress(Number(decodeTransaction(bytes).r))
  },
}
