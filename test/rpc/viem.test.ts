/** viem, unmodified, against a leader: public and wallet actions over HTTP, watching over WebSocket. */

import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { verifyAccountProof } from '@shredcast/shared/trie/proof'
import type { Log } from 'viem'
import {
  createPublicClient,
  createWalletClient,
  encodeFunctionData,
  getContractAddress,
  keccak256,
  parseEther,
  parseGwei,
  webSocket,
} from 'viem'
import { afterAll, describe, expect, it } from 'vitest'
import {
  devAccount,
  devChain,
  devWallet,
  TOKEN_ABI,
  TOKEN_BYTECODE,
  TOKEN_DEPLOYMENT,
  TOKEN_GAS,
  TOKEN_SUPPLY,
} from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const ZERO_HASH = `0x${'00'.repeat(32)}`
const STRANGER = '0x00000000000000000000000000000000000000aa'

const node = sharedRpcLeader({ blockTimeMs: 400 })
const { client: publicClient } = node
const closers: (() => unknown)[] = []
const sockets: (() => void)[] = []

afterAll(() => {
  // First what is watched, then the sockets, which clients of one URL share.
  for (const close of closers.reverse()) close()
  for (const close of sockets) close()
})

function walletOf(index: number) {
  return devWallet(node.httpUrl, index)
}

async function socketClient() {
  const client = createPublicClient({
    chain: devChain(node.httpUrl),
    transport: webSocket(node.webSocketUrl),
  })
  const rpcClient = await client.transport.getRpcClient()
  sockets.push(() => rpcClient.close())
  return client
}

/** Resolves with what the callback is given, once it is enough. */
function collected<T>(count: number) {
  const items: T[] = []
  let finish = () => {}
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const take = (...more: T[]) => {
    items.push(...more)
    if (items.length >= count) finish()
  }
  return { items, done, take }
}

describe('viem: public client', () => {
  it('reads the chain and its accounts', async () => {
    const client = publicClient()
    expect(await client.getChainId()).toBe(31337)
    expect(await client.getBalance({ address: devAccount(9).address })).toBe(parseEther('10000'))
    expect(await client.getTransactionCount({ address: devAccount(9).address })).toBe(0)
    expect(await client.getCode({ address: STRANGER })).toBeUndefined()
    expect(await client.getGasPrice()).toBeGreaterThan(0n)
    expect(await client.getBlobBaseFee()).toBe(1n)
    const genesis = await client.getBlock({ blockTag: 'earliest' })
    expect(genesis.number).toBe(0n)
    const again = await client.getBlock({ blockHash: genesis.hash })
    expect(again).toEqual(genesis)
  })

  it('gives the fees that viem needs', async () => {
    const client = publicClient()
    const fees = await client.estimateFeesPerGas()
    expect(fees.maxFeePerGas).toBeGreaterThan(fees.maxPriorityFeePerGas)
    await client.getBlock()
    const history = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [10, 50] })
    expect(history.baseFeePerGas).toHaveLength(history.gasUsedRatio.length + 1)
    expect(history.reward?.[0]).toHaveLength(2)
  })
})

