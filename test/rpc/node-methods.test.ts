/** Methods that clients have no action for, or show otherwise: their JSON as it is. */

import { keccak256, parseTransaction } from 'viem'
import { describe, expect, it } from 'vitest'
import { devAccount, devWallet } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'
const NO_WORD = `0x${'00'.repeat(32)}`

const node = sharedRpcLeader({ blockTimeMs: 300 })

const ask = async (method: string, ...params: unknown[]) =>
  (await node.ask(method, ...params)).result

async function sealedTransfer(index: number) {
  const hash = await devWallet(node.httpUrl, index).sendTransaction({ to: STRANGER, value: 3n })
  await expect
    .poll(async () => (await ask('eth_getTransactionReceipt', hash))?.blockHash ?? NO_WORD, {
      timeout: 60_000,
    })
    .not.toBe(NO_WORD)
  return ask('eth_getTransactionReceipt', hash)
}

describe('blocks and transactions', () => {
  it('come as headers, and as signed bytes by hash or place', async () => {
    const { transactionHash, blockHash, blockNumber } = await sealedTransfer(0)
    const header = await ask('eth_getHeaderByHash', blockHash)
    const { transactions, uncles, size, withdrawals, ...block } = await ask(
      'eth_getBlockByHash',
      blockHash,
      false,
    )
    expect(transactions).toEqual([transactionHash])
    expect([uncles, withdrawals, typeof size]).toEqual([[], [], 'string'])
    expect(header).toEqual(block)
    expect(await ask('eth_getHeaderByNumber', blockNumber)).toEqual(header)
    expect(await ask('eth_getHeaderByNumber', '0xffffff')).toBeNull()
    const raw = await ask('eth_getRawTransactionByHash', transactionHash)
    expect(keccak256(raw)).toBe(transactionHash)
    expect(parseTransaction(raw)).toMatchObject({ to: STRANGER, value: 3n })
    expect(await ask('eth_getRawTransactionByBlockHashAndIndex', blockHash, '0x0')).toBe(raw)
    expect(await ask('eth_getRawTransactionByBlockNumberAndIndex', blockNumber, '0x0')).toBe(raw)
    expect(await ask('eth_getRawTransactionByBlockNumberAndIndex', blockNumber, '0x1')).toBeNull()
    expect(await ask('eth_getRawTransactionByHash', NO_WORD)).toBe('0x')
    expect(await ask('debug_getRawTransaction', transactionHash)).toBe(raw)
    expect(await ask('debug_getBadBlocks')).toEqual([])
  })
})

describe('storage', () => {
  it('is read for several accounts at once', async () => {
    const contract = '0x0000f90827f1c53a10cb7a02335b175320002935'
    const { blockNumber } = await sealedTransfer(1)
    const place = `0x${(Number(blockNumber) - 1).toString(16)}`
    const [slot, none] = [place, '0xfffff']
    const answer = await ask('eth_getStorageValues', {
      [contract]: [slot, none],
      [STRANGER]: ['0x0'],
    })
    // EIP-2935: hashes of older blocks by their number.
    const { hash } = await ask('eth_getBlockByNumber', place, false)
    expect(answer).toEqual({ [contract]: [hash, NO_WORD], [STRANGER]: [NO_WORD] })
    const before = await ask('eth_getStorageValues', { [contract]: [slot] }, place)
    expect(before).toEqual({ [contract]: [NO_WORD] })
    const refused = async (request: object) =>
      (await node.ask('eth_getStorageValues', request)).error?.code
    const many = Array.from({ length: 1025 }, (_, index) => `0x${index.toString(16)}`)
    expect(await refused({})).toBe(-32602)
    expect(await refused({ [contract]: many })).toBe(-32602)
    expect(await refused({ [contract]: 'all' })).toBe(-32602)
  })
})

