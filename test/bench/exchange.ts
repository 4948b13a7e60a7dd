/**
 * Real contracts for benchmarks: the demo's exchange (OpenZeppelin's ERC-20, wrapped ether, Uniswap
 * V3), deployed by its own transactions on the sequential oracle, and copies of its tokens and pools
 * that are made from the deployed ones without executing anything.
 */

import { readDemoContracts } from '@shredcast/leader/demo/demo-contracts'
import { DemoExchange } from '@shredcast/leader/demo/demo-exchange'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { assert } from '@shredcast/shared/primitives/assert'
import {
  bytesToHex,
  compareBytes,
  concatBytes,
  equalBytes,
  hexToBytes,
} from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { assemble } from '../kit/bytecode.ts'
import { MapState } from '../kit/map-state.ts'
import { Oracle } from '../kit/oracle-block.ts'
import { addressOf, word } from '../kit/test-world.ts'
import { BENCH_CONFIG, BENCH_CONTEXT, BenchState, signedBy, signerAt } from './bench-chain.ts'

/** Index of the signer that deploys; traders have lower ones. */
const DEPLOYER = 99_999

/** Hundredths of a basis point, as the demo's pools have it. */
const POOL_FEE = 3000
/** `UniswapV3Pool`'s creation code, as the router knows it. */
const POOL_INIT_CODE_HASH = hexToBytes(
  '0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54',
)

/** Slots of OpenZeppelin's ERC-20 that its holders have in common. */
const SHARED_TOKEN_SLOTS = [2n, 3n, 4n].map(word)
const BALANCES = 0n
const ALLOWANCES = 1n

export interface Exchange {
  /** With the exchange deployed and its pools filled. */
  readonly state: BenchState
  readonly factory: Uint8Array
  readonly router: Uint8Array
  /** The template's tokens, in the order that its pool has them. */
  readonly token0: Uint8Array
  readonly token1: Uint8Array
  readonly pool: Uint8Array
}

let deploying: Promise<readonly GenesisAccount[]> | undefined

/** A freshly deployed exchange; the transactions that deploy it run once. */
export async function deployExchange(): Promise<Exchange> {
  deploying ??= runDeployment()
  const state = new BenchState()
  for (const account of await deploying) copyAccount(state, account, account.address)
  const demo = new DemoExchange(bytesToHex(signerAt(DEPLOYER).address))
  const tokens = [demo.tokenA, demo.tokenB].map(({ address }) => hexToBytes(address))
  const [token0, token1] = tokens.sort(compareBytes) as [Uint8Array, Uint8Array]
  const router = hexToBytes(demo.swapRouter)
  const factory = factoryIn(state, token0, token1)
  return { state, factory, router, token0, token1, pool: poolAddress(factory, token0, token1) }
}

async function runDeployment(): Promise<readonly GenesisAccount[]> {
  const deployer = signerAt(DEPLOYER)
  const state = new BenchState()
  state.fund(deployer.address, 10n ** 24n)
  const calls = new DemoExchange(bytesToHex(deployer.address)).deployment(readDemoContracts())
  const transactions = calls.map(({ call: { to, data, value, gas } }, index) =>
    signedBy(deployer, {
      nonce: BigInt(index),
      gasLimit: gas,
      to: to === undefined ? undefined : hexToBytes(to),
      value: value ?? 0n,
      data: hexToBytes(data ?? '0x'),
    }),
  )
  const oracle = new Oracle(BENCH_CONFIG, new MapState(state.accounts()))
  for (const outcome of await oracle.run({ context: BENCH_CONTEXT, transactions })) {
    assert(outcome.type !== 'rejected', 'the deployment is valid')
    const isDone = outcome.type === 'system' || outcome.receipt.status === 1
    assert(isDone, 'each transaction of the deployment succeeds')
    state.apply(outcome.changes)
  }
  return state.accounts()
}

/** The account whose pool of the two tokens is where the factory puts it. */
function factoryIn(state: BenchState, token0: Uint8Array, token1: Uint8Array): Uint8Array {
  const known = state.accounts().map(({ address }) => address)
  const factory = known.find((address) => {
    const pool = poolAddress(address, token0, token1)
    return known.some((other) => equalBytes(other, pool))
  })
  assert(factory !== undefined, 'the exchange has a factory and a pool')
  return factory
}

function poolAddress(factory: Uint8Array, token0: Uint8Array, token1: Uint8Array): Uint8Array {
  const salt = keccak256(concatBytes(word(token0), word(token1), word(POOL_FEE)))
  const prefix = Uint8Array.of(0xff)
  return keccak256(concatBytes(prefix, factory, salt, POOL_INIT_CODE_HASH)).slice(12)
}

