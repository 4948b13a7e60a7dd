/** Traces over JSON-RPC in go-ethereum's shapes: of transactions, blocks and calls. */

import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import { askRpc } from '../kit/ask-rpc.ts'
import { assemble, initCode } from '../kit/bytecode.ts'
import { devAccount, devWallet } from '../kit/dev-token.ts'
import { sharedRpcLeader, startRpcLeader } from '../kit/rpc-leader.ts'

const CALLER = devAccount(0).address.toLowerCase()
const CONTRACT = '0x00000000000000000000000000000000000c0de1'
const CALLEE = '0x00000000000000000000000000000000000c0de2'
const STRANGER = '0x00000000000000000000000000000000000000aa'

/** Reverts with a word when it is paid nothing. */
const CALLEE_CODE = 'CALLVALUE @paid JUMPI 0x1234 0 MSTORE 2 30 REVERT :paid'
/** Reads and writes a slot, logs, and makes calls that fail, succeed, and cannot be paid. */
const CONTRACT_CODE = `1 SLOAD POP 7 1 SSTORE 0x55 0 MSTORE 0xaa 4 28 LOG1
  0 0 0 0 0 ${CALLEE} 50000 CALL POP
  0 0 0 0 1 ${CALLEE} 50000 CALL POP
  32 32 32 0 4 50000 STATICCALL POP
  0 0 0 0 99999 ${CALLEE} 5000 CALL POP
  32 32 RETURN`

const node = sharedRpcLeader({ blockTimeMs: 400 })
const { ask, client } = node

function word(value: number): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

/** The trace of a call to code that stands there for the call alone. */
function traceCode(code: string, config: object = {}, call: object = {}) {
  const stateOverrides = {
    [CONTRACT]: { code: bytesToHex(assemble(code)) },
    [CALLEE]: { code: bytesToHex(assemble(CALLEE_CODE)) },
  }
  const request = { from: CALLER, to: CONTRACT, gas: '0x186a0', ...call }
  return ask('debug_traceCall', request, 'latest', { ...config, stateOverrides })
}

const callTracer = (tracerConfig = {}) => ({ tracer: 'callTracer', tracerConfig })

async function sendWithContract() {
  const wallet = devWallet(node.httpUrl, 0)
  const data = bytesToHex(initCode(assemble('1 0 SSTORE 0 0 LOG0 2 30 RETURN')))
  const deployment = await wallet.sendTransaction({ data, gas: 500_000n })
  const { contractAddress } = await client().waitForTransactionReceipt({ hash: deployment })
  const to = contractAddress as Hex
  const hash = await wallet.sendTransaction({ to, value: 5n, gas: 100_000n })
  const failing = await wallet.sendTransaction({ to, gas: 30_000n })
  const last = await wallet.sendTransaction({ to: STRANGER, value: 1n, gas: 21_000n })
  return { to, hashes: [deployment, hash, failing, last] as const }
}

