/**
 * Blocks of a billion gas. The independent ones are built as pevm publishes them: each sender acts
 * once, nobody's accounts, balances or pools are another's. The hard ones share one thing.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { assemble } from '../kit/bytecode.ts'
import type { TransactionFields } from '../kit/signer.ts'
import { addressOf, ETHER, GAS_PRICE, word } from '../kit/test-world.ts'
import { BENCH_CONTEXT, signedBy, signerAt } from './bench-chain.ts'
import type { Exchange } from './exchange.ts'
import {
  clonePool,
  cloneToken,
  deployExchange,
  sellerCode,
  setAllowance,
  setTokenBalance,
  transferData,
} from './exchange.ts'
import type { MeasuredBlock } from './measure.ts'

/** A block with the state before it. */
export interface GeneratedBlock extends MeasuredBlock {
  readonly name: string
  readonly preState: readonly GenesisAccount[]
}

export interface BlockPlan {
  readonly name: string
  readonly description: string
  /** Transactions of the whole block. */
  readonly count: number
  readonly fill: (draft: BlockDraft, index: number) => void
  /** Prices are higher than the usual one by up to so many wei; default 0. */
  readonly tipsBelow?: number
}

const TRANSFER_GAS = 21_000n
const TOKEN_GAS = 100_000n
const SWAP_GAS = 300_000n
const SOLD = 10n ** 15n
const HELD = 10n ** 18n

/** What plans make their transactions with. */
class BlockDraft {
  readonly exchange: Exchange
  readonly count: number
  readonly random: Random = createRandom(1)
  readonly transactions: Uint8Array[] = []
  readonly token = addressOf('token')
  readonly seller = addressOf('seller')
  readonly chain = addressOf('chain')
  readonly #tipsBelow: number

  constructor(exchange: Exchange, count: number, tipsBelow = 1) {
    this.exchange = exchange
    this.count = count
    this.#tipsBelow = tipsBelow
    const { state } = exchange
    cloneToken(state, exchange.token0, this.token)
    state.deploy(this.seller, sellerCode(exchange.router))
    state.deploy(this.chain, CHAIN_CODE)
    state.fund(BENCH_CONTEXT.beneficiary, 1n)
  }