describe('viem: wallet client', () => {
  it('sends ether and sees it in the open block, then in the sealed one', async () => {
    const client = publicClient()
    const wallet = walletOf(0)
    const hash = await wallet.sendTransaction({ to: STRANGER, value: 5n, gas: 21_000n })
    const receipt = await client.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ status: 'success', gasUsed: 21_000n, type: 'eip1559' })
    expect(await client.getBalance({ address: STRANGER })).toBe(5n)
    expect(await client.getTransactionCount({ address: wallet.account.address })).toBe(1)
    await expect
      .poll(async () => (await client.getTransactionReceipt({ hash })).blockHash, {
        timeout: 20_000,
      })
      .not.toBe(ZERO_HASH)
    const sealed = await client.getTransactionReceipt({ hash })
    const block = await client.getBlock({ blockHash: sealed.blockHash, includeTransactions: true })
    expect(block.transactions.map((transaction) => transaction.hash)).toContain(hash)
    const transaction = await client.getTransaction({ hash })
    expect(transaction).toMatchObject({ value: 5n, to: STRANGER, blockHash: sealed.blockHash })
    expect(await client.getBalance({ address: STRANGER, blockNumber: block.number - 1n })).toBe(0n)
  })

  it('gets the receipt with the answer', async () => {
    const wallet = walletOf(1)
    const serializedTransaction = await wallet.signTransaction(
      await wallet.prepareTransactionRequest({ to: STRANGER, value: 1n, gas: 21_000n }),
    )
    const receipt = await publicClient().sendRawTransactionSync({ serializedTransaction })
    expect(receipt.status).toBe('success')
    const again = await publicClient().sendRawTransactionSync({ serializedTransaction })
    expect(again.transactionHash).toBe(receipt.transactionHash)
  })

  it('is told what is wrong with a transaction, and waits for the one before', async () => {
    const wallet = walletOf(2)
    const send = (fields: object) =>
      wallet.sendTransaction({ to: STRANGER, value: 1n, gas: 21_000n, ...fields } as never)
    await expect(send({ gas: 20_000n })).rejects.toThrow(/intrinsic gas too low/i)
    await expect(send({ value: parseEther('20000') })).rejects.toThrow(/insufficient funds/i)
    const transactionCount = () => {
      return publicClient().getTransactionCount({ address: wallet.account.address })
    }
    await send({ nonce: 1 })
    expect(await transactionCount()).toBe(0)
    await send({ nonce: 0 })
    await expect.poll(transactionCount).toBe(2)
    await expect(send({ nonce: 0, value: 2n })).rejects.toThrow(/nonce too low/i)
  })

  it('deploys a contract, calls it, and finds its logs', async () => {
    const client = publicClient()
    const wallet = walletOf(3)
    const owner = wallet.account.address
    const deployment = await wallet.deployContract(TOKEN_DEPLOYMENT)
    const { contractAddress } = await client.waitForTransactionReceipt({ hash: deployment })
    expect(contractAddress?.toLowerCase()).toBe(
      getContractAddress({ from: owner, nonce: 0n }).toLowerCase(),
    )
    const address = contractAddress as `0x${string}`
    const filter = await client.createContractEventFilter({ address, abi: TOKEN_ABI })
    const hash = await wallet.writeContract({
      address,
      abi: TOKEN_ABI,
      functionName: 'transfer',
      args: [STRANGER, 77n],
      gas: TOKEN_GAS,
    })
    const receipt = await client.waitForTransactionReceipt({ hash })
    expect(receipt.logs).toHaveLength(1)
    const changes = await client.getFilterChanges({ filter })
    expect(changes.map(({ eventName, args }) => [eventName, args])).toEqual([
      ['Transfer', { from: owner, to: expect.stringMatching(/00aa$/i), value: 77n }],
    ])
    expect(await client.uninstallFilter({ filter })).toBe(true)
    const pending = await client.getLogs({ address, fromBlock: 0n, toBlock: 'pending' })
    expect(pending.map(({ transactionHash }) => transactionHash)).toEqual([deployment, hash])
    const code = await client.getCode({ address })
    expect(code?.length).toBeGreaterThan(1000)
  })
})

describe('viem: calls', () => {
  it('reads, simulates and estimates on the newest state', async () => {
    const client = publicClient()
    const wallet = walletOf(6)
    const owner = wallet.account.address
    // Without a gas limit: viem asks for an estimate.
    const deployment = await wallet.deployContract({
      abi: TOKEN_ABI,
      bytecode: TOKEN_BYTECODE,
      args: ['Token', 'TKN', TOKEN_SUPPLY],
    })
    const { contractAddress } = await client.waitForTransactionReceipt({ hash: deployment })
    const token = { address: contractAddress as `0x${string}`, abi: TOKEN_ABI } as const
    const balanceOf = (address: `0x${string}`) =>
      client.readContract({ ...token, functionName: 'balanceOf', args: [address] })
    expect(await balanceOf(owner)).toBe(TOKEN_SUPPLY)
    const transfer = { ...token, functionName: 'transfer', args: [STRANGER, 9n] } as const
    const { request, result } = await client.simulateContract({ ...transfer, account: owner })
    expect(result).toBe(true)
    expect(await balanceOf(STRANGER)).toBe(0n)
    const gas = await client.estimateContractGas({ ...transfer, account: owner })
    const { accessList } = await client.createAccessList({
      account: owner,
      to: token.address,
      data: encodeFunctionData(transfer),
    })
    expect(accessList.map(({ address, storageKeys }) => [address, storageKeys.length])).toEqual([
      [token.address.toLowerCase(), 2],
    ])
    const hash = await wallet.writeContract({ ...request, account: wallet.account })
    const receipt = await client.waitForTransactionReceipt({ hash })
    expect(receipt.status).toBe('success')
    expect(receipt.gasUsed).toBeLessThanOrEqual(gas)
    expect(await balanceOf(STRANGER)).toBe(9n)
    await expect(
      client.simulateContract({ ...transfer, account: devAccount(7).address }),
    ).rejects.toThrow(/revert/)
    const overridden = client.call({
      to: STRANGER,
      stateOverride: [{ address: STRANGER, code: '0x602a60005260206000f3' }],
    })
    expect((await overridden).data).toBe(`0x${'2a'.padStart(64, '0')}`)
  })
})