describe('the struct logger', () => {
  it('describes each instruction, with storage where it is touched and the STOP behind the code', async () => {
    const { result } = await traceCode('7 1 SSTORE 1 SLOAD')
    expect(result).toEqual({
      gas: 43_209,
      failed: false,
      returnValue: '0x',
      structLogs: [
        { pc: 0, op: 'PUSH1', gas: 79_000, gasCost: 3, depth: 1, stack: [] },
        { pc: 2, op: 'PUSH1', gas: 78_997, gasCost: 3, depth: 1, stack: ['0x7'] },
        {
          ...{ pc: 4, op: 'SSTORE', gas: 78_994, gasCost: 22_100, depth: 1 },
          ...{ stack: ['0x7', '0x1'], storage: { [word(1)]: word(7) } },
        },
        { pc: 5, op: 'PUSH1', gas: 56_894, gasCost: 3, depth: 1, stack: [] },
        {
          ...{ pc: 7, op: 'SLOAD', gas: 56_891, gasCost: 100, depth: 1 },
          ...{ stack: ['0x1'], storage: { [word(1)]: word(7) } },
        },
        { pc: 8, op: 'STOP', gas: 56_791, gasCost: 0, depth: 1, stack: ['0x7'] },
      ],
    })
  })

  it('shows what it is asked for and nothing else', async () => {
    const code = `32 0 0 0 1 ${CALLEE} 50000 CALL 5 32 MSTORE 3 SLOAD`
    const config = { disableStack: true, disableStorage: true, enableMemory: true }
    const { result } = await traceCode(code, { ...config, enableReturnData: true })
    const last = result.structLogs.at(-1)
    expect(Object.keys(last).sort()).toEqual(['depth', 'gas', 'gasCost', 'memory', 'op', 'pc'])
    expect(last.memory).toEqual([word(0), word(5)])
    const reverting = await traceCode(`0 0 0 0 0 ${CALLEE} 50000 CALL`, { enableReturnData: true })
    expect(reverting.result.structLogs.at(-1)).toMatchObject({ op: 'STOP', returnData: '0x1234' })
    const limited = await traceCode(CONTRACT_CODE, { limit: 3 })
    expect(limited.result.structLogs.map(({ op }: { op: string }) => op)).toEqual([
      'PUSH1',
      'SLOAD',
      'POP',
    ])
  })

  it('tells the refund counter while it is not zero', async () => {
    const stateDiff = { [word(1)]: word(9) }
    const code = bytesToHex(assemble('0 1 SSTORE'))
    const { result } = await ask('debug_traceCall', { to: CONTRACT }, 'latest', {
      stateOverrides: { [CONTRACT]: { code, stateDiff } },
    })
    expect(result.structLogs.map(({ refund }: { refund?: number }) => refund)).toEqual([
      ...[undefined, undefined, undefined],
      4800,
    ])
  })

  it('names a fault where the instruction could not begin, and gives what REVERT says', async () => {
    const underflow = await traceCode('1 ADD')
    expect(underflow.result).toMatchObject({ failed: true, gas: 100_000, returnValue: '0x' })
    expect(underflow.result.structLogs.at(-1)).toMatchObject({
      op: 'ADD',
      error: 'stack underflow (1 <=> 2)',
    })
    const poor = await traceCode('1 0 SSTORE', {}, { gas: '0x5300' })
    expect(poor.result.structLogs.at(-1)).toMatchObject({ op: 'SSTORE', error: 'out of gas' })
    const reverted = await traceCode(CALLEE_CODE)
    expect(reverted.result).toMatchObject({ failed: true, returnValue: '0x1234' })
    expect(reverted.result.structLogs.some((step: object) => 'error' in step)).toBe(false)
  })
})

describe('the call tracer', () => {
  it('gives calls that succeed, revert, cannot be paid, or are of precompiles', async () => {
    const { result } = await traceCode(CONTRACT_CODE, callTracer({ withLog: true }), {
      value: '0x5',
    })
    const call = { from: CONTRACT, to: CALLEE, input: '0x', type: 'CALL' }
    expect(result).toEqual({
      ...{ from: CALLER, gas: '0x186a0', gasUsed: result.gasUsed, to: CONTRACT, input: '0x' },
      ...{ output: word(0x55), value: '0x5', type: 'CALL' },
      calls: [
        {
          ...{ ...call, value: '0x0', gas: expect.any(String), gasUsed: '0x21' },
          ...{ output: '0x1234', error: 'execution reverted' },
        },
        { ...call, value: '0x1', gas: expect.any(String), gasUsed: '0x10' },
        {
          ...{ from: CONTRACT, to: `0x${'04'.padStart(40, '0')}`, input: word(0x55) },
          ...{ gas: expect.any(String), gasUsed: '0x12', output: word(0x55), type: 'STATICCALL' },
        },
        {
          ...{ ...call, value: '0x1869f', gas: expect.any(String), gasUsed: '0x0' },
          error: 'insufficient balance for transfer',
        },
      ],
      logs: [
        {
          ...{ address: CONTRACT, topics: [word(0xaa)], data: '0x00000055' },
          ...{ index: '0x0', position: '0x0' },
        },
      ],
    })
  })

  it('knows the kinds of calls, and who acts in them', async () => {
    const code = `0 0 0 0 ${CALLEE} 9000 DELEGATECALL 0 0 0 0 1 ${CALLEE} 9000 CALLCODE
      0 0 0 CREATE 7 0 0 0 CREATE2 ${STRANGER} SELFDESTRUCT`
    const { result } = await traceCode(code, callTracer(), { value: '0x5', gas: '0x7a120' })
    const shown = result.calls.map(({ type, from, to, value, error }: Record<string, unknown>) => {
      return [type, from, type === 'CREATE' || type === 'CREATE2' ? typeof to : to, value, error]
    })
    expect(shown).toEqual([
      ['DELEGATECALL', CONTRACT, CALLEE, '0x5', undefined],
      ['CALLCODE', CONTRACT, CALLEE, '0x1', undefined],
      ['CREATE', CONTRACT, 'string', '0x0', undefined],
      ['CREATE2', CONTRACT, 'string', '0x0', undefined],
      ['SELFDESTRUCT', CONTRACT, STRANGER, '0x5', undefined],
    ])
    const top = await traceCode(code, callTracer({ onlyTopCall: true }))
    expect(top.result).not.toHaveProperty('calls')
  })

  it('decodes reasons, names faults, and leaves out the logs of what failed', async () => {
    const reason = `0x08c379a0${word(32).slice(2)}${word(2).slice(2)}${'6e6f'.padEnd(64, '0')}`
    const words = [reason.slice(0, 66), `0x${reason.slice(66, 130)}`, `0x${reason.slice(130, 194)}`]
    const stored = words.map((text, index) => `${text} ${index * 32} MSTORE`).join(' ')
    const tail = `0x${reason.slice(194).padEnd(64, '0')} 96 MSTORE`
    const { result } = await traceCode(
      `0 0 LOG0 ${stored} ${tail} 100 0 REVERT`,
      callTracer({ withLog: true }),
    )
    expect(result).toMatchObject({
      ...{ error: 'execution reverted', output: reason, revertReason: 'no' },
    })
    expect(result).not.toHaveProperty('logs')
    const faults = { INVALID: 'invalid opcode: INVALID', '9 JUMP': 'invalid jump destination' }
    for (const [code, error] of Object.entries(faults)) {
      expect((await traceCode(code, callTracer())).result).toMatchObject({ error })
    }
  })
})

