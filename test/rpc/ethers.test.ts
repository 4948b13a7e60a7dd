/** ethers 6, unmodified, against a leader. */

import { DEV_MNEMONIC } from '@shredcast/shared/chain/dev-genesis'
import type { ContractEventPayload } from 'ethers'
import {
  Contract,
  ContractFactory,
  HDNodeWallet,
  JsonRpcProvider,
  parseEther,
  WebSocketProvider,
} from 'ethers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOKEN_BYTECODE, TOKEN_GAS, TOKEN_SUPPLY } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000ac'
const TOKEN_ABI = [
  'constructor(string name, string symbol, uint256 supply)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function balanceOf(address owner) view returns (uint256)',
]

const node = sharedRpcLeader({ blockTimeMs: 400 })
let provider: JsonRpcProvider
const closers: (() => unknown)[] = []

beforeAll(() => {
  provider = new JsonRpcProvider(node.httpUrl, undefined, {
    pollingInterval: 50,
    // It would give the same nonce twice to whoever is faster than its cache.
    cacheTimeout: -1,
  })
})

afterAll(async () => {
  for (const close of closers.reverse()) await close()
  provider.destroy()
})

function walletOf(index: number, of = provider): HDNodeWallet {
  return HDNodeWallet.fromPhrase(DEV_MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`).connect(of)
}

async function deployToken(wallet: HDNodeWallet): Promise<Contract> {
  const factory = new ContractFactory(TOKEN_ABI, TOKEN_BYTECODE, wallet)
  const token = await factory.deploy('Token', 'TKN', TOKEN_SUPPLY)
  await token.waitForDeployment()
  return token as Contract
}

describe('ethers', () => {
  it('reads the chain', async () => {
    expect((await provider.getNetwork()).chainId).toBe(31337n)
    const address = walletOf(9).address
    expect(await provider.getBalance(address)).toBe(parseEther('10000'))
    const block = await provider.getBlock('latest', true)
    expect(block?.hash).toMatch(/^0x[0-9a-f]{64}$/)
    expect((await provider.getFeeData()).maxFeePerGas).toBeGreaterThan(0n)
    const pending = await provider.getBlock('pending')
    expect(pending?.parentHash).toMatch(/^0x[0-9a-f]{64}$/)
  })

  it('sends ether and waits for one and for two confirmations', async () => {
    const response = await walletOf(0).sendTransaction({
      to: STRANGER,
      value: 7n,
      gasLimit: 21_000n,
    })
    const early = await response.wait()
    expect(early?.status).toBe(1)
    const receipt = await response.wait(2, 30_000)
    expect(receipt?.blockHash).not.toMatch(/^0x0+$/)
    const block = await provider.getBlock(receipt?.blockNumber ?? -1)
    expect(block?.hash).toBe(receipt?.blockHash)
    expect(block?.transactions).toContain(response.hash)
    expect((await provider.getTransaction(response.hash))?.value).toBe(7n)
  })

  it('deploys a contract and queries its events', async () => {
    const wallet = walletOf(1)
    const token = await deployToken(wallet)
    const response = await token.getFunction('transfer')(STRANGER, 11n)
    const receipt = await response.wait(2, 30_000)
    expect(receipt.logs).toHaveLength(1)
    expect(await token.getFunction('balanceOf')(STRANGER)).toBe(11n)
    const events = await token.queryFilter('Transfer', 0, 'latest')
    expect(events).toHaveLength(2)
    expect(events[1]?.transactionHash).toBe(response.hash)
    expect(events[1]?.blockHash).toBe(receipt.blockHash)
  })

  it('tells the error of a transaction by its code', async () => {
    const wallet = walletOf(2)
    const rich = { to: STRANGER, value: parseEther('20000'), gasLimit: 21_000n }
    await expect(wallet.sendTransaction(rich)).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    })
    const transfer = { to: STRANGER, value: 1n, gasLimit: 21_000n, nonce: 0 }
    await (await wallet.sendTransaction(transfer)).wait()
    await expect(wallet.sendTransaction({ ...transfer, value: 2n })).rejects.toMatchObject({
      code: 'NONCE_EXPIRED',
    })
  })

  it('hears of blocks and events over WebSocket', async () => {
    const socket = new WebSocketProvider(node.webSocketUrl)
    closers.push(() => socket.destroy())
    const blocks: number[] = []
    await socket.on('block', (number) => blocks.push(number))
    const wallet = walletOf(3)
    const token = await deployToken(wallet)
    const heard = new Contract(await token.getAddress(), TOKEN_ABI, socket)
    const values: bigint[] = []
    await heard.on('Transfer', (_from, _to, value: bigint, _event: ContractEventPayload) => {
      values.push(value)
    })
    // Answered in order: the subscription stands when this is answered.
    await socket.getBlockNumber()
    await token.getFunction('transfer')(STRANGER, 13n, { gasLimit: TOKEN_GAS })
    await expect.poll(() => values, { timeout: 20_000 }).toEqual([13n])
    await expect.poll(() => blocks.length, { timeout: 20_000 }).toBeGreaterThan(1)
  })
})