/** A pool of two new tokens that is in the state of the template's, and holds as much. */
export function clonePool(exchange: Exchange, name: string): Omit<Exchange, 'state'> {
  const { state, factory, router } = exchange
  const tokens = [addressOf(`${name} token A`), addressOf(`${name} token B`)].sort(compareBytes)
  const [token0, token1] = tokens as [Uint8Array, Uint8Array]
  const pool = poolAddress(factory, token0, token1)
  const template = state.account(exchange.pool)
  const code = template.code.slice()
  // Immutables stand in the code as the constructor's arguments were.
  replaceAll(code, exchange.token0, token0)
  replaceAll(code, exchange.token1, token1)
  replaceAll(code, exchange.pool, pool)
  copyAccount(state, { ...template, code }, pool)
  const clones = [
    [exchange.token0, token0],
    [exchange.token1, token1],
  ] as const
  for (const [original, clone] of clones) {
    cloneToken(state, original, clone)
    const reserve = balanceSlot(exchange.pool)
    const held = state.account(original).storage.find(({ key }) => equalBytes(key, reserve))
    assert(held !== undefined, "the template's pool is filled")
    state.setSlot(clone, balanceSlot(pool), held.value)
  }
  return { factory, router, token0, token1, pool }
}

/** A token without holders. */
export function cloneToken(state: BenchState, original: Uint8Array, clone: Uint8Array): void {
  const { code, storage } = state.account(original)
  state.deploy(clone, code)
  for (const { key, value } of storage) {
    if (SHARED_TOKEN_SLOTS.some((slot) => equalBytes(slot, key))) state.setSlot(clone, key, value)
  }
}

export function setTokenBalance(
  state: BenchState,
  token: Uint8Array,
  holder: Uint8Array,
  amount: bigint,
): void {
  state.setSlot(token, balanceSlot(holder), word(amount))
}

export function setAllowance(
  state: BenchState,
  token: Uint8Array,
  grant: { holder: Uint8Array; spender: Uint8Array; amount: bigint },
): void {
  const ofHolder = mappingSlot(word(grant.holder), word(ALLOWANCES))
  state.setSlot(token, mappingSlot(word(grant.spender), ofHolder), word(grant.amount))
}

function balanceSlot(holder: Uint8Array): Uint8Array {
  return mappingSlot(word(holder), word(BALANCES))
}

/** Solidity: where `mapping[key]` stands. */
function mappingSlot(key: Uint8Array, mapping: Uint8Array): Uint8Array {
  return keccak256(concatBytes(key, mapping))
}

function copyAccount(state: BenchState, account: GenesisAccount, address: Uint8Array): void {
  state.apply([{ ...account, address, slots: account.storage }])
}

function replaceAll(code: Uint8Array, from: Uint8Array, to: Uint8Array): void {
  const view = Buffer.from(code.buffer, code.byteOffset, code.length)
  for (let at = view.indexOf(from); at >= 0; at = view.indexOf(from, at + to.length)) {
    code.set(to, at)
  }
}

const TRANSFER = hexToBytes('0xa9059cbb')

/** Call data of `transfer(to, amount)`. */
export function transferData(to: Uint8Array, amount: bigint): Uint8Array {
  return concatBytes(TRANSFER, word(to), word(amount))
}

const EXACT_INPUT_SINGLE = hexToBytes('0x414bf389')
const NO_DEADLINE = 2n ** 64n - 1n

/** Call data of the router's `exactInputSingle`, at any price. */
export function swapData(swap: {
  tokenIn: Uint8Array
  tokenOut: Uint8Array
  recipient: Uint8Array
  amountIn: bigint
}): Uint8Array {
  const { tokenIn, tokenOut, recipient, amountIn } = swap
  const [minimum, priceLimit] = [0n, 0n]
  const fields = [POOL_FEE, recipient, NO_DEADLINE, amountIn, minimum, priceLimit]
  return concatBytes(EXACT_INPUT_SINGLE, ...[tokenIn, tokenOut, ...fields].map(word))
}

/** Selector in the highest bytes of a word. */
const selector = (digits: string) => `0x${digits.padEnd(64, '0')}`

/**
 * A seller as pevm's benchmark has one: takes the caller's tokens, lets the router have them, and
 * swaps. Arguments (words): token in, token out, amount.
 */
export function sellerCode(router: Uint8Array): Uint8Array {
  const routerWord = bytesToHex(router)
  const call = (to: string, inputBytes: number) =>
    `32 0 ${inputBytes} 0 0 ${to} GAS CALL ISZERO @fail JUMPI`
  return assemble(`
    ${selector('23b872dd')} 0 MSTORE CALLER 4 MSTORE ADDRESS 36 MSTORE 64 CALLDATALOAD 68 MSTORE
    ${call('0 CALLDATALOAD', 100)}
    ${selector('095ea7b3')} 0 MSTORE ${routerWord} 4 MSTORE 64 CALLDATALOAD 36 MSTORE
    ${call('0 CALLDATALOAD', 68)}
    ${selector('414bf389')} 0 MSTORE 0 CALLDATALOAD 4 MSTORE 32 CALLDATALOAD 36 MSTORE
    ${POOL_FEE} 68 MSTORE CALLER 100 MSTORE ${NO_DEADLINE} 132 MSTORE
    64 CALLDATALOAD 164 MSTORE 0 196 MSTORE 0 228 MSTORE
    ${call(routerWord, 260)}
    STOP
    :fail 0 0 REVERT`)
}
