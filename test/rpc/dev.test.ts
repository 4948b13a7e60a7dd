/** viem's test client, unmodified, in both of the modes that a development chain speaks. */

import { DEV_SECRET_KEYS } from '@shredcast/shared/chain/dev-genesis'
import type { Hex } from 'viem'
import { isHash, keccak256, pad, parseEther, serializeTransaction, toHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { askRpc } from '../kit/ask-rpc.ts'
import type { DevClient } from '../kit/dev-client.ts'
import { devClient } from '../kit/dev-client.ts'
import { devAccount, TOKEN_ABI, TOKEN_DEPLOYMENT, TOKEN_SUPPLY } from '../kit/dev-token.ts'
import { sharedRpcLeader, startRpcLeader } from '../kit/rpc-leader.ts'
import { startCommand } from '../kit/run-command.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'
const ZERO_HASH = pad('0x0')
/** Returns slot 0. */
const READER_CODE = '0x5f545f5260205ff3'
/** No block is sealed by the clock. */
const NEVER_MS = 0

const first = devAccount(0)

describe.each(['anvil', 'hardhat'] as const)('viem in mode %s', (mode) => {
  const node = sharedRpcLeader({ blockTimeMs: NEVER_MS, isDev: true })
  let client: DevClient

  beforeAll(() => {
    client = devClient(node.httpUrl, mode)
  })

  beforeEach(() => client.reset())

  /** From the first account, whose key the node has. */
  const send = (fields: object = {}) => {
    return client.sendTransaction({
      account: first.address,
      chain: client.chain,
      to: STRANGER,
      value: 1n,
      ...fields,
    } as Parameters<typeof client.sendTransaction>[0])
  }

  const receiptOf = (hash: Hex) => client.waitForTransactionReceipt({ hash })

  async function deployToken() {
    const hash = await client.deployContract({
      ...TOKEN_DEPLOYMENT,
      account: first.address,
      chain: client.chain,
    })
    const { contractAddress } = await receiptOf(hash)
    return contractAddress as Hex
  }

  describe('blocks', () => {
    it('are mined one by one, and at intervals', async () => {
      const before = await client.getBlockNumber()
      await client.mine({ blocks: 1 })
      expect(await client.getBlockNumber()).toBe(before + 1n)
      await client.mine({ blocks: 3, interval: 600 })
      expect(await client.getBlockNumber()).toBe(before + 4n)
      const [older, newer] = await Promise.all(
        [3n, 4n].map((blockNumber) => client.getBlock({ blockNumber: before + blockNumber })),
      )
      expect(newer!.timestamp - older!.timestamp).toBe(600n)
      expect(newer!.parentHash).toBe(older!.hash)
    })

    it('hold what was sent, and are not sealed before they are mined', async () => {
      const before = await client.getBlockNumber()
      const receipt = await receiptOf(await send())
      expect(receipt).toMatchObject({ blockHash: ZERO_HASH, blockNumber: before + 1n })
      expect(await client.getBlockNumber()).toBe(before)
      await client.mine({ blocks: 1 })
      const block = await client.getBlock({ blockNumber: before + 1n })
      expect(block.transactions).toEqual([receipt.transactionHash])
      expect(block.hash).not.toBe(ZERO_HASH)
    })

    it('wait for mine while automine is off, and so do transactions', async () => {
      expect(await client.getAutomine()).toBe(true)
      await client.setAutomine(false)
      expect(await client.getAutomine()).toBe(false)
      const hashes = [await send(), await send(), await send()]
      expect(await client.getTxpoolStatus()).toEqual({ pending: 3, queued: 0 })
      const { pending } = await client.getTxpoolContent()
      expect(Object.values(pending[first.address.toLowerCase() as Hex]!)).toHaveLength(3)
      expect(Object.keys((await client.inspectTxpool()).pending)).toHaveLength(1)
      expect(await client.getBalance({ address: STRANGER })).toBe(0n)
      await client.dropTransaction({ hash: hashes[2]! })
      expect(await client.getTxpoolStatus()).toEqual({ pending: 2, queued: 0 })
      const before = await client.getBlockNumber()
      await client.mine({ blocks: 1 })
      const block = await client.getBlock({ blockNumber: before + 1n })
      expect(block.transactions).toEqual(hashes.slice(0, 2))
      const late = await send()
      await client.setAutomine(true)
      expect(await receiptOf(late)).toMatchObject({ status: 'success' })
    })

    it('have the time that was set, and go on from there', async () => {
      const { timestamp } = await client.getBlock()
      await client.setNextBlockTimestamp({ timestamp: timestamp + 1000n })
      await receiptOf(await send())
      await client.mine({ blocks: 1 })
      expect((await client.getBlock()).timestamp).toBe(timestamp + 1000n)
      await client.increaseTime({ seconds: 5000 })
      await client.mine({ blocks: 1 })
      const later = (await client.getBlock()).timestamp
      expect(later).toBeGreaterThanOrEqual(timestamp + 6000n)
      await expect(client.setNextBlockTimestamp({ timestamp })).rejects.toThrow(/not above/)
      await client.setBlockTimestampInterval({ interval: 77 })
      await client.mine({ blocks: 2 })
      expect((await client.getBlock()).timestamp).toBe(later + 154n)
      await client.removeBlockTimestampInterval()
      await client.mine({ blocks: 1 })
      expect((await client.getBlock()).timestamp).not.toBe(later + 231n)
    })

    it('have the fee, limit and beneficiary that were set', async () => {
      await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 77_000n })
      await client.setBlockGasLimit({ gasLimit: 1_234_567n })
      await client.setCoinbase({ address: STRANGER })
      await client.mine({ blocks: 1 })
      const block = await client.getBlock()
      expect(block).toMatchObject({ baseFeePerGas: 77_000n, gasLimit: 1_234_567n })
      expect(block.miner).toBe(STRANGER)
      await client.mine({ blocks: 1 })
      const next = await client.getBlock()
      expect(next.gasLimit).toBe(1_234_567n)
      expect(next.baseFeePerGas).toBeLessThan(77_000n)
    })
  })

  describe('state', () => {
    it('is set at once, without a block', async () => {
      const before = await client.getBlockNumber()
      await client.setBalance({ address: STRANGER, value: parseEther('3') })
      await client.setNonce({ address: STRANGER, nonce: 9 })
      await client.setCode({ address: STRANGER, bytecode: READER_CODE })
      await client.setStorageAt({ address: STRANGER, index: 0, value: pad('0x2a') })
      expect(await client.getBlockNumber()).toBe(before)
      const check = async () => {
        expect(await client.getBalance({ address: STRANGER })).toBe(parseEther('3'))
        expect(await client.getTransactionCount({ address: STRANGER })).toBe(9)
        expect(await client.getCode({ address: STRANGER })).toBe(READER_CODE)
        expect(await client.getStorageAt({ address: STRANGER, slot: '0x0' })).toBe(pad('0x2a'))
        expect((await client.call({ to: STRANGER })).data).toBe(pad('0x2a'))
      }
      await check()
      await client.mine({ blocks: 1 })
      await check()
      const proof = await client.getProof({ address: STRANGER, storageKeys: ['0x0'] })
      expect(proof).toMatchObject({
        balance: parseEther('3'),
        nonce: 9,
        codeHash: keccak256(READER_CODE),
      })
      expect(proof.storageProof[0]?.value).toBe(42n)
    })

    it('is set behind what the open block did already', async () => {
      const receipt = await receiptOf(await send({ value: 5n }))
      await client.setBalance({ address: STRANGER, value: 100n })
      await receiptOf(await send({ value: 5n }))
      expect(await client.getBalance({ address: STRANGER })).toBe(105n)
      const sealed = await client.getTransactionReceipt({ hash: receipt.transactionHash })
      expect(isHash(sealed.blockHash) && sealed.blockHash !== ZERO_HASH).toBe(true)
    })

    it('may be an account with nothing left', async () => {
      await client.setBalance({ address: STRANGER, value: 1n })
      await client.mine({ blocks: 1 })
      await client.setBalance({ address: STRANGER, value: 0n })
      await client.mine({ blocks: 1 })
      const { accountProof, codeHash } = await client.getProof({
        address: STRANGER,
        storageKeys: [],
      })
      expect(accountProof.length).toBeGreaterThan(0)
      expect(codeHash).toBe(keccak256('0x'))
      expect(await client.getBalance({ address: STRANGER })).toBe(0n)
    })

    it('counts for whoever sends', async () => {
      await client.setNonce({ address: first.address, nonce: 50 })
      const transaction = await client.getTransaction({ hash: await send() })
      expect(transaction.nonce).toBe(50)
      await client.setBalance({ address: first.address, value: 0n })
      await expect(send()).rejects.toThrow(/insufficient|exceeds/i)
    })

    it('comes back with a snapshot, and the blocks go', async () => {
      const token = await deployToken()
      const start = await client.getBlockNumber()
      const id = await client.snapshot()
      const kept = await client.getBlockNumber()
      expect(kept).toBe(start + 1n)
      const undone = await send({ value: 7n })
      await receiptOf(undone)
      await client.setBalance({ address: token, value: 3n })
      await client.setNonce({ address: STRANGER, nonce: 3 })
      await client.mine({ blocks: 4 })
      await client.setStorageAt({ address: token, index: 2, value: pad('0x1') })
      await client.revert({ id })
      expect(await client.getBlockNumber()).toBe(kept)
      expect(await client.getBalance({ address: STRANGER })).toBe(0n)
      expect(await client.getTransactionCount({ address: STRANGER })).toBe(0)
      expect(await client.getBalance({ address: token })).toBe(0n)
      expect(
        await client.readContract({
          address: token,
          abi: TOKEN_ABI,
          functionName: 'balanceOf',
          args: [first.address],
        }),
      ).toBe(TOKEN_SUPPLY)
      await expect(client.getTransactionReceipt({ hash: undone })).rejects.toThrow(/not be found/)
      await expect(client.getBlock({ blockNumber: kept + 1n })).rejects.toThrow(/not be found/)
      const again = await send({ value: 7n })
      expect(again).toBe(undone)
      expect((await receiptOf(again)).blockNumber).toBe(kept + 1n)
      expect(await client.request({ method: 'evm_revert', params: [id] } as never)).toBe(false)
    })

    it('comes back with a snapshot of what was only edited', async () => {
      await client.setBalance({ address: STRANGER, value: 5n })
      const id = await client.snapshot()
      await client.setBalance({ address: STRANGER, value: 6n })
      await client.setCode({ address: STRANGER, bytecode: READER_CODE })
      await client.revert({ id })
      expect(await client.getBalance({ address: STRANGER })).toBe(5n)
      expect(await client.getCode({ address: STRANGER })).toBeUndefined()
      expect((await client.call({ to: STRANGER })).data).toBeUndefined()
      await client.mine({ blocks: 1 })
      expect(await client.getBalance({ address: STRANGER })).toBe(5n)
    })

    it('is written out as a whole, and read in again', async () => {
      const token = await deployToken()
      await client.setBalance({ address: STRANGER, value: 55n })
      const state = await client.dumpState()
      await client.reset()
      expect(await client.getCode({ address: token })).toBeUndefined()
      await client.loadState({ state })
      expect(await client.getBalance({ address: STRANGER })).toBe(55n)
      const balanceOf = { address: token, abi: TOKEN_ABI, functionName: 'balanceOf' } as const
      expect(await client.readContract({ ...balanceOf, args: [first.address] })).toBe(TOKEN_SUPPLY)
      await expect(client.loadState({ state: '0x1234' })).rejects.toThrow(/not a dump/)
    })

    it('begins anew', async () => {
      await receiptOf(await send())
      await client.mine({ blocks: 3 })
      await client.reset()
      expect(await client.getBlockNumber()).toBe(0n)
      expect(await client.getBalance({ address: first.address })).toBe(parseEther('10000'))
      expect(await client.getTransactionCount({ address: first.address })).toBe(0)
    })
  })

  describe('traces', () => {
    it('begin with what was edited, in the open block and behind its seal', async () => {
      const slot = pad('0x0')
      await client.setCode({ address: STRANGER, bytecode: READER_CODE })
      await client.setStorageAt({ address: STRANGER, index: slot, value: pad('0x7') })
      await client.setBalance({ address: STRANGER, value: parseEther('1') })
      await client.impersonateAccount({ address: STRANGER })
      const fields = { account: STRANGER, to: STRANGER, value: parseEther('0.5') }
      const hash = await send(fields)
      await receiptOf(hash)
      const trace = async () => {
        const tracer = { tracer: 'callTracer' }
        return (await askRpc(node.httpUrl, 'debug_traceTransaction', [hash, tracer])).result
      }
      const open = await trace()
      expect(open).toMatchObject({ from: STRANGER, to: STRANGER, output: pad('0x7') })
      await client.mine({ blocks: 1 })
      expect(await trace()).toEqual(open)
    })
  })

  describe('accounts', () => {
    it('are impersonated, those with code too', async () => {
      const token = await deployToken()
      await client.setBalance({ address: token, value: parseEther('1') })
      await expect(send({ account: token })).rejects.toThrow(/not impersonated/)
      await client.impersonateAccount({ address: token })
      const hash = await send({ account: token, value: 11n })
      expect((await receiptOf(hash)).from).toBe(token)
      expect(await client.getBalance({ address: STRANGER })).toBe(11n)
      await client.mine({ blocks: 1 })
      expect((await client.getTransaction({ hash })).from).toBe(token)
      await client.stopImpersonatingAccount({ address: token })
      await expect(send({ account: token })).rejects.toThrow(/not impersonated/)
    })

    it('need no signature where the user says so', async () => {
      await client.setBalance({ address: STRANGER, value: parseEther('1') })
      const hash = await client.sendUnsignedTransaction({
        from: STRANGER,
        to: first.address,
        value: 3n,
      })
      expect((await receiptOf(hash)).from).toBe(STRANGER)
    })

    it('cannot be taken by a raw transaction without a signature', async () => {
      const raw = serializeTransaction(
        {
          type: 'eip1559',
          chainId: 31337,
          to: STRANGER,
          value: 1n,
          gas: 21_000n,
          maxFeePerGas: 10n ** 10n,
        },
        { r: pad(first.address, { size: 32 }), s: pad('0x0'), yParity: 0 },
      )
      await expect(client.sendRawTransaction({ serializedTransaction: raw })).rejects.toThrow()
      expect(await client.getTransactionCount({ address: first.address })).toBe(0)
    })
  })

  describe('what is not there', () => {
    it('is refused with its reason', async () => {
      await expect(client.setMinGasPrice({ gasPrice: 1n })).rejects.toThrow(/EIP-1559/)
      await expect(client.setRpcUrl('http://localhost:1')).rejects.toThrow(/does not fork/)
      const fork = { blockNumber: 1n, jsonRpcUrl: 'http://localhost:1' }
      await expect(client.reset(fork)).rejects.toThrow(/does not fork/)
      await expect(client.setLoggingEnabled(true)).rejects.toThrow(/logs no requests/)
      await expect(client.mine({ blocks: 1_000_000 })).rejects.toThrow(/100000/)
      await client.setLoggingEnabled(false)
    })
  })
})