describe('transactions and blocks', () => {
  it('come to their receipts in the open block and in the sealed one', async () => {
    const { hashes } = await sendWithContract()
    const wait = (hash: Hex, confirmations: number) =>
      client().waitForTransactionReceipt({ hash, confirmations })
    await wait(hashes[3], 1)
    const open = await Promise.all(hashes.map((hash) => ask('debug_traceTransaction', hash)))
    await wait(hashes[3], 2)
    for (const [index, hash] of hashes.entries()) {
      const { result } = await ask('debug_traceTransaction', hash, {})
      const receipt = await client().getTransactionReceipt({ hash })
      expect(result).toEqual(open[index]?.result)
      expect(BigInt(result.gas)).toBe(receipt.gasUsed)
      expect(result.failed).toBe(receipt.status === 'reverted')
    }
  })

  it('are traced whole, by number and by hash, with the index of each log in the block', async () => {
    const { hashes } = await sendWithContract()
    const { blockNumber, blockHash } = await client().waitForTransactionReceipt({
      hash: hashes[3],
      confirmations: 2,
    })
    const config = callTracer({ withLog: true })
    const { result } = await ask('debug_traceBlockByHash', blockHash, config)
    const block = await client().getBlock({ blockHash })
    expect(result.map(({ txHash }: { txHash: Hex }) => txHash)).toEqual(block.transactions)
    const byNumber = await ask('debug_traceBlockByNumber', `0x${blockNumber.toString(16)}`, config)
    expect(byNumber.result).toEqual(result)
    for (const { txHash, result: frame } of result) {
      const receipt = await client().getTransactionReceipt({ hash: txHash })
      expect(BigInt(frame.gasUsed)).toBe(receipt.gasUsed)
      const indexes = (frame.logs ?? []).map(({ index }: { index: Hex }) => Number(index))
      expect(indexes).toEqual(receipt.logs.map(({ logIndex }) => logIndex))
      const single = await ask('debug_traceTransaction', txHash, config)
      expect(single.result).toEqual(frame)
    }
    const structs = await ask('debug_traceBlockByNumber', `0x${blockNumber.toString(16)}`)
    expect(structs.result.at(-1).result).toEqual({
      ...{ gas: 21_000, failed: false, returnValue: '0x', structLogs: [] },
    })
  })

  it('finds the state before a transaction by its index', async () => {
    const { to, hashes } = await sendWithContract()
    await client().waitForTransactionReceipt({ hash: hashes[3], confirmations: 2 })
    const receipt = await client().getTransactionReceipt({ hash: hashes[0] })
    const block = `0x${receipt.blockNumber.toString(16)}`
    const before = (txIndex: number) =>
      ask('debug_traceCall', { to }, block, { txIndex: `0x${txIndex.toString(16)}` })
    const none = await before(receipt.transactionIndex)
    const some = await before(receipt.transactionIndex + 1)
    expect(none.result.structLogs).toEqual([])
    expect(some.result.structLogs.length).toBeGreaterThan(0)
  })
})

