/**
 * Calls behind older blocks come to what the core came to when those blocks were the newest, and states
 * that are not kept any more are refused.
 */

import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Hex } from 'viem'
import { encodeFunctionData } from 'viem'
import { describe, expect, it } from 'vitest'
import { assemble, initCode } from '../kit/bytecode.ts'
import { devAccount, devWallet, TOKEN_ABI, TOKEN_DEPLOYMENT, TOKEN_GAS } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'

/** Shows the environment and who calls; touches its slots and another account. */
const PROBE = assemble(`NUMBER 0 MSTORE TIMESTAMP 32 MSTORE BASEFEE 64 MSTORE COINBASE 96 MSTORE
  0 SLOAD 1 ADD DUP1 0 SSTORE 128 MSTORE ${STRANGER} BALANCE 160 MSTORE CALLER 192 MSTORE
  1 NUMBER SUB BLOCKHASH 224 MSTORE GASPRICE 256 MSTORE PREVRANDAO 288 MSTORE 320 0 RETURN`)

const node = sharedRpcLeader({ blockTimeMs: 600 })
const { ask, client } = node

async function deploy(data: Hex, index: number): Promise<Hex> {
  const hash = await devWallet(node.httpUrl, index).sendTransaction({ data, gas: 1_000_000n })
  const receipt = await client().waitForTransactionReceipt({ hash, confirmations: 2 })
  return receipt.contractAddress as Hex
}

describe('calls behind an older block', () => {
  it('come to what they came to when it was the newest', async () => {
    const to = await deploy(bytesToHex(initCode(PROBE)), 0)
    const from = devAccount(1).address
    const gasPrice = '0x77359400'
    const requests = [
      ...[{ to }, { from, to, gas: '0x20000' }, { from, to, gasPrice, value: '0x0' }],
      ...[{ to, gas: '0x5300' }, { from, to, value: '0x1' }, { data: bytesToHex(initCode(PROBE)) }],
      { from: STRANGER, to, gasPrice },
    ]
    const methods = ['eth_call', 'eth_estimateGas', 'eth_createAccessList']
    // The core is asked in the open block; its number, time and the like are given to the other.
    const { result: open } = await ask('eth_getBlockByNumber', 'pending', false)
    const blockOverrides = {
      ...{ number: open.number, time: open.timestamp, feeRecipient: open.miner },
      ...{ prevRandao: open.mixHash, baseFeePerGas: open.baseFeePerGas },
    }
    const parent = `0x${(Number(open.number) - 1).toString(16)}`
    for (const request of requests) {
      for (const method of methods) {
        const overrides = method === 'eth_createAccessList' ? [] : [{}, blockOverrides]
        const newest = await ask(method, request, 'latest', ...overrides)
        const older = await ask(method, request, parent, ...overrides)
        if (method === 'eth_call' && newest.result !== undefined) {
          // The hash of the block before is no override: the block itself is not sealed there.
          expect(words(older.result).toSpliced(7, 1)).toEqual(words(newest.result).toSpliced(7, 1))
        } else {
          expect({ method, request, ...older }).toEqual({ method, request, ...newest })
        }
      }
    }
  })

  it('see the state and the block of their time', async () => {
    const { address, wallet } = await deployToken(2)
    const balanceAt = (blockNumber: bigint) =>
      client().readContract({
        ...{ address, abi: TOKEN_ABI, functionName: 'balanceOf', args: [STRANGER], blockNumber },
      })
    const data = encodeFunctionData({
      ...{ abi: TOKEN_ABI, functionName: 'transfer', args: [STRANGER, 5n] },
    })
    const numbers: bigint[] = []
    for (let count = 0; count < 3; count++) {
      const hash = await wallet.sendTransaction({ to: address, data, gas: TOKEN_GAS })
      const { blockNumber } = await client().waitForTransactionReceipt({ hash, confirmations: 2 })
      numbers.push(blockNumber)
    }
    expect(await Promise.all(numbers.map(balanceAt))).toEqual([5n, 10n, 15n])
    const probe = await deploy(bytesToHex(initCode(PROBE)), 3)
    const block = await client().getBlock()
    const { result } = await ask('eth_call', { to: probe }, { blockHash: block.hash })
    expect(words(result).slice(0, 2)).toEqual([block.number, block.timestamp])
    expect(words(result)[7]).toBe(BigInt(block.parentHash))
  })

  it('are refused where there is no such block', async () => {
    expect((await ask('eth_call', {}, '0xffffff')).error).toEqual({
      ...{ code: -32000, message: 'header not found' },
    })
    const wrong = { maxFeePerGas: '0x1', gasPrice: '0x1' }
    expect((await ask('eth_call', wrong, '0x0')).error?.message).toMatch(/gasPrice stands beside/)
  })
})

function words(output: Hex): bigint[] {
  return (output.slice(2).match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`))
}

async function deployToken(index: number) {
  const wallet = devWallet(node.httpUrl, index)
  const hash = await wallet.deployContract(TOKEN_DEPLOYMENT)
  const { contractAddress } = await client().waitForTransactionReceipt({ hash })
  return { address: contractAddress as Hex, wallet }
}
