/** OpenZeppelin's token and Uniswap V3, deployed and used by clients whose accounts the node has. */

import { readDemoContracts } from '@shredcast/leader/demo/demo-contracts'
import { DemoExchange } from '@shredcast/leader/demo/demo-exchange'
import type { Call } from '@shredcast/leader/demo/wallet'
import type { Contract } from 'ethers'
import { ContractFactory, JsonRpcProvider, NonceManager, verifyMessage } from 'ethers'
import type { Hex, TransactionReceipt } from 'viem'
import { decodeEventLog, parseAbi, parseEther } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DevClient } from '../kit/dev-client.ts'
import { devClient } from '../kit/dev-client.ts'
import { devAccount, TOKEN_ABI, TOKEN_BYTECODE, TOKEN_SUPPLY } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000ab'
const ERC20_ABI = [
  'constructor(string name, string symbol, uint256 supply)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Approval(address indexed owner, address indexed spender, uint256 value)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function approve(address spender, uint256 value) returns (bool)',
  'function transferFrom(address from, address to, uint256 value) returns (bool)',
  'function allowance(address owner, address spender) view returns (uint256)',
  'function balanceOf(address owner) view returns (uint256)',
]
const SWAP_EVENT = parseAbi([
  'event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)',
])

const node = sharedRpcLeader({ blockTimeMs: 400, isDev: true })

describe("ethers with the node's signers", () => {
  let provider: JsonRpcProvider

  beforeAll(() => {
    provider = new JsonRpcProvider(node.httpUrl, undefined, {
      pollingInterval: 50,
      cacheTimeout: -1,
    })
  })

  afterAll(() => provider.destroy())

  it('deploys a token and moves it', async () => {
    const [owner, spender] = [await provider.getSigner(0), await provider.getSigner(1)]
    const token = (await new ContractFactory(ERC20_ABI, TOKEN_BYTECODE, owner).deploy(
      'Token',
      'TKN',
      TOKEN_SUPPLY,
    )) as Contract
    await token.waitForDeployment()
    expect(await token.balanceOf!(owner.address)).toBe(TOKEN_SUPPLY)
    await (await token.transfer!(STRANGER, 10n)).wait()
    await (await token.approve!(spender.address, 100n)).wait()
    const asSpender = token.connect(spender) as Contract
    const moved = await (await asSpender.transferFrom!(owner.address, STRANGER, 30n)).wait()
    expect(moved.logs[0].args).toMatchObject([owner.address, expect.anything(), 30n])
    expect(await token.balanceOf!(STRANGER)).toBe(40n)
    expect(await token.allowance!(owner.address, spender.address)).toBe(70n)
    const events = await token.queryFilter(
      token.filters.Transfer!(owner.address, STRANGER),
      0,
      'pending',
    )
    expect(events).toHaveLength(2)
    await expect(asSpender.transfer!(STRANGER, 1n)).rejects.toThrow(/execution reverted/)
    await expect(asSpender.transfer!.staticCall(STRANGER, 1n)).rejects.toMatchObject({
      revert: { name: 'ERC20InsufficientBalance' },
    })
  })

  it('counts the nonces of a burst', async () => {
    const signer = new NonceManager(await provider.getSigner(2))
    const sent = await Promise.all(
      Array.from({ length: 10 }, () => signer.sendTransaction({ to: STRANGER, value: 1n })),
    )
    for (const response of sent) expect((await response.wait())?.status).toBe(1)
  })

  it('signs messages', async () => {
    const signer = await provider.getSigner(3)
    expect(verifyMessage('hello', await signer.signMessage('hello'))).toBe(signer.address)
  })
})

describe('viem with Uniswap V3', () => {
  const account = devAccount(5).address
  const exchange = new DemoExchange(account)
  let client: DevClient

  beforeAll(() => {
    client = devClient(node.httpUrl, 'anvil')
  })

  async function make(call: Call): Promise<TransactionReceipt> {
    const hash = await client.sendTransaction({
      ...{ account, chain: client.chain, gas: call.gas },
      ...(call.to && { to: call.to }),
      ...(call.data && { data: call.data }),
      ...(call.value !== undefined && { value: call.value }),
    })
    const receipt = await client.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    return receipt
  }

  const balanceOf = (token: Hex, owner: Hex) =>
    client.readContract({
      address: token,
      abi: TOKEN_ABI,
      functionName: 'balanceOf',
      args: [owner],
    })

  it('deploys it, makes pools, and swaps', async () => {
    for (const { call } of exchange.deployment(readDemoContracts())) await make(call)
    await make(exchange.approveRouter(exchange.tokenA).call)
    const before = await balanceOf(exchange.tokenB.address, account)
    const swap = exchange.swap(exchange.tokenA, exchange.tokenB, parseEther('100'), account)
    const { logs } = await make(swap)
    const got = (await balanceOf(exchange.tokenB.address, account)) - before
    expect(got).toBeGreaterThan(parseEther('49'))
    expect(got).toBeLessThan(parseEther('50'))
    const events = logs.flatMap((log) => {
      try {
        return [decodeEventLog({ abi: SWAP_EVENT, ...log })]
      } catch {
        return []
      }
    })
    expect(events).toHaveLength(1)
    const { amount0, amount1 } = events[0]!.args
    expect([amount0, amount1].sort((a, b) => (a < b ? -1 : 1))).toEqual([-got, parseEther('100')])
  })

  it('forgets the pools when the chain is taken back, and has them when it is read in', async () => {
    const state = await client.dumpState()
    await client.reset()
    expect(await client.getCode({ address: exchange.swapRouter })).toBeUndefined()
    await client.loadState({ state })
    const before = await balanceOf(exchange.tokenB.address, account)
    await make(exchange.swap(exchange.tokenA, exchange.tokenB, parseEther('1'), account))
    expect(await balanceOf(exchange.tokenB.address, account)).toBeGreaterThan(before)
  })
})
