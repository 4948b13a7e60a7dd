/** Traces of state and of selectors over JSON-RPC in go-ethereum's shapes. */

import { createdAddress, saltedAddress } from '@shredcast/shared/chain/created-address'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Hex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRpc } from '../kit/ask-rpc.ts'
import { assemble, initCode } from '../kit/bytecode.ts'
import { devAccount, devWallet } from '../kit/dev-token.ts'
import type { RpcLeader } from '../kit/rpc-leader.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const CALLER = '0x00000000000000000000000000000000000ca11e'
const CONTRACT = '0x00000000000000000000000000000000000c0de1'
const CALLEE = '0x00000000000000000000000000000000000c0de2'
const RICH = '0x00000000000000000000000000000000000000aa'
const POOR = '0x00000000000000000000000000000000000000bb'
/** Of the test leader. */
const BENEFICIARY = `0x${'be'.repeat(20)}`

interface Account {
  readonly balance?: Hex
  readonly code?: Hex
  readonly codeHash?: Hex
  readonly nonce?: number
  readonly storage?: Record<Hex, Hex>
}
type State = Record<Hex, Account>

let node: RpcLeader

beforeAll(async () => {
  node = await startRpcLeader({ blockTimeMs: 0, isDev: true })
})

afterAll(async () => {
  expect(node.internalErrors).toEqual([])
  await node.close()
})

const ask = (method: string, ...params: unknown[]) => askRpc(node.httpUrl, method, params)