describe('the next block', () => {
  it('is asked for its base fee and for whom it pays', async () => {
    const pending = await ask('eth_getBlockByNumber', 'pending', false)
    expect(pending.miner).toBe(`0x${'be'.repeat(20)}`)
    expect(await ask('eth_coinbase')).toBe(pending.miner)
    const baseFee = BigInt(await ask('eth_baseFee'))
    const { baseFeePerGas } = await ask('eth_feeHistory', '0x1', 'latest')
    expect(baseFee).toBeGreaterThan(0n)
    expect(BigInt(baseFeePerGas.at(-1)) - baseFee).toBeLessThanOrEqual(baseFee / 8n)
  })
})

describe('the pool', () => {
  it('is shown by sender', async () => {
    const wallet = devWallet(node.httpUrl, 2)
    const fields = { to: STRANGER, value: 1n, gas: 21_000n } as const
    const waiting = await wallet.sendTransaction({ ...fields, nonce: 5 })
    const address = devAccount(2).address.toLowerCase()
    const content = await ask('txpool_contentFrom', address)
    expect(content).toEqual({
      pending: {},
      queued: {
        5: expect.objectContaining({ hash: waiting, from: address, nonce: '0x5', blockHash: null }),
      },
    })
    expect(await ask('txpool_contentFrom', STRANGER)).toEqual({ pending: {}, queued: {} })
    expect(await ask('eth_pendingTransactions')).toEqual([])
  })
})

describe('eth_fillTransaction', () => {
  it('gives what a wallet would ask for in four requests', async () => {
    const from = devAccount(3).address
    const { raw, tx } = await ask('eth_fillTransaction', { from, to: STRANGER, value: '0x1' })
    const tip = BigInt(await ask('eth_maxPriorityFeePerGas'))
    expect(tx).toEqual({
      ...{ type: '0x2', chainId: '0x7a69', nonce: '0x0', gas: '0x5208', to: STRANGER },
      ...{ value: '0x1', input: '0x', accessList: [], hash: keccak256(raw) },
      ...{ maxFeePerGas: expect.any(String), maxPriorityFeePerGas: `0x${tip.toString(16)}` },
      ...{ yParity: '0x0', v: '0x0', r: '0x0', s: '0x0' },
    })
    expect(BigInt(tx.maxFeePerGas)).toBeGreaterThan(tip)
    const fields = { from, to: STRANGER, nonce: '0x7', gas: '0x9999', gasPrice: '0x77359400' }
    const legacy = await ask('eth_fillTransaction', fields)
    expect(legacy.tx).toMatchObject({ type: '0x0', nonce: '0x7', gas: '0x9999' })
    expect(legacy.tx).not.toHaveProperty('maxFeePerGas')
    const reverting = { from, data: '0x60006000fd' }
    expect((await node.ask('eth_fillTransaction', reverting)).error?.code).toBe(3)
    const crossed = { from, maxFeePerGas: '0x1', maxPriorityFeePerGas: '0x2' }
    expect((await node.ask('eth_fillTransaction', crossed)).error?.code).toBe(-32602)
  })
})

describe('eth_config', () => {
  it('tells the rules of the head, and that no others are scheduled', async () => {
    const { current, next, last } = await ask('eth_config')
    expect([next, last]).toEqual([null, null])
    expect(Object.keys(current)).toEqual([
      ...['activationTime', 'blobSchedule', 'chainId', 'forkId', 'precompiles'],
      'systemContracts',
    ])
    expect(current).toMatchObject({
      activationTime: 0,
      chainId: '0x7a69',
      forkId: expect.stringMatching(/^0x[0-9a-f]{8}$/),
      precompiles: {
        ECREC: '0x0000000000000000000000000000000000000001',
        BLS12_MAP_FP2_TO_G2: '0x0000000000000000000000000000000000000011',
      },
      systemContracts: { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' },
    })
    expect(Object.keys(current.blobSchedule)).toEqual(['baseFeeUpdateFraction', 'max', 'target'])
  })
})