  send(index: number, fields: TransactionFields): void {
    const price = GAS_PRICE + BigInt(index % this.#tipsBelow)
    const prices = { maxFeePerGas: price, maxPriorityFeePerGas: price }
    this.transactions.push(signedBy(signerAt(index), { ...prices, ...fields }))
  }

  /** The funded sender of the transaction at `index`. */
  sender(index: number): Uint8Array {
    const { address } = signerAt(index)
    this.exchange.state.fund(address)
    return address
  }

  pay(index: number, to: Uint8Array): void {
    this.exchange.state.fund(to, ETHER)
    this.sender(index)
    this.send(index, { to, value: 1n, gasLimit: TRANSFER_GAS })
  }

  /** `to` holds tokens already: the first tokens of an account cost more. */
  payTokens(index: number, to: Uint8Array): void {
    const { state } = this.exchange
    setTokenBalance(state, this.token, this.sender(index), HELD)
    setTokenBalance(state, this.token, to, HELD)
    const data = transferData(to, BigInt(1 + this.random.below(255)))
    this.send(index, { to: this.token, data, gasLimit: TOKEN_GAS })
  }

  /** Sells one of the pool's tokens for the other. */
  swap(index: number, pool: Pick<Exchange, 'token0' | 'token1'>): void {
    const { state } = this.exchange
    const holder = this.sender(index)
    const [tokenIn, tokenOut] =
      index % 2 === 0 ? [pool.token0, pool.token1] : [pool.token1, pool.token0]
    for (const token of [tokenIn, tokenOut]) setTokenBalance(state, token, holder, HELD)
    setAllowance(state, tokenIn, { holder, spender: this.seller, amount: HELD })
    const data = concatBytes(word(tokenIn), word(tokenOut), word(SOLD))
    this.send(index, { to: this.seller, data, gasLimit: SWAP_GAS })
  }
}

export const recipient = (index: number) => addressOf(`recipient ${index}`)
export const ONE_RECIPIENT = addressOf('one recipient')

/** Slot 0 becomes the hash of itself and the caller: nothing but the order gives the last value. */
const CHAIN_CODE = assemble('0 SLOAD 0 MSTORE CALLER 32 MSTORE 64 0 KECCAK256 0 SSTORE')

const PATTERN = 10
const HOT_CHANCE = 0.3

export const GIGAGAS_PLANS: readonly BlockPlan[] = [
  {
    name: 'raw',
    description: 'raw transfers, each to a recipient of its own',
    count: 47_620,
    fill: (draft, index) => draft.pay(index, recipient(index)),
  },
  {
    name: 'erc20',
    description: "ERC-20 transfers, each to its sender, which is pevm's cluster of one",
    count: 37_123,
    fill: (draft, index) => draft.payTokens(index, signerAt(index).address),
  },
  {
    name: 'erc20-pairs',
    description: 'ERC-20 transfers, each to a recipient of its own',
    count: 29_000,
    fill: (draft, index) => draft.payTokens(index, recipient(index)),
  },
  {
    name: 'uniswap',
    description: 'Uniswap V3 swaps, each in a pool of its own with tokens of its own',
    count: 6413,
    fill: (draft, index) => draft.swap(index, clonePool(draft.exchange, `${index}`)),
  },
  {
    name: 'raw-one',
    description: 'raw transfers of many senders to one recipient',
    count: 47_620,
    fill: (draft, index) => draft.pay(index, ONE_RECIPIENT),
  },
  {
    name: 'erc20-one',
    description: 'ERC-20 transfers of many senders to one recipient',
    count: 29_000,
    fill: (draft, index) => draft.payTokens(index, ONE_RECIPIENT),
  },
  {
    name: 'one-pool',
    description: 'Uniswap V3 swaps of many senders in one pool',
    count: 6413,
    fill: (draft, index) => draft.swap(index, draft.exchange),
  },
  {
    name: 'chain',
    description: 'each transaction hashes what the one before it stored',
    count: 38_300,
    fill(draft, index) {
      draft.sender(index)
      draft.send(index, { to: draft.chain, gasLimit: TOKEN_GAS })
    },
  },
  {
    name: 'relay',
    description: 'raw transfers, each of the money that the one before it brought',
    count: 47_620,
    fill(draft, index) {
      const cost = TRANSFER_GAS * GAS_PRICE
      const hopsLeft = BigInt(draft.count - index)
      if (index === 0) draft.exchange.state.fund(signerAt(0).address, cost * hopsLeft)
      const to = signerAt(index + 1).address
      draft.send(index, { to, value: cost * (hopsLeft - 1n), gasLimit: TRANSFER_GAS })
    },
  },
  {
    name: 'mix',
    description: 'of ten, six raw and three ERC-20 transfers and a swap; 30 % meet in one place',
    count: 27_300,
    fill(draft, index) {
      const isHot = draft.random.chance(HOT_CHANCE)
      const kind = index % PATTERN
      if (kind < 6) draft.pay(index, isHot ? ONE_RECIPIENT : recipient(index))
      else if (kind < 9) draft.payTokens(index, isHot ? ONE_RECIPIENT : recipient(index))
      else draft.swap(index, isHot ? draft.exchange : clonePool(draft.exchange, `${index}`))
    },
  },
]

/** The block at `size` times its whole length, signed. */
export async function generateBlock(
  plan: BlockPlan,
  size: number,
  onSigned: () => void,
): Promise<GeneratedBlock> {
  const count = Math.max(1, Math.round(plan.count * size))
  const draft = new BlockDraft(await deployExchange(), count, plan.tipsBelow)
  for (let index = 0; index < count; index++) {
    plan.fill(draft, index)
    onSigned()
  }
  return {
    name: plan.name,
    context: BENCH_CONTEXT,
    transactions: draft.transactions,
    preState: draft.exchange.state.accounts(),
  }
}
