/** `eth_simulateV1` in the shapes of execution-apis, and through viem. */

import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Hex } from 'viem'
import { parseAbi, parseEther } from 'viem'
import { describe, expect, it } from 'vitest'
import { assemble } from '../kit/bytecode.ts'
import { devAccount, devWallet } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const RICH = devAccount(0).address.toLowerCase()
const ALICE = '0x00000000000000000000000000000000000000a1'
const BOB = '0x00000000000000000000000000000000000000b1'
const CONTRACT = '0x00000000000000000000000000000000000c0de1'
const ETHER = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

const node = sharedRpcLeader({ blockTimeMs: 400 })

function simulate(blockStateCalls: unknown, options: object = {}, block: unknown = 'latest') {
  return node.ask('eth_simulateV1', { blockStateCalls, ...options }, block)
}

function wordOf(address: string): Hex {
  return `0x${address.slice(2).padStart(64, '0')}`
}

const codeOf = (source: string) => bytesToHex(assemble(source))

describe('blocks of calls', () => {
  it('build on each other, in the form of blocks, with empty ones where numbers were left out', async () => {
    const balance = { stateOverrides: { [ALICE]: { balance: '0x3e8' } } }
    const calls = [{ from: ALICE, to: BOB, value: '0x3e8' }]
    const back = [{ from: BOB, to: ALICE, value: '0x3e8' }]
    const time = '0x7fffffff'
    const blocks = [
      { ...balance, calls },
      { blockOverrides: { number: '0x3', time, feeRecipient: BOB }, calls: back },
    ]
    const { result } = await simulate(blocks, {}, '0x0')
    const genesis = await node.ask('eth_getBlockByNumber', '0x0', false)
    expect(result).toHaveLength(3)
    expect(result.map(({ number }: { number: Hex }) => number)).toEqual(['0x1', '0x2', '0x3'])
    expect(result[0].parentHash).toBe(genesis.result.hash)
    expect(result[1].parentHash).toBe(result[0].hash)
    expect(result[2].parentHash).toBe(result[1].hash)
    const call = { returnData: '0x', logs: [], gasUsed: '0x5208', maxUsedGas: '0x5208' }
    expect(result.map((block: { calls: unknown }) => block.calls)).toEqual([
      [{ ...call, status: '0x1' }],
      [],
      [{ ...call, status: '0x1' }],
    ])
    expect(result[2]).toMatchObject({ timestamp: time, miner: BOB, baseFeePerGas: '0x0' })
    expect(result[0]).toMatchObject({ gasUsed: '0x5208', withdrawals: [], uncles: [] })
    expect(result[1].transactions).toEqual([])
    expect(Object.keys(result[0]).sort()).toEqual([...Object.keys(genesis.result), 'calls'].sort())
  })

  it('keep storage, code and nonces from call to call, and leave the chain as it is', async () => {
    const counter = codeOf('0 SLOAD 1 ADD DUP1 0 SSTORE 0 MSTORE 32 0 RETURN')
    const calls = [{ to: CONTRACT }, { to: CONTRACT }]
    const code = { stateOverrides: { [CONTRACT]: { code: counter } }, calls }
    const { result } = await simulate([code, { calls }])
    const values = result.flatMap((block: { calls: { returnData: Hex }[] }) => {
      return block.calls.map(({ returnData }) => Number(returnData))
    })
    expect(values).toEqual([1, 2, 3, 4])
    expect((await node.ask('eth_getCode', CONTRACT)).result).toBe('0x')
  })

  it('find the hash of the block before, and its number', async () => {
    const code = codeOf('1 NUMBER SUB BLOCKHASH 0 MSTORE NUMBER 32 MSTORE 64 0 RETURN')
    const call = { calls: [{ to: CONTRACT }] }
    const { result } = await simulate([{ ...call, stateOverrides: { [CONTRACT]: { code } } }, call])
    for (const { parentHash, number, calls } of result) {
      expect(calls[0].returnData).toBe(`${parentHash}${wordOf(number).slice(2)}`)
    }
  })

  it('tell reverts and faults without failing', async () => {
    const overrides = {
      [ALICE]: { code: codeOf('0x1234 0 MSTORE 2 30 REVERT') },
      [BOB]: { code: codeOf('INVALID') },
    }
    const calls = [{ to: ALICE }, { to: BOB, gas: '0x5300' }, { to: CONTRACT }]
    const { result } = await simulate([{ stateOverrides: overrides, calls }])
    expect(result[0].calls).toEqual([
      {
        ...{ returnData: '0x1234', logs: [], gasUsed: '0x521a', maxUsedGas: '0x521a' },
        status: '0x0',
        error: { message: 'execution reverted', code: 3, data: '0x1234' },
      },
      {
        ...{ returnData: '0x', logs: [], gasUsed: '0x5300', maxUsedGas: '0x5300', status: '0x0' },
        error: { message: 'invalid opcode', code: -32015 },
      },
      expect.objectContaining({ status: '0x1' }),
    ])
  })

  it('give whole transactions, and transfers of ether as logs in their place', async () => {
    const code = codeOf(`0 0 LOG0 0 0 0 0 3 ${BOB} 30000 CALL 0 0 LOG0`)
    const calls = [
      { from: RICH, to: ALICE, value: '0x1' },
      { from: RICH, to: CONTRACT, value: '0x7' },
    ]
    const { result } = await simulate([{ stateOverrides: { [CONTRACT]: { code } }, calls }], {
      traceTransfers: true,
      returnFullTransactions: true,
    })
    const transfer = (from: string, to: string, value: number) => ({
      address: ETHER,
      topics: [TRANSFER, wordOf(from), wordOf(to)],
      data: wordOf(`0x${value}`),
    })
    const log = { address: CONTRACT, topics: [], data: '0x' }
    const [first, second] = result[0].calls
    expect(first.logs).toMatchObject([{ ...transfer(RICH, ALICE, 1), logIndex: '0x0' }])
    expect(second.logs).toMatchObject([
      { ...transfer(RICH, CONTRACT, 7), logIndex: '0x1' },
      { ...log, logIndex: '0x2' },
      { ...transfer(CONTRACT, BOB, 3), logIndex: '0x3' },
      { ...log, logIndex: '0x4', blockHash: result[0].hash, transactionIndex: '0x1' },
    ])
    expect(result[0].transactions).toMatchObject([
      { from: RICH, to: ALICE, value: '0x1', nonce: '0x0', type: '0x2', transactionIndex: '0x0' },
      { from: RICH, to: CONTRACT, value: '0x7', nonce: '0x1', blockHash: result[0].hash },
    ])
  })
})

