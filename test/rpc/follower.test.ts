/**
 * JSON-RPC of followers: what can be read is what the leader says, word for word, also behind a relay;
 * what is sent goes to the leader, and its receipt comes from the follower.
 */

import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { verifyAccountProof } from '@shredcast/shared/trie/proof'
import type { Hex } from 'viem'
import { createPublicClient, encodeFunctionData, pad, toHex, webSocket } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  devAccount,
  devChain,
  devWallet,
  publicClient,
  TOKEN_ABI,
  TOKEN_DEPLOYMENT,
  TOKEN_GAS,
  TOKEN_SUPPLY,
} from '../kit/dev-token.ts'
import type { RpcFollower } from '../kit/rpc-follower.ts'
import { startRpcFollower } from '../kit/rpc-follower.ts'
import type { RpcLeader } from '../kit/rpc-leader.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'
/** Of `totalSupply` in the demo's token. */
const SUPPLY_SLOT = pad('0x2')
const NOWHERE = 'http://127.0.0.1:1'

let leader: RpcLeader
let follower: RpcFollower
/** Follows the follower, and applies blocks without executing them. */
let below: RpcFollower
let token: Hex
let hash: Hex

beforeAll(async () => {
  leader = await startRpcLeader({ blockTimeMs: 300 })
  const { url } = leader.leader.publisher
  follower = await startRpcFollower(url, { leaderRpc: leader.httpUrl })
  below = await startRpcFollower(follower.relayUrl, { execute: 'apply' })
  const wallet = devWallet(follower.httpUrl, 0)
  const client = publicClient(follower.httpUrl)
  const deployed = await wallet.deployContract(TOKEN_DEPLOYMENT)
  const receipt = await client.waitForTransactionReceipt({ hash: deployed })
  token = receipt.contractAddress!
  hash = await transfer(7n)
  const { blockNumber } = await client.waitForTransactionReceipt({ hash })
  await settled(blockNumber)
})

afterAll(async () => {
  await below.close()
  await follower.close()
  await leader.close()
  for (const { internalErrors } of [leader, follower, below]) expect(internalErrors).toEqual([])
})

function transfer(value: bigint): Promise<Hex> {
  return devWallet(follower.httpUrl, 0).writeContract({
    address: token,
    abi: TOKEN_ABI,
    functionName: 'transfer',
    args: [STRANGER, value],
    gas: TOKEN_GAS,
  })
}

/** Block `number` is everybody's. */
async function settled(number: bigint): Promise<void> {
  await follower.verified(number)
  await below.verified(number)
}

async function ask(url: string, method: string, params: readonly unknown[]) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body })
  return (await response.json()) as { result?: unknown; error?: { code: number; message: string } }
}

const balanceCall = () => {
  const data = encodeFunctionData({
    abi: TOKEN_ABI,
    functionName: 'balanceOf',
    args: [devAccount(0).address],
  })
  return { to: token, data }
}

/** The block is a sealed one, so that nobody is ahead. */
const READS: readonly (readonly [string, (block: Hex) => readonly unknown[]])[] = [
  ['eth_chainId', () => []],
  ['net_version', () => []],
  ['eth_getBlockByNumber', (block) => [block, true]],
  ['eth_getBlockByNumber', () => ['earliest', false]],
  ['eth_getBlockReceipts', (block) => [block]],
  ['eth_getBlockTransactionCountByNumber', (block) => [block]],
  ['eth_getTransactionByHash', () => [hash]],
  ['eth_getTransactionReceipt', () => [hash]],
  ['eth_getBalance', (block) => [devAccount(0).address, block]],
  ['eth_getTransactionCount', (block) => [devAccount(0).address, block]],
  ['eth_getCode', (block) => [token, block]],
  ['eth_getStorageAt', (block) => [token, '0x2', block]],
  ['eth_getLogs', (block) => [{ fromBlock: '0x0', toBlock: block, address: token }]],
  ['eth_feeHistory', (block) => ['0x2', block, [10, 50]]],
  ['eth_call', () => [balanceCall(), 'latest']],
  ['eth_estimateGas', () => [{ ...balanceCall(), from: devAccount(0).address }]],
  ['debug_getRawBlock', (block) => [block]],
]