function word(value: number | bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

function codeOf(source: string) {
  const bytes = assemble(source)
  return { code: bytesToHex(bytes), codeHash: bytesToHex(keccak256(bytes)) }
}

/** The trace of a call to code that stands there for the call alone. */
function traceCode(source: string, tracer: string, tracerConfig: object = {}, call: object = {}) {
  const stateOverrides = {
    [CALLER]: { balance: '0x64', nonce: '0x3' },
    [CONTRACT]: {
      ...{ code: codeOf(source).code, nonce: '0x1', balance: '0x1' },
      stateDiff: { [word(1)]: word(9) },
    },
    [CALLEE]: { code: codeOf('5 SLOAD POP').code },
    [RICH]: { balance: '0x7' },
  }
  const request = { from: CALLER, to: CONTRACT, gas: '0x7a120', ...call }
  return ask('debug_traceCall', request, 'latest', { tracer, tracerConfig, stateOverrides })
}

async function prestate(source: string, tracerConfig: object = {}, call: object = {}) {
  return (await traceCode(source, 'prestateTracer', tracerConfig, call)).result
}

async function sendAndMine(request: { to?: Hex; data?: Hex; value?: bigint }): Promise<Hex> {
  const hash = await devWallet(node.httpUrl, 0).sendTransaction({ gas: 400_000n, ...request })
  await ask('anvil_mine')
  return hash
}

describe('the prestate tracer', () => {
  it('gives every account and slot that was met as it was before', async () => {
    const source = `1 SLOAD POP 8 2 SSTORE ${RICH} BALANCE POP ${POOR} EXTCODESIZE POP
      0 0 0 0 ${CALLEE} 50000 STATICCALL`
    const caller = { balance: '0x64', nonce: 3 }
    const contract = { balance: '0x1', nonce: 1, ...codeOf(source) }
    const storage = { [word(1)]: word(9), [word(2)]: word(0) }
    const callee = { balance: '0x0', ...codeOf('5 SLOAD POP') }
    const rich = { balance: '0x7' }
    expect(await prestate(source)).toEqual({
      [CALLER]: caller,
      [CONTRACT]: { ...contract, storage },
      [CALLEE]: { ...callee, storage: { [word(5)]: word(0) } },
      [RICH]: rich,
    })
    const { code: _, ...withoutCode } = contract
    expect((await prestate(source, { disableCode: true }))[CONTRACT]).toEqual({
      ...withoutCode,
      storage,
    })
    expect((await prestate(source, { disableStorage: true }))[CONTRACT]).toEqual(contract)
    const all = await prestate(source, { includeEmpty: true })
    expect(all[POOR]).toEqual({ balance: '0x0' })
    expect(all[BENEFICIARY]).toEqual({ balance: '0x0' })
  })

  it('gives in diff mode what has changed, before and after', async () => {
    const source = `0 1 SSTORE 8 2 SSTORE 3 3 SSTORE 0 3 SSTORE
      ${RICH} BALANCE POP 0 0 0 0 4 ${POOR} 0 CALL`
    const { pre, post } = await prestate(source, { diffMode: true }, { value: '0x5' })
    expect(pre).toEqual({
      [CALLER]: { balance: '0x64', nonce: 3 },
      [CONTRACT]: {
        ...{ balance: '0x1', nonce: 1, ...codeOf(source) },
        storage: { [word(1)]: word(9) },
      },
    })
    expect(post).toEqual({
      [CALLER]: { balance: '0x5f', nonce: 4 },
      [CONTRACT]: { balance: '0x2', storage: { [word(2)]: word(8) } },
      [POOR]: { balance: '0x4' },
    })
  })

  it('forgets what an instruction would have met that could not begin', async () => {
    const out = await prestate(`1 SLOAD POP ${RICH} BALANCE`, {}, { gas: '0x5a90' })
    expect(out).not.toHaveProperty(RICH)
    expect(out[CONTRACT].storage).toEqual({ [word(1)]: word(9) })
    const reverted = await prestate(`${RICH} BALANCE POP 2 SLOAD POP 0 0 REVERT`)
    expect(reverted).toHaveProperty(RICH)
    expect(reverted[CONTRACT].storage).toEqual({ [word(2)]: word(0) })
    const { pre, post } = await prestate('8 1 SSTORE 0 0 REVERT', { diffMode: true })
    expect([Object.keys(pre), Object.keys(post)]).toEqual([[CALLER], [CALLER]])
  })

  it('knows where contracts come to stand, also those that cannot be paid', async () => {
    const creator = hexToBytes(CONTRACT)
    const created = bytesToHex(createdAddress(creator, 1n))
    const unpaid = bytesToHex(createdAddress(creator, 2n))
    const init = assemble('1 0 MSTORE8 1 0 RETURN')
    const salted = bytesToHex(saltedAddress(creator, hexToBytes(word(7)), init))
    const source = `0x${bytesToHex(init).slice(2).padEnd(64, '0')} 0 MSTORE
      ${init.length} 0 0 CREATE 0 0 99 CREATE 7 ${init.length} 0 0 CREATE2`
    const all = await prestate(source, { includeEmpty: true })
    for (const address of [created, unpaid, salted]) {
      expect(all[address]).toEqual({ balance: '0x0' })
    }
    const { post } = await prestate(source, { diffMode: true })
    const contract = { code: '0x01', codeHash: bytesToHex(keccak256(Uint8Array.of(1))), nonce: 1 }
    expect(post).toMatchObject({ [created]: contract, [salted]: contract })
    expect(post).not.toHaveProperty(unpaid)
  })

  it('tells what destroyed itself from what only gave its ether away (EIP-6780)', async () => {
    const { pre, post } = await prestate(
      `${POOR} SELFDESTRUCT`,
      { diffMode: true },
      { value: '0x2' },
    )
    expect(Object.keys(pre)).toEqual([CONTRACT, CALLER])
    expect(post).toEqual({
      [CALLER]: { balance: '0x62', nonce: 4 },
      [CONTRACT]: { balance: '0x0' },
      [POOR]: { balance: '0x3' },
    })
    const init = assemble(`${POOR} SELFDESTRUCT`)
    const made = `0x${bytesToHex(init).slice(2).padEnd(64, '0')} 0 MSTORE ${init.length} 0 1 CREATE`
    const change = await prestate(made, { diffMode: true }, { value: '0x2' })
    const created = bytesToHex(createdAddress(hexToBytes(CONTRACT), 1n))
    expect(change.post).toMatchObject({ [CONTRACT]: { nonce: 2 }, [POOR]: { balance: '0x1' } })
    expect({ ...change.pre, ...change.post }).not.toHaveProperty(created)
  })

  it('meets authorities, and whose code runs for them (EIP-7702)', async () => {
    const account = devAccount(3)
    const authority = account.address.toLowerCase() as Hex
    const nonce = Number((await ask('eth_getTransactionCount', authority)).result)
    const delegate = async (address: Hex, at: number) => {
      const signed = await account.signAuthorization!({
        contractAddress: address,
        chainId: 31337,
        nonce: at,
      })
      const hash = await devWallet(node.httpUrl, 0).sendTransaction({
        to: POOR,
        authorizationList: [signed],
        gas: 200_000n,
      })
      await ask('anvil_mine')
      const tracerConfig = { diffMode: true }
      return (await ask('debug_traceTransaction', hash, { tracer: 'prestateTracer', tracerConfig }))
        .result
    }
    const set = await delegate(CALLEE, nonce)
    const code = `0xef0100${CALLEE.slice(2)}` as Hex
    const codeHash = bytesToHex(keccak256(hexToBytes(code)))
    expect(set.post[authority]).toEqual({ code, codeHash, nonce: nonce + 1 })
    expect(set.pre[authority]).not.toHaveProperty('code')
    const call = await ask('debug_traceCall', { to: authority }, 'latest', {
      ...{ tracer: 'prestateTracer', tracerConfig: { includeEmpty: true } },
    })
    expect(call.result).toHaveProperty(CALLEE)
    const cleared = await delegate(`0x${'00'.repeat(20)}`, nonce + 1)
    expect(cleared.pre[authority]).toMatchObject({ code, codeHash })
    expect(cleared.post[authority]).toEqual({ code: '0x', codeHash: word(0), nonce: nonce + 2 })
  })

  it('agrees with the states before and behind a block', async () => {
    const deployed = await sendAndMine({
      data: bytesToHex(
        initCode(assemble('CALLVALUE CALLVALUE SSTORE 0 0 LOG0 TIMESTAMP 0 SSTORE')),
      ),
    })
    const { result: receipt } = await ask('eth_getTransactionReceipt', deployed)
    const hashes = [deployed]
    for (const value of [5n, 6n])
      hashes.push(await sendAndMine({ to: receipt.contractAddress, value }))
    for (const hash of hashes) {
      const { result: transaction } = await ask('eth_getTransactionByHash', hash)
      const number = Number(transaction.blockNumber)
      const [before, after] = [`0x${(number - 1).toString(16)}`, transaction.blockNumber]
      const config = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
      const { result } = await ask('debug_traceTransaction', hash, config)
      const whole = await ask('debug_traceBlockByNumber', after, config)
      expect(whole.result).toEqual([{ txHash: hash, result }])
      const { result: met } = await ask('debug_traceTransaction', hash, {
        tracer: 'prestateTracer',
      })
      await expectState(met, before)
      await expectState(result.pre, before)
      await expectState(result.post, after)
      expect(Object.keys(result.post)).toContain(BENEFICIARY)
    }
  })
})

/** Compares what is told of accounts with what the node says of them. */
async function expectState(state: State, block: string) {
  expect(Object.keys(state).length).toBeGreaterThan(0)
  for (const [address, account] of Object.entries(state)) {
    const { balance, nonce, code, storage = {} } = account
    const told = async (method: string, ...params: string[]) =>
      (await ask(method, address, ...params, block)).result
    if (balance !== undefined) expect(await told('eth_getBalance')).toBe(balance)
    if (nonce !== undefined) expect(Number(await told('eth_getTransactionCount'))).toBe(nonce)
    if (code !== undefined) expect(await told('eth_getCode')).toBe(code)
    for (const [slot, value] of Object.entries(storage)) {
      expect(await told('eth_getStorageAt', slot)).toBe(value)
    }
  }
}

describe('the other tracers', () => {
  it('count selectors with the length of their arguments, without those of precompiles', async () => {
    const source = `0x${'a9059cbb'.padEnd(64, '0')} 0 MSTORE
      0 0 36 0 0 ${CALLEE} 9000 CALL 0 0 36 0 ${CALLEE} 9000 STATICCALL
      0 0 4 0 ${CALLEE} 9000 DELEGATECALL 0 0 3 0 ${CALLEE} 9000 STATICCALL
      0 0 32 0 4 9000 STATICCALL 0 0 4 0 99 ${RICH} 0 CALL`
    const { result } = await traceCode(source, '4byteTracer', {}, { data: '0x0102030405' })
    expect(result).toEqual({ '0x01020304-1': 1, '0xa9059cbb-32': 2, '0xa9059cbb-0': 2 })
    const plain = await traceCode('STOP', '4byteTracer', {}, { to: POOR, data: '0x01020304' })
    expect(plain.result).toEqual({ '0x01020304-0': 1 })
    const created = await traceCode('STOP', '4byteTracer', {}, { to: null, data: '0x0000000000' })
    expect(created.result).toEqual({})
  })

  it('give nothing when nothing is asked for', async () => {
    expect((await traceCode('1 SLOAD', 'noopTracer')).result).toEqual({})
  })

  it('refuse options that contradict each other', async () => {
    const both = await traceCode('STOP', 'prestateTracer', { diffMode: true, includeEmpty: true })
    expect(both.error?.message).toBe('cannot use diffMode with includeEmpty')
    expect((await traceCode('STOP', 'prestateTracer', { diffMode: 1 })).error?.code).toBe(-32602)
  })
})
