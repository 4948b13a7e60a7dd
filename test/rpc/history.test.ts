/** What a leader serves of blocks that it has forgotten, or that another process sealed. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  devWallet,
  publicClient,
  TOKEN_ABI,
  TOKEN_DEPLOYMENT,
  TOKEN_GAS,
} from '../kit/dev-token.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000ae'

const datadir = mkdtempSync(join(tmpdir(), 'rpc-history-'))

afterAll(() => rmSync(datadir, { recursive: true }))

function clients(httpUrl: string) {
  return { client: publicClient(httpUrl), wallet: devWallet(httpUrl, 0) }
}

describe('after a restart', () => {
  it('blocks, transactions, receipts, logs and states are the same', async () => {
    const first = await startRpcLeader({ blockTimeMs: 200, datadir })
    const { client, wallet } = clients(first.httpUrl)
    const deployment = await wallet.deployContract(TOKEN_DEPLOYMENT)
    const { contractAddress } = await client.waitForTransactionReceipt({ hash: deployment })
    const address = contractAddress as `0x${string}`
    const hash = await wallet.writeContract({
      address,
      abi: TOKEN_ABI,
      functionName: 'transfer',
      args: [STRANGER, 7n],
      gas: TOKEN_GAS,
    })
    await client.waitForTransactionReceipt({ hash, confirmations: 2 })
    const { blockNumber, blockHash } = await client.getTransactionReceipt({ hash })
    const seen = async (from: typeof client) => ({
      block: await from.getBlock({ blockHash, includeTransactions: true }),
      transaction: await from.getTransaction({ hash }),
      receipt: await from.getTransactionReceipt({ hash }),
      logs: await from.getLogs({ address, fromBlock: 0n, toBlock: blockNumber }),
      code: await from.getCode({ address }),
      balance: await from.getBalance({ address: wallet.account.address, blockNumber }),
      nonce: await from.getTransactionCount({ address: wallet.account.address }),
    })
    const before = await seen(client)
    expect(before.logs).toHaveLength(2)
    await first.close()

    const second = await startRpcLeader({ blockTimeMs: 200, datadir })
    const { client: later, wallet: laterWallet } = clients(second.httpUrl)
    const after = await seen(later)
    // The distance to the head is the client's own figure.
    expect(after).toEqual(before)
    const next = await laterWallet.sendTransaction({ to: STRANGER, value: 1n, gas: 21_000n })
    const receipt = await later.waitForTransactionReceipt({ hash: next, confirmations: 2 })
    expect(receipt.status).toBe('success')
    expect(await later.getBalance({ address: STRANGER })).toBe(1n)
    expect(await later.getBalance({ address: STRANGER, blockNumber })).toBe(0n)
    expect(second.internalErrors).toEqual([])
    await second.close()
  })
})
