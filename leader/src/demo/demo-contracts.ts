/**
 * The contracts of the demo: their creation code, which `build-demo.mjs` collects, and the functions
 * that the demo calls.
 */

import { readFileSync } from 'node:fs'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from 'viem'
import { parseAbi } from 'viem'

/** Creation code by contract. */
export interface DemoContracts {
  /** OpenZeppelin's ERC-20. */
  readonly token: Hex
  /** The canonical wrapped ether. */
  readonly weth: Hex
  /** Uniswap V3, as deployed on mainnet. */
  readonly factory: Hex
  readonly positionManager: Hex
  readonly swapRouter: Hex
}

export const TOKEN_ABI = parseAbi([
  'constructor(string name, string symbol, uint256 supply)',
  'function approve(address spender, uint256 value)',
  'function transfer(address to, uint256 value)',
])

export const WETH_ABI = parseAbi(['function deposit() payable'])

export const SWAP_ROUTER_ABI = parseAbi([
  'constructor(address factory, address weth)',
  'struct Swap { address tokenIn; address tokenOut; uint24 fee; address recipient; uint256 deadline; uint256 amountIn; uint256 amountOutMinimum; uint160 sqrtPriceLimitX96; }',
  'function exactInputSingle(Swap swap) payable returns (uint256 amountOut)',
])

export const POSITION_MANAGER_ABI = parseAbi([
  'constructor(address factory, address weth, address tokenDescriptor)',
  'function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96) payable returns (address pool)',
  'struct Mint { address token0; address token1; uint24 fee; int24 tickLower; int24 tickUpper; uint256 amount0Desired; uint256 amount1Desired; uint256 amount0Min; uint256 amount1Min; address recipient; uint256 deadline; }',
  'function mint(Mint mint) payable',
])

const BUILT_CONTRACTS = new URL('../../build/demo-contracts.json', import.meta.url)

/**
 * Reads what the build collected.
 * @throws ContractsNotBuiltError
 */
export function readDemoContracts(): DemoContracts {
  try {
    return JSON.parse(readFileSync(BUILT_CONTRACTS, 'utf8')).contracts
  } catch (cause) {
    throw new ContractsNotBuiltError(cause as Error)
  }
}

export class ContractsNotBuiltError extends BaseError {
  override readonly name = 'Demo.ContractsNotBuiltError'

  constructor(cause: Error) {
    super('the demo contracts are not built', { details: 'run: npm run build:demo', cause })
  }
}
