/**
 * The demo's exchange: two tokens, wrapped ether and Uniswap V3 with a pool for each pair. Every
 * address follows from the deployer's address and the order of deployment, so it is known before
 * anything runs.
 */

import type { Address, Hex } from 'viem'
import {
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  parseEther,
  zeroAddress,
} from 'viem'
import type { DemoContracts } from './demo-contracts.ts'
import { POSITION_MANAGER_ABI, SWAP_ROUTER_ABI, TOKEN_ABI, WETH_ABI } from './demo-contracts.ts'
import type { Call } from './wallet.ts'

/** A token with 18 decimals, as all of the demo's are. */
export interface Token {
  readonly symbol: string
  readonly address: Address
}

/** A call with a line for people. */
export interface LabelledCall {
  readonly label: string
  readonly call: Call
}

interface Reserve {
  readonly token: Token
  /** In the token's smallest unit. */
  readonly amount: bigint
}

/** Uniswap's fee in hundredths of a basis point, and the ticks of the whole price range at it. */
const POOL_FEE = 3000
const TICK_LIMIT = 887220
const NO_DEADLINE = 2n ** 64n - 1n
const UNLIMITED = 2n ** 256n - 1n
const TOKEN_SUPPLY = parseEther('100000000')

export class DemoExchange {
  readonly tokenA: Token
  readonly tokenB: Token
  readonly weth: Token
  readonly swapRouter: Address
  readonly #factory: Address
  readonly #positionManager: Address
  readonly #deployer: Address

  /** The deployer must be an account without transactions so far. */
  constructor(deployer: Address) {
    const created = (nonce: bigint) => getContractAddress({ from: deployer, nonce })
    this.#deployer = deployer
    this.tokenA = { symbol: 'TKA', address: created(0n) }
    this.tokenB = { symbol: 'TKB', address: created(1n) }
    this.weth = { symbol: 'WETH', address: created(2n) }
    this.#factory = created(3n)
    this.swapRouter = created(4n)
    this.#positionManager = created(5n)
  }

  get tokens(): readonly Token[] {
    return [this.tokenA, this.tokenB, this.weth]
  }