describe('what cannot be traced', () => {
  it('has its error', async () => {
    const messageOf = async (...request: Parameters<typeof ask>) => {
      const { error } = await ask(...request)
      return [error?.code, error?.message]
    }
    const unknown = word(1)
    expect(await messageOf('debug_traceTransaction', unknown)).toEqual([
      -32000,
      'transaction not found',
    ])
    expect(await messageOf('debug_traceBlockByHash', unknown)).toEqual([-32000, 'header not found'])
    expect(await messageOf('debug_traceBlockByNumber', '0x0')).toEqual([
      -32000,
      'genesis is not traceable',
    ])
    const tracer = await messageOf('debug_traceBlockByNumber', 'latest', { tracer: 'noTracer' })
    expect(tracer[1]).toMatch(/^tracer not found/)
    const wrong = [{ timeout: 'soon' }, { limit: -1 }, { enableMemory: 1 }, 'callTracer']
    for (const config of wrong) {
      expect((await messageOf('debug_traceBlockByNumber', 'latest', config))[0]).toBe(-32602)
    }
    const poor = { from: STRANGER, to: CONTRACT, value: '0xffffffffffffffffffffff' }
    expect((await messageOf('debug_traceCall', poor))[1]).toMatch(/insufficient funds/)
  })

  it('is what stands on a state that is not kept any more', async () => {
    const log = { maxMessages: 1000, maxAgeMs: 60_000 }
    const short = await startRpcLeader({ blockTimeMs: 100, retention: { blocks: 3, log } })
    const askShort = (method: string, ...params: unknown[]) => askRpc(short.httpUrl, method, params)
    const head = async () => Number((await askShort('eth_blockNumber')).result)
    const hash = await devWallet(short.httpUrl, 0).sendTransaction({ to: STRANGER, value: 1n })
    await expect.poll(head, { timeout: 60_000 }).toBeGreaterThan(8)
    const { result: receipt } = await askShort('eth_getTransactionReceipt', hash)
    const messageOf = async (...request: Parameters<typeof askShort>) =>
      (await askShort(...request)).error?.message
    const isGone = /^state of block \d+ is not kept any more$/
    const { blockNumber } = receipt
    expect(await messageOf('debug_traceTransaction', hash)).toMatch(isGone)
    expect(await messageOf('debug_traceBlockByNumber', blockNumber)).toMatch(isGone)
    expect(await messageOf('debug_traceCall', {}, blockNumber)).toMatch(isGone)
    expect(await messageOf('eth_call', {}, blockNumber)).toMatch(isGone)
    expect(await messageOf('eth_simulateV1', { blockStateCalls: [{}] }, blockNumber)).toMatch(
      isGone,
    )
    expect(short.internalErrors).toEqual([])
    await short.close()
  })

  it('holds up neither commits nor the end of the process while it is traced', async () => {
    const other = await startRpcLeader({ blockTimeMs: 100 })
    const askOther = (method: string, ...params: unknown[]) => askRpc(other.httpUrl, method, params)
    const call = { data: bytesToHex(assemble(':loop @loop JUMP')), gas: '0x2faf080' }
    let isDone = false
    const trace = askOther('debug_traceCall', call, 'latest', { timeout: '60s', limit: 1 })
    const ended = trace.then(({ error }) => {
      isDone = true
      return error?.code
    })
    const head = async () => Number((await askOther('eth_blockNumber')).result)
    const before = await head()
    const hash = await devWallet(other.httpUrl, 0).sendTransaction({ to: STRANGER, value: 1n })
    await expect
      .poll(async () => (await askOther('eth_getTransactionReceipt', hash)).result?.status)
      .toBe('0x1')
    await expect.poll(head).toBeGreaterThan(before + 1)
    expect(isDone).toBe(false)
    await other.close()
    expect(await ended).toBe(-32603)
  })

  it('ends at its time and at its size, and the next one is served', async () => {
    const data = bytesToHex(assemble(':loop @loop JUMP'))
    const call = { data, gas: '0x2faf080' }
    const late = await ask('debug_traceCall', call, 'latest', {
      ...{ tracer: 'callTracer', timeout: '200ms' },
    })
    expect(late.error).toEqual({ code: -32000, message: 'execution timeout' })
    // 1024 words of stack a line.
    const filler = bytesToHex(assemble(`${'CALLER '.repeat(1000)} :loop @loop JUMP`))
    const large = await ask('debug_traceCall', { ...call, data: filler }, 'latest', {
      timeout: '60s',
    })
    expect(large.error?.code).toBe(-32005)
    expect((await traceCode('1')).result.failed).toBe(false)
  })
})