describe('a development node', () => {
  const node = sharedRpcLeader({ blockTimeMs: NEVER_MS, isDev: true })
  let client: DevClient

  beforeAll(() => {
    client = devClient(node.httpUrl, 'anvil')
  })

  const request = (method: string, ...params: unknown[]): Promise<unknown> => {
    return client.request({ method, params } as never)
  }

  it('signs with the keys that everybody knows', async () => {
    const keys = DEV_SECRET_KEYS.map((key) => privateKeyToAccount(key).address)
    expect(keys).toEqual(DEV_SECRET_KEYS.map((_, index) => devAccount(index).address))
    const accounts = await client.getAddresses()
    expect(accounts).toHaveLength(10)
    expect(accounts[9]).toBe(devAccount(9).address)
    const message = toHex('hello')
    const signed = { address: first.address, message: { raw: message } }
    for (const signature of [
      await client.signMessage({ account: first.address, message: 'hello' }),
      (await request('eth_sign', first.address, message)) as Hex,
    ]) {
      expect(await client.verifyMessage({ ...signed, signature })).toBe(true)
    }
    const typed = {
      domain: { name: 'test', chainId: 31337 },
      types: { Mail: [{ name: 'text', type: 'string' }] },
      primaryType: 'Mail',
      message: { text: 'hello' },
    } as const
    const signature = await client.signTypedData({ account: first.address, ...typed })
    expect(await client.verifyTypedData({ address: first.address, ...typed, signature })).toBe(true)
    await expect(request('eth_sign', STRANGER, message)).rejects.toThrow(/no key/)
    await expect(request('eth_signTypedData_v4', first.address, '{}')).rejects.toThrow(/typed data/)
  })

  it('signs transactions that others send', async () => {
    const account = devAccount(1).address
    const serializedTransaction = (await request('eth_signTransaction', {
      from: account,
      to: STRANGER,
      value: '0x9',
    })) as Hex
    const hash = await client.sendRawTransaction({ serializedTransaction })
    expect(await client.getTransaction({ hash })).toMatchObject({
      value: 9n,
      from: account.toLowerCase(),
    })
  })

  it('sends many transactions of one account at once', async () => {
    const from = devAccount(2).address
    const hashes = await Promise.all(
      Array.from({ length: 20 }, () => request('eth_sendTransaction', { from, to: STRANGER })),
    )
    expect(new Set(hashes).size).toBe(20)
    for (const hash of hashes) await client.waitForTransactionReceipt({ hash: hash as Hex })
    expect(await client.getTransactionCount({ address: from })).toBe(20)
  })

  it('seals by the clock when it is told to, and no more when it is told so', async () => {
    const before = await client.getBlockNumber()
    await client.setIntervalMining({ interval: 1 })
    await expect.poll(() => client.getBlockNumber(), { timeout: 60_000 }).toBeGreaterThan(before)
    await client.setIntervalMining({ interval: 0 })
    expect(await request('anvil_getIntervalMining')).toBe(0)
  })

  it('mines with a timestamp, and many at a time', async () => {
    const { number, timestamp } = await client.getBlock()
    await request('evm_mine', toHex(timestamp + 500n))
    expect((await client.getBlock()).timestamp).toBe(timestamp + 500n)
    await request('evm_mine', { blocks: 5 })
    expect(await client.getBlockNumber()).toBe(number + 6n)
    await expect(request('evm_mine', toHex(timestamp))).rejects.toThrow(/not above/)
  })

  it('tells what it is', async () => {
    expect(await request('anvil_nodeInfo')).toMatchObject({
      hardFork: 'osaka',
      environment: { chainId: 31337 },
    })
    expect(await request('hardhat_metadata')).toMatchObject({ chainId: 31337 })
  })

  it('impersonates everybody when it is told to', async () => {
    await client.setBalance({ address: STRANGER, value: parseEther('1') })
    await request('anvil_autoImpersonateAccount', true)
    const hash = await request('eth_sendTransaction', {
      from: STRANGER,
      to: first.address,
      value: '0x1',
    })
    expect((await client.waitForTransactionReceipt({ hash: hash as Hex })).status).toBe('success')
    await request('anvil_autoImpersonateAccount', false)
  })

  it('drops all that waits', async () => {
    await client.setAutomine(false)
    await request('eth_sendTransaction', { from: first.address, to: STRANGER })
    await request('anvil_dropAllTransactions')
    expect(await client.getTxpoolStatus()).toEqual({ pending: 0, queued: 0 })
    await client.setAutomine(true)
  })
})

