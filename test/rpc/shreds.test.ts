/** The npm client `shreds`, unmodified: it watches shreds and sends synchronously. */

import { createPublicShredClient } from 'shreds/viem'
import type { Hex, WebSocketTransport } from 'viem'
import { parseGwei, webSocket } from 'viem'
import { afterAll, describe, expect, it } from 'vitest'
import {
  devAccount,
  devChain,
  devWallet,
  TOKEN_ABI,
  TOKEN_DEPLOYMENT,
  TOKEN_GAS,
} from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000ab'

const node = sharedRpcLeader({ blockTimeMs: 60_000 })
const closers: (() => unknown)[] = []
const sockets: (() => void)[] = []

afterAll(() => {
  // First what is watched, then the sockets, which clients of one URL share.
  for (const close of closers.reverse()) close()
  for (const close of sockets) close()
})

async function shredClient() {
  const client = createPublicShredClient<WebSocketTransport>({
    chain: devChain(node.httpUrl),
    transport: webSocket(node.webSocketUrl),
  })
  const rpcClient = await client.transport.getRpcClient()
  sockets.push(() => rpcClient.close())
  return client
}

type ShredClient = Awaited<ReturnType<typeof shredClient>>
type Shred = Parameters<Parameters<ShredClient['watchShreds']>[0]['onShred']>[0]

/** Watches until the shred of a transaction comes. */
function watchShreds(client: ShredClient, includeStateChanges: boolean) {
  const shreds: Shred[] = []
  const errors: unknown[] = []
  const stop = client.watchShreds({
    includeStateChanges,
    onShred: (shred) => shreds.push(shred),
    onError: (error) => errors.push(error),
  })
  closers.push(stop)
  return { shreds, errors }
}

function walletOf(index: number) {
  return devWallet(node.httpUrl, index)
}

async function signed(index: number, fields: object): Promise<Hex> {
  const wallet = walletOf(index)
  return wallet.signTransaction(await wallet.prepareTransactionRequest(fields as never))
}

describe('shreds', () => {
  it('come with each commit, whatever the type of the transaction', async () => {
    const client = await shredClient()
    const { shreds, errors } = watchShreds(client, false)
    await client.getBlockNumber()
    const transfer = { to: STRANGER, value: 3n, gas: 30_000n }
    const gasPrice = parseGwei('20')
    const kinds = [
      { ...transfer, type: 'legacy', gasPrice },
      { ...transfer, type: 'eip2930', gasPrice, accessList: [] },
      { ...transfer, type: 'eip1559' },
    ]
    for (const kind of kinds) {
      const serializedTransaction = await signed(0, kind)
      const receipt = await client.sendRawTransactionSync({ serializedTransaction })
      expect(receipt).toMatchObject({ status: expect.anything() })
    }
    await expect.poll(() => shreds.length, { timeout: 20_000 }).toBe(3)
    expect(shreds.map(({ shredIndex }) => shredIndex)).toEqual([0, 1, 2])
    expect(shreds.map(({ blockNumber }) => blockNumber)).toEqual([1n, 1n, 1n])
    const transactions = shreds.flatMap((shred) => shred.transactions)
    expect(transactions.map(({ type }) => type)).toEqual(['legacy', 'eip2930', 'eip1559'])
    for (const [index, transaction] of transactions.entries()) {
      expect(transaction).toMatchObject({
        from: devAccount(0).address.toLowerCase(),
        to: STRANGER,
        value: 3n,
        nonce: index,
        status: 'success',
        cumulativeGasUsed: 21_000n * BigInt(index + 1),
        chainId: 31337,
      })
    }
    expect(shreds.flatMap((shred) => shred.stateChanges)).toEqual([])
    expect(errors).toEqual([])
  })

  it('carry state changes when these are asked for', async () => {
    const client = await shredClient()
    const { shreds } = watchShreds(client, true)
    await client.getBlockNumber()
    const wallet = walletOf(1)
    const serializedTransaction = await wallet.signTransaction(
      await wallet.prepareTransactionRequest({ to: STRANGER, value: 5n, gas: 21_000n }),
    )
    const before = await client.getBalance({ address: STRANGER })
    await client.sendRawTransactionSync({ serializedTransaction })
    await expect.poll(() => shreds.length, { timeout: 20_000 }).toBe(1)
    const changes = shreds[0]?.stateChanges ?? []
    const recipient = changes.find(({ address }) => address === STRANGER)
    expect(recipient).toEqual({
      address: STRANGER,
      balance: before + 5n,
      nonce: 0,
      newCode: null,
      storageChanges: [],
    })
    const sender = changes.find(({ address }) => address === devAccount(1).address.toLowerCase())
    expect(sender?.nonce).toBe(1)
    expect(sender?.balance).toBe(await client.getBalance({ address: devAccount(1).address }))
  })

  it('carry new code and storage, and logs are watched as usual', async () => {
    const client = await shredClient()
    const { shreds } = watchShreds(client, true)
    const wallet = walletOf(2)
    const deployment = await wallet.deployContract(TOKEN_DEPLOYMENT)
    await expect.poll(() => shreds.length, { timeout: 20_000 }).toBe(1)
    const { contractAddress } = await client.getTransactionReceipt({ hash: deployment })
    const address = contractAddress as Hex
    const created = shreds[0]?.stateChanges.find((change) => change.address === address)
    expect(created?.newCode).toBe(await client.getCode({ address }))
    expect(created?.storageChanges.length).toBeGreaterThan(0)
    const events: unknown[] = []
    closers.push(
      client.watchContractEvent({
        address,
        abi: TOKEN_ABI,
        eventName: 'Transfer',
        onLogs: (logs) => events.push(...logs.map(({ args }) => args)),
      }),
    )
    await client.getBlockNumber()
    await wallet.writeContract({
      address,
      abi: TOKEN_ABI,
      functionName: 'transfer',
      args: [STRANGER, 9n],
      gas: TOKEN_GAS,
    })
    await expect.poll(() => events.length, { timeout: 20_000 }).toBe(1)
    expect(events[0]).toMatchObject({ from: devAccount(2).address, value: 9n })
    expect(shreds[1]?.transactions[0]?.logs).toHaveLength(1)
  })

  it('come under the older names too', async () => {
    const client = await shredClient()
    const results: unknown[] = []
    const { unsubscribe } = await client.transport.subscribe({
      params: ['shred', false] as never,
      onData: ({ result }) => results.push(result),
    })
    const serializedTransaction = await signed(3, { to: STRANGER, value: 1n, gas: 21_000n })
    await client.sendRawTransactionSync({ serializedTransaction })
    await expect.poll(() => results.length, { timeout: 20_000 }).toBe(1)
    await unsubscribe()
    const id = await client.request({ method: 'rise_subscribe', params: ['shreds'] } as never)
    expect(id).toMatch(/^0x[0-9a-f]{32}$/)
  })
})