describe('viem: WebSocket', () => {
  it('watches blocks, pending transactions and contract events', async () => {
    const client = await socketClient()
    const wallet = walletOf(4)
    const blocks = collected<bigint>(2)
    const hashes = collected<string>(2)
    const logs = collected<Log>(1)
    closers.push(
      client.watchBlocks({ onBlock: (block) => blocks.take(block.number) }),
      client.watchPendingTransactions({ onTransactions: (more) => hashes.take(...more) }),
    )
    const deployment = await wallet.deployContract(TOKEN_DEPLOYMENT)
    const { contractAddress } = await publicClient().waitForTransactionReceipt({
      hash: deployment,
    })
    const address = contractAddress as `0x${string}`
    closers.push(
      client.watchContractEvent({ address, abi: TOKEN_ABI, onLogs: (more) => logs.take(...more) }),
    )
    // The node answers in order: the subscription stands when this is answered.
    await client.getBlockNumber()
    const hash = await wallet.writeContract({
      address,
      abi: TOKEN_ABI,
      functionName: 'transfer',
      args: [STRANGER, 5n],
      gas: TOKEN_GAS,
    })
    await Promise.all([blocks.done, hashes.done, logs.done])
    expect(hashes.items).toEqual([deployment, hash])
    expect(logs.items[0]).toMatchObject({ transactionHash: hash, removed: false })
    expect(blocks.items[1]).toBe(blocks.items[0]! + 1n)
  })

  it('sends and reads over it too', async () => {
    const client = await socketClient()
    const wallet = createWalletClient({
      account: devAccount(5),
      chain: devChain(node.httpUrl),
      transport: webSocket(node.webSocketUrl),
    })
    const hash = await wallet.sendTransaction({
      to: STRANGER,
      value: 1n,
      gas: 21_000n,
      type: 'legacy',
      gasPrice: parseGwei('20'),
    })
    const receipt = await client.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ type: 'legacy', effectiveGasPrice: parseGwei('20') })
  })
})

describe('proofs', () => {
  it('prove accounts under the root of the newest sealed block', async () => {
    const client = publicClient()
    const address = devAccount(9).address
    const [proof, block] = await Promise.all([
      client.getProof({ address, storageKeys: [`0x${'01'.padStart(64, '0')}`] }),
      client.getBlock(),
    ])
    const verify = (root: `0x${string}`) => {
      verifyAccountProof(hexToBytes(root), {
        address: hexToBytes(address),
        nonce: BigInt(proof.nonce),
        balance: proof.balance,
        codeHash: hexToBytes(proof.codeHash),
        storageRoot: hexToBytes(proof.storageHash),
        accountProof: proof.accountProof.map(hexToBytes),
        storageProof: [],
      })
    }
    // A block may have been sealed between the two answers.
    const roots = [block.stateRoot]
    for (let back = 1n; back <= 2n && block.number >= back; back++) {
      roots.push((await client.getBlock({ blockNumber: block.number - back })).stateRoot)
    }
    roots.push((await client.getBlock()).stateRoot)
    expect(roots.some((root) => holds(() => verify(root)))).toBe(true)
    expect(holds(() => verify(keccak256('0x')))).toBe(false)
    expect(proof.balance).toBe(parseEther('10000'))
  })
})

function holds(check: () => void): boolean {
  try {
    check()
    return true
  } catch {
    return false
  }
}
