/**
 * Demo traffic: one development account deploys an exchange and funds a crowd of wallets, which then
 * pay each other ether and tokens and trade without end. The same seed gives the same transactions.
 */

import { DEV_MNEMONIC } from '@shredcast/shared/chain/dev-genesis'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import type { Address } from 'viem'
import { parseEther, toHex } from 'viem'
import type { LocalAccount } from 'viem/accounts'
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts'
import { keccak256 } from 'viem/utils'
import { readDemoContracts } from './demo-contracts.ts'
import type { LabelledCall, Token } from './demo-exchange.ts'
import { DemoExchange, tokenTransfer } from './demo-exchange.ts'
import { Wallet } from './wallet.ts'

/**
 * `deploy`: contracts and pools; `fund`: ether and tokens for the wallets; `prepare`: each wallet
 * wraps ether and lets the router trade; `trade`: the endless mix.
 */
export type DemoPhase = 'deploy' | 'fund' | 'prepare' | 'trade'

export interface DemoTransaction {
  readonly phase: DemoPhase
  /** One line for people, such as `swap 12.5 TKA -> TKB`. */
  readonly label: string
  /** Signed, in its EIP-2718 form. */
  readonly raw: Uint8Array
}

/** The last development account, so that a newcomer's wallet may use the first ones meanwhile. */
const DEPLOYER_INDEX = 9
const WALLET_COUNT = 16
const TRANSFER_GAS = 21_000n
const TENTH = parseEther('0.1')

/**
 * Transactions for a development chain on which the last development account has sent none but these.
 * Each is valid and succeeds when those yielded before it have run: a wallet's first transactions need
 * what the deployer's gave it. `sentCount` says how many of an account's transactions the chain has:
 * they are left out.
 */
export async function* demoTraffic(
  seed: number,
  sentCount: (address: Address) => number = () => 0,
): AsyncGenerator<DemoTransaction, never> {
  const createWallet = (account: LocalAccount) => new Wallet(account, sentCount(account.address))
  const deployer = createWallet(mnemonicToAccount(DEV_MNEMONIC, { addressIndex: DEPLOYER_INDEX }))
  const exchange = new DemoExchange(deployer.address)
  const wallets = Array.from({ length: WALLET_COUNT }, (_, index) => {
    return createWallet(privateKeyToAccount(keccak256(toHex(`shredcast demo ${seed} ${index}`))))
  })

  yield* signAll('deploy', deployer, exchange.deployment(readDemoContracts()))
  for (const wallet of wallets) yield* signAll('fund', deployer, funding(exchange, wallet))
  for (const wallet of wallets) yield* signAll('prepare', wallet, preparation(exchange))

  const random = createRandom(seed)
  while (true) {
    const wallet = random.pick(wallets)
    yield* signAll('trade', wallet, [nextTrade(exchange, wallets, wallet, random)])
  }
}

async function* signAll(
  phase: DemoPhase,
  wallet: Wallet,
  calls: readonly LabelledCall[],
): AsyncGenerator<DemoTransaction, void> {
  for (const { label, call } of calls) {
    const raw = await wallet.sign(call)
    if (raw !== undefined) yield { phase, label, raw }
  }
}

function funding({ tokenA, tokenB }: DemoExchange, { address }: Wallet): LabelledCall[] {
  return [
    {
      label: 'fund a wallet with 100 ETH',
      call: { to: address, value: parseEther('100'), gas: TRANSFER_GAS },
    },
    ...[tokenA, tokenB].map((token) => ({
      label: `fund a wallet with 50000 ${token.symbol}`,
      call: tokenTransfer(token, address, parseEther('50000')),
    })),
  ]
}

function preparation(exchange: DemoExchange): LabelledCall[] {
  const approvals = exchange.tokens.map((token) => exchange.approveRouter(token))
  return [exchange.wrap(parseEther('20')), ...approvals]
}

/** Of twenty transactions eight move ether, seven tokens, and five trade. */
function nextTrade(
  exchange: DemoExchange,
  wallets: readonly Wallet[],
  wallet: Wallet,
  random: Random,
): LabelledCall {
  const kind = random.below(20)
  if (kind < 8) return payment(random.pick(wallets), random)
  if (kind < 15) return tokenPayment(exchange, random.pick(wallets), random)
  return trade(exchange, wallet, random)
}

function payment(recipient: Wallet, random: Random): LabelledCall {
  const milliether = 1 + random.below(20)
  return {
    label: `transfer ${milliether / 1000} ETH`,
    call: {
      to: recipient.address,
      value: parseEther('0.001') * BigInt(milliether),
      gas: TRANSFER_GAS,
    },
  }
}

function tokenPayment(exchange: DemoExchange, recipient: Wallet, random: Random): LabelledCall {
  const token = random.pick([exchange.tokenA, exchange.tokenB])
  const tenths = 1 + random.below(100)
  return {
    label: `transfer ${tenths / 10} ${token.symbol}`,
    call: tokenTransfer(token, recipient.address, TENTH * BigInt(tenths)),
  }
}

function trade(exchange: DemoExchange, wallet: Wallet, random: Random): LabelledCall {
  const from = random.pick(exchange.tokens)
  const to = random.pick(exchange.tokens.filter((token) => token !== from))
  const { amount, text } = tradeSize(exchange, from, random)
  return {
    label: `swap ${text} ${from.symbol} -> ${to.symbol}`,
    call: exchange.swap(from, to, amount, wallet.address),
  }
}

/** Sizes of about the same worth: a thousand tokens buy half an ether. */
function tradeSize(exchange: DemoExchange, from: Token, random: Random) {
  const tenths = 1 + random.below(250)
  const divisor = from === exchange.weth ? 1000 : 1
  return { amount: (TENTH * BigInt(tenths)) / BigInt(divisor), text: tenths / 10 / divisor }
}