describe('refusals', () => {
  it('have the codes of the specification', async () => {
    const codeFor = async (blocks: unknown, options: object = {}) =>
      (await simulate(blocks, options)).error?.code
    const validation = { validation: true }
    const call = { from: RICH, to: ALICE, maxFeePerGas: '0xffffffffff' }
    const one = (fields: object) => [{ calls: [{ ...call, ...fields }] }]
    const nonce = { stateOverrides: { [RICH]: { nonce: '0x5' } } }
    expect(await codeFor([{ ...nonce, ...one({ nonce: '0x4' })[0] }], validation)).toBe(-38010)
    expect(await codeFor(one({ nonce: '0x63' }), validation)).toBe(-38011)
    expect(await codeFor(one({ maxFeePerGas: '0x1' }), validation)).toBe(-38012)
    expect(await codeFor(one({ gas: '0x5207' }))).toBe(-38013)
    expect(await codeFor(one({ from: BOB, value: '0x1' }))).toBe(-38014)
    expect(await codeFor(one({ gas: '0xffffffffff' }))).toBe(-38015)
    expect(await codeFor([{ blockOverrides: { number: '0x0' } }])).toBe(-38020)
    expect(await codeFor([{ blockOverrides: { time: '0x1' } }])).toBe(-38021)
    const initcode = `0x${'00'.repeat(49_153)}`
    expect(await codeFor([{ calls: [{ from: RICH, data: initcode }] }])).toBe(-38025)
    expect(await codeFor([{ blockOverrides: { number: '0xffffff' } }])).toBe(-38026)
    expect(await codeFor(Array.from({ length: 257 }, () => ({})))).toBe(-38026)
    expect(await codeFor([])).toBe(-32602)
    expect(await codeFor([{ calls: {} }])).toBe(-32602)
    expect((await simulate([{}], {}, '0xffffff')).error?.message).toBe('header not found')
  })

  it('do not come without validation for nonces and senders with code', async () => {
    const stateOverrides = { [RICH]: { nonce: '0x5', code: codeOf('STOP') } }
    const calls = [{ from: RICH, to: ALICE, nonce: '0x1' }]
    const { result } = await simulate([{ stateOverrides, calls }])
    expect(result[0].calls[0].status).toBe('0x1')
  })
})

describe('the newest commit', () => {
  it('is what comes before, also in the middle of a block', async () => {
    const client = node.client()
    const wallet = devWallet(node.httpUrl, 2)
    const request = await wallet.prepareTransactionRequest({ to: BOB, value: 9n, gas: 21_000n })
    const serializedTransaction = await wallet.signTransaction(request)
    const receipt = await client.sendRawTransactionSync({ serializedTransaction })
    const { result } = await simulate([{ calls: [{ from: BOB, to: ALICE, value: '0x9' }] }])
    expect(result[0].calls[0].status).toBe('0x1')
    expect(Number(result[0].number)).toBeGreaterThanOrEqual(Number(receipt.blockNumber))
  })
})

describe('viem', () => {
  it('simulates calls behind a block, and sees what they move', async () => {
    const client = node.client()
    const hash = await devWallet(node.httpUrl, 1).sendTransaction({ to: ALICE, value: 9n })
    // viem asks for the number of the newest block first.
    await client.waitForTransactionReceipt({ hash, confirmations: 2 })
    const { results, assetChanges } = await client.simulateCalls({
      account: ALICE,
      calls: [
        { to: BOB, value: 9n },
        { to: BOB, abi: parseAbi(['function f()']), functionName: 'f' },
      ],
      traceAssetChanges: true,
    })
    expect(results.map(({ status, gasUsed }) => [status, gasUsed])).toEqual([
      ['success', 21_000n],
      ['success', 21_160n],
    ])
    expect(assetChanges[0]?.value).toMatchObject({ pre: 9n, post: 0n, diff: -9n })
    const [block] = await client.simulateBlocks({
      blocks: [
        {
          blockOverrides: { baseFeePerGas: 10n },
          stateOverrides: [{ address: BOB, balance: parseEther('2') }],
          calls: [{ account: BOB, to: ALICE, value: parseEther('1') }],
        },
      ],
    })
    expect(block?.baseFeePerGas).toBe(10n)
    expect(block?.calls[0]?.status).toBe('success')
  })
})