describe('the command', () => {
  it('shows the accounts and their keys to people', async () => {
    const ports = ['--http-port', '0', '--stream-port', '0']
    const leader = startCommand('leader', ['--dev', '--block-time', '0', ...ports])
    await leader.line(/streaming chain 31337/)
    leader.signal('SIGINT')
    const { code, stdout } = await leader.ended
    expect(code).toBe(0)
    expect(stdout).toContain(`(0) ${first.address} (10000 ETH)`)
    expect(stdout).toContain(`(9) ${DEV_SECRET_KEYS[9]}`)
    expect(stdout).toContain('Everybody knows these keys')
  })

  it('asks for a clock on any other chain', async () => {
    const leader = startCommand('leader', ['--genesis', 'none', '--block-time', '0'])
    expect(await leader.ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--block-time'),
    })
  })
})

describe('any other node', () => {
  it('does not have these methods', async () => {
    const node = await startRpcLeader({ blockTimeMs: 400 })
    const client = devClient(node.httpUrl, 'anvil')
    try {
      await expect(client.mine({ blocks: 1 })).rejects.toThrow(/development chains/)
      expect(await client.getAddresses()).toEqual([])
      await expect(client.setBalance({ address: STRANGER, value: 1n })).rejects.toMatchObject({
        cause: { code: -32601 },
      })
    } finally {
      await node.close()
    }
  })
})
