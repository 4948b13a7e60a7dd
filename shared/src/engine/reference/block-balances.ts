/**
 * Balances that a block moves outside its transactions: rewards for miner and ommers before Paris
 * (Yellow Paper 11.3), withdrawals from Shanghai on (EIP-4895), and the DAO fork's (EIP-779). Rewards
 * and withdrawals are credits that read no balance.
 */

import type { BlockContext } from '../../chain/block.ts'
import type { Hardfork } from '../../chain/hardforks.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import { DAO_ACCOUNTS, DAO_REFUND_CONTRACT } from './dao-accounts.ts'
import type { Execution } from './execution.ts'

const WEI_PER_ETHER = 10n ** 18n
const WEI_PER_GWEI = 10n ** 9n

/** For a block in the given fork, in wei (EIP-649, EIP-1234). */
function blockReward(fork: Hardfork): bigint {
  if (isAtLeast(fork, 'paris')) return 0n
  if (isAtLeast(fork, 'constantinople')) return 2n * WEI_PER_ETHER
  return (isAtLeast(fork, 'byzantium') ? 3n : 5n) * WEI_PER_ETHER
}

export interface Credit {
  /** 20 bytes. */
  readonly address: Uint8Array
  /** In wei. */
  readonly amount: bigint
}

/** What the block credits at its end, in order: withdrawals, then rewards. */
export function closingCredits(context: BlockContext, fork: Hardfork): Credit[] {
  return [...withdrawalCredits(context, fork), ...rewardCredits(context, fork)]
}

function withdrawalCredits({ withdrawals = [] }: BlockContext, fork: Hardfork): Credit[] {
  if (!isAtLeast(fork, 'shanghai')) return []
  return withdrawals.map(({ address, amount }) => ({ address, amount: amount * WEI_PER_GWEI }))
}

function rewardCredits({ number, beneficiary, ommers }: BlockContext, fork: Hardfork): Credit[] {
  const reward = blockReward(fork)
  if (reward === 0n) return []
  const credits = ommers.map((ommer) => {
    const depth = number - ommer.number
    return { address: ommer.beneficiary, amount: ((8n - depth) * reward) / 8n }
  })
  const amount = reward + (reward / 32n) * BigInt(ommers.length)
  return [...credits, { address: beneficiary, amount }]
}

/** Each credited account is touched, even by nothing. */
export function payCredits({ state, block }: Execution): void {
  for (const { address, amount } of closingCredits(block.context, block.fork)) {
    const account = state.account(address)
    state.touch(account)
    account.credit(amount)
  }
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
