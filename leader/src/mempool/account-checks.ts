/** What can be said against a transaction once its sender is known. */

import type { Transaction } from '@shredcast/shared/chain/transaction'
import type { SenderAccount } from './account-reader.ts'
import { PoolError } from './pool-error.ts'
import { PRICE_BUMP_PERCENT } from './pool-limits.ts'
import type { PooledTransaction } from './pooled-transaction.ts'

/**
 * Nonce, code, and funds for it and all else that the sender has in the pool.
 * @throws PoolError
 */
export function checkAccount(
  pooled: PooledTransaction,
  { nonce, balance, maySend }: SenderAccount,
  pending: { readonly cost: bigint; readonly replaced: PooledTransaction | undefined },
): void {
  const { cost, replaced } = pending
  if (!maySend) throw new PoolError('senderHasCode')
  if (pooled.nonce < nonce) {
    throw new PoolError('nonceTooLow', `next nonce ${nonce}, tx nonce ${pooled.nonce}`)
  }
  if (replaced?.isTaken) throw new PoolError('nonceTooLow', 'its nonce is being executed')
  const others = cost - (replaced?.cost ?? 0n)
  if (others + pooled.cost > balance) {
    throw new PoolError(
      'insufficientFunds',
      `balance ${balance}, queued cost ${others}, tx cost ${pooled.cost}`,
    )
  }
}

/**
 * All prices must rise by the bump.
 * @throws PoolError
 */
export function checkReplacement(added: PooledTransaction, replaced: PooledTransaction): void {
  const outbids = (pick: (tx: Transaction) => bigint) => {
    const [offered, before] = [pick(added.transaction), pick(replaced.transaction)]
    return offered > before && offered * 100n >= before * (100n + PRICE_BUMP_PERCENT)
  }
  const isBlob = replaced.transaction.type === 3
  const isOutbid =
    outbids((tx) => tx.maxFeePerGas) &&
    outbids((tx) => tx.maxPriorityFeePerGas) &&
    (!isBlob || outbids((tx) => tx.maxFeePerBlobGas))
  if (!isOutbid) throw new PoolError('replacementUnderpriced')
}