  /** Everything the deployer does, in this order and before anything else. */
  deployment(contracts: DemoContracts): LabelledCall[] {
    return [...this.#creations(contracts), ...this.#approvals(), ...this.#pools()]
  }

  #creations({ token, weth, factory, swapRouter, positionManager }: DemoContracts): LabelledCall[] {
    const tokenData = (name: string, symbol: string) =>
      encodeDeployData({ abi: TOKEN_ABI, bytecode: token, args: [name, symbol, TOKEN_SUPPLY] })
    const routerData = encodeDeployData({
      abi: SWAP_ROUTER_ABI,
      bytecode: swapRouter,
      args: [this.#factory, this.weth.address],
    })
    const positionsData = encodeDeployData({
      abi: POSITION_MANAGER_ABI,
      bytecode: positionManager,
      args: [this.#factory, this.weth.address, zeroAddress],
    })
    return [
      creation('token TKA', 1_500_000n, tokenData('Demo Token A', 'TKA')),
      creation('token TKB', 1_500_000n, tokenData('Demo Token B', 'TKB')),
      creation('wrapped ether', 1_500_000n, weth),
      creation('Uniswap V3 factory', 7_000_000n, factory),
      creation('Uniswap V3 swap router', 4_000_000n, routerData),
      creation('Uniswap V3 position manager', 7_000_000n, positionsData),
    ]
  }

  #approvals(): LabelledCall[] {
    return [
      this.wrap(parseEther('1000')),
      ...this.tokens.map((token) => approval(token, this.#positionManager, 'position manager')),
    ]
  }

  #pools(): LabelledCall[] {
    const tokensA = { token: this.tokenA, amount: parseEther('1000000') }
    const tokensB = { token: this.tokenB, amount: parseEther('500000') }
    const ether = { token: this.weth, amount: parseEther('500') }
    return [
      ...this.#pool(tokensA, tokensB),
      ...this.#pool(tokensA, ether),
      ...this.#pool(tokensB, ether),
    ]
  }

  /** A pool whose first price is the ratio of its first reserves. */
  #pool(first: Reserve, second: Reserve): LabelledCall[] {
    const isSorted = BigInt(first.token.address) < BigInt(second.token.address)
    const [reserve0, reserve1] = isSorted ? [first, second] : [second, first]
    const [token0, token1] = [reserve0.token.address, reserve1.token.address]
    const sqrtPriceX96 = squareRoot((reserve1.amount << 192n) / reserve0.amount)
    const pair = `${first.token.symbol}/${second.token.symbol}`
    const creationData = encodeFunctionData({
      abi: POSITION_MANAGER_ABI,
      functionName: 'createAndInitializePoolIfNecessary',
      args: [token0, token1, POOL_FEE, sqrtPriceX96],
    })
    const mint = {
      token0,
      token1,
      fee: POOL_FEE,
      tickLower: -TICK_LIMIT,
      tickUpper: TICK_LIMIT,
      amount0Desired: reserve0.amount,
      amount1Desired: reserve1.amount,
      amount0Min: 0n,
      amount1Min: 0n,
      recipient: this.#deployer,
      deadline: NO_DEADLINE,
    }
    const mintData = encodeFunctionData({
      abi: POSITION_MANAGER_ABI,
      functionName: 'mint',
      args: [mint],
    })
    const to = this.#positionManager
    return [
      { label: `create pool ${pair}`, call: { to, data: creationData, gas: 6_500_000n } },
      { label: `mint liquidity ${pair}`, call: { to, data: mintData, gas: 1_000_000n } },
    ]
  }

  /** Turns `amount` wei of ether into wrapped ether. */
  wrap(amount: bigint): LabelledCall {
    const data = encodeFunctionData({ abi: WETH_ABI, functionName: 'deposit' })
    return {
      label: 'wrap ether',
      call: { to: this.weth.address, value: amount, data, gas: 80_000n },
    }
  }

  /** Lets the router take any amount of the token from the caller. */
  approveRouter(token: Token): LabelledCall {
    return approval(token, this.swapRouter, 'router')
  }

  /** Sells `amount` (of `from`'s smallest unit) at whatever price, the proceeds to `recipient`. */
  swap(from: Token, to: Token, amount: bigint, recipient: Address): Call {
    const swap = {
      tokenIn: from.address,
      tokenOut: to.address,
      fee: POOL_FEE,
      recipient,
      deadline: NO_DEADLINE,
      amountIn: amount,
      amountOutMinimum: 0n,
      sqrtPriceLimitX96: 0n,
    }
    const data = encodeFunctionData({
      abi: SWAP_ROUTER_ABI,
      functionName: 'exactInputSingle',
      args: [swap],
    })
    return { to: this.swapRouter, data, gas: 350_000n }
  }
}

/** An ERC-20 transfer of `amount` in the token's smallest unit. */
export function tokenTransfer(token: Token, to: Address, amount: bigint): Call {
  const data = encodeFunctionData({
    abi: TOKEN_ABI,
    functionName: 'transfer',
    args: [to, amount],
  })
  return { to: token.address, data, gas: 100_000n }
}

function creation(what: string, gas: bigint, data: Hex): LabelledCall {
  return { label: `deploy ${what}`, call: { data, gas } }
}

function approval(token: Token, spender: Address, spenderName: string): LabelledCall {
  const data = encodeFunctionData({
    abi: TOKEN_ABI,
    functionName: 'approve',
    args: [spender, UNLIMITED],
  })
  return {
    label: `approve ${token.symbol} for the ${spenderName}`,
    call: { to: token.address, data, gas: 80_000n },
  }
}

/** Largest integer whose square is not above `value` (Newton's method). */
function squareRoot(value: bigint): bigint {
  let guess = 1n << BigInt((value.toString(2).length >> 1) + 1)
  while (true) {
    const next = (guess + value / guess) >> 1n
    if (next >= guess) return guess
    guess = next
  }
}
