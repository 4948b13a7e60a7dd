/**
 * Balances that a block moves outside its transactions: rewards for miner and ommers before Paris
 * (Yellow Paper 11.3), withdrawals from Shanghai on (EIP-4895), and the DAO fork's (EIP-779). Rewards
 * and withdrawals are credits that read no balance.
 */

import type { Hardfork } from '../../chain/hardforks.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import { DAO_ACCOUNTS, DAO_REFUND_CONTRACT } from './dao-accounts.ts'
import type { Execution } from './execution.ts'
import type { JournaledState } from './state/journaled-state.ts'

const WEI_PER_ETHER = 10n ** 18n
const WEI_PER_GWEI = 10n ** 9n

/** For a block in the given fork, in wei (EIP-649, EIP-1234). */
function blockReward(fork: Hardfork): bigint {
  if (isAtLeast(fork, 'paris')) return 0n
  if (isAtLeast(fork, 'constantinople')) return 2n * WEI_PER_ETHER
  return (isAtLeast(fork, 'byzantium') ? 3n : 5n) * WEI_PER_ETHER
}

export function payRewards({ state, block }: Execution): void {
  const { context, fork } = block
  const reward = blockReward(fork)
  if (reward === 0n) return
  for (const ommer of context.ommers) {
    const depth = context.number - ommer.number
    credit(state, ommer.beneficiary, ((8n - depth) * reward) / 8n)
  }
  const perOmmer = reward / 32n
  credit(state, context.beneficiary, reward + perOmmer * BigInt(context.ommers.length))
}

export function payWithdrawals({ state, block }: Execution): void {
  if (!isAtLeast(block.fork, 'shanghai')) return
  for (const { address, amount } of block.context.withdrawals ?? []) {
    credit(state, address, amount * WEI_PER_GWEI)
  }
}

function credit(state: JournaledState, address: Uint8Array, amount: bigint): void {
  const account = state.account(address)
  state.touch(account)
  account.credit(amount)
}

/** Moves the DAO's balances to the contract that pays them out, in the one block that does so. */
export function moveDaoBalances({ state, block }: Execution): void {
  if (block.context.number !== block.config.daoForkBlock) return
  const refunds = state.account(DAO_REFUND_CONTRACT)
  state.touch(refunds)
  for (const address of DAO_ACCOUNTS) {
    const account = state.account(address)
    const { balance } = account
    account.debit(balance)
    refunds.credit(balance)
  }
}