describe('what a follower is asked', () => {
  it.each(READS)('%s is answered as by the leader', async (method, paramsOf) => {
    const { blockNumber } = await publicClient(follower.httpUrl).getTransactionReceipt({ hash })
    const params = paramsOf(`0x${blockNumber.toString(16)}`)
    const expected = await ask(leader.httpUrl, method, params)
    expect(expected.result).toBeDefined()
    expect(await ask(follower.httpUrl, method, params)).toEqual(expected)
    expect(await ask(below.httpUrl, method, params)).toEqual(expected)
  })

  it('proves accounts and slots under the root of a sealed block', async () => {
    for (const { httpUrl } of [follower, below]) {
      const client = publicClient(httpUrl)
      // The proof is of the block whose seal it waited for: the newest, unless that took too long.
      const proof = await client.getProof({ address: token, storageKeys: [SUPPLY_SLOT] })
      const { stateRoot } = await client.getBlock()
      verifyAccountProof(hexToBytes(stateRoot), {
        address: hexToBytes(token),
        nonce: BigInt(proof.nonce),
        balance: proof.balance,
        codeHash: hexToBytes(proof.codeHash),
        storageRoot: hexToBytes(proof.storageHash),
        accountProof: proof.accountProof.map(hexToBytes),
        storageProof: proof.storageProof.map(({ key, value, proof: nodes }) => ({
          key: hexToBytes(key),
          value: hexToBytes(pad(toHex(value))),
          proof: nodes.map(hexToBytes),
        })),
      })
      expect(proof.storageProof[0]?.value).toBe(TOKEN_SUPPLY)
    }
  })

  it('tells of commits before the block is sealed', async () => {
    const url = below.httpUrl.replace('http', 'ws')
    const client = createPublicClient({ chain: devChain(url), transport: webSocket(url) })
    const logs: bigint[] = []
    let done = () => {}
    const seen = new Promise<void>((resolve) => {
      done = resolve
    })
    const stop = client.watchContractEvent({
      address: token,
      abi: TOKEN_ABI,
      eventName: 'Transfer',
      onLogs: (more) => {
        logs.push(...more.map(({ args }) => args.value!))
        done()
      },
    })
    await client.getChainId()
    await transfer(11n)
    await seen
    expect(logs).toEqual([11n])
    stop()
    const socket = await client.transport.getRpcClient()
    socket.close()
  })
})

describe('what is sent to a follower', () => {
  const signed = async (nonce: number, index = 1) => {
    const wallet = devWallet(leader.httpUrl, index)
    return wallet.signTransaction({
      to: STRANGER,
      value: 1n,
      nonce,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
      type: 'eip1559',
    })
  }

  it('is executed by the leader; the receipt of the open block is the follower own', async () => {
    const first = await ask(follower.httpUrl, 'eth_sendRawTransactionSync', [await signed(0)])
    expect(first.result).toMatchObject({ status: '0x1', gasUsed: '0x5208' })
    const again = await ask(follower.httpUrl, 'eth_sendRawTransactionSync', [await signed(0)])
    expect(again.result).toMatchObject({
      transactionHash: (first.result as { transactionHash: Hex }).transactionHash,
    })
  })

  it('counts for the next nonce until it is committed', async () => {
    const { address } = devAccount(2)
    const count = () => ask(follower.httpUrl, 'eth_getTransactionCount', [address, 'pending'])
    const sent = await Promise.all(
      [0, 1, 2].map(async (nonce) => {
        return ask(follower.httpUrl, 'eth_sendRawTransaction', [await signed(nonce, 2)])
      }),
    )
    expect(sent.map(({ error }) => error)).toEqual([undefined, undefined, undefined])
    expect(await count()).toMatchObject({ result: '0x3' })
    const receipts = sent.map(({ result }) => {
      return publicClient(follower.httpUrl).waitForTransactionReceipt({ hash: result as Hex })
    })
    await Promise.all(receipts)
    expect(await count()).toMatchObject({ result: '0x3' })
  })

  it('is refused with the words of the leader', async () => {
    const old = await ask(follower.httpUrl, 'eth_sendRawTransaction', [await signed(0)])
    expect(old.error).toMatchObject({ code: -32000, message: 'already known' })
    const gap = await ask(follower.httpUrl, 'eth_sendRawTransactionSync', [await signed(9)])
    expect(gap).toEqual(await ask(leader.httpUrl, 'eth_sendRawTransactionSync', [await signed(9)]))
    expect(gap.error?.code).toBe(6)
  })

  it('is refused clearly where there is nobody to hand it to', async () => {
    const raw = await signed(1)
    const nobody = await ask(below.httpUrl, 'eth_sendRawTransaction', [raw])
    expect(nobody.error).toMatchObject({ code: -32000 })
    expect(nobody.error?.message).toMatch('without --leader-rpc')
    const lost = await startRpcFollower(follower.relayUrl, { leaderRpc: NOWHERE })
    const unreachable = await ask(lost.httpUrl, 'eth_sendRawTransaction', [raw])
    expect(unreachable.error?.message).toMatch(
      `the leader's JSON-RPC at ${NOWHERE} gives no answer`,
    )
    await lost.close()
  })
})

it('the token has what the leader says', async () => {
  const [own, theirs] = await Promise.all(
    [leader, below].map(({ httpUrl }) => ask(httpUrl, 'eth_call', [balanceCall(), 'latest'])),
  )
  expect(own).toEqual(theirs)
  expect(BigInt(own!.result as Hex)).toBeLessThan(TOKEN_SUPPLY)
})
