/** Read-only calls: results, overrides, limits, access lists, and that nothing of them stays. */

import type { CallOptions, CallRequest, SlotOverride } from '@shredcast/shared/chain/call'
import type { CallResult } from '@shredcast/shared/engine/call-result'
import {
  CALL_QUEUE_MAX,
  CallAbortedError,
  CallQueueFullError,
  CallTimeoutError,
  CallTooLargeError,
  InvalidCallError,
} from '@shredcast/shared/engine/call-result'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToBigInt, concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { assemble, initCode } from '../kit/bytecode.ts'
import { errorOf } from '../kit/error-of.ts'
import { addressOf, ETHER, GAS_PRICE, WORLD_CONFIG, World, word } from '../kit/test-world.ts'

const SENDER = addressOf('a caller')
const TARGET = addressOf('the code under test')
const RETURN_TOP = '0 MSTORE 32 0 RETURN'
const ENDLESS = assemble(':again @again JUMP')
const UNLIMITED: CallOptions = { gasLimit: 10n ** 15n, timeMs: 600_000 }

let engine: Engine
let world: World

beforeAll(async () => {
  engine = await createEngine({ config: WORLD_CONFIG, workers: 2, build: 'debug' })
})
beforeEach(async () => {
  world = new World('osaka', createRandom(1))
  await engine.loadState(world.alloc())
  await openBlock()
})
afterAll(() => engine.close())

async function openBlock(): Promise<void> {
  await engine.openBlock(world.takeBlock().context)
  engine.execute()
  await engine.committedAbove(0)
}

/** Calls code that is put at TARGET. */
function run(
  code: Uint8Array | string,
  request: CallRequest = {},
  options: CallOptions = {},
): Promise<CallResult> {
  const target = { address: TARGET, code: typeof code === 'string' ? assemble(code) : code }
  const stateOverrides = [target, ...(options.stateOverrides ?? [])]
  return engine.call({ from: SENDER, to: TARGET, ...request }, { ...options, stateOverrides })
}

/** The word that code returns. */
async function answerOf(
  code: string,
  request: CallRequest = {},
  options: CallOptions = {},
): Promise<bigint> {
  const result = await run(`${code} ${RETURN_TOP}`, request, options)
  expect(result.status).toBe('success')
  return bytesToBigInt((result as { output: Uint8Array }).output)
}

function slotOf(key: number, value: number): SlotOverride {
  return { key: word(key), value: word(value) }
}

describe('what a call comes to', () => {
  it('returns output, logs and gas', async () => {
    const result = await run('7 0 MSTORE 5 32 0 LOG1 32 0 RETURN', { gas: 100_000n })
    // 21000, seven pushes, MSTORE with its memory, LOG1 with 32 bytes.
    const gasUsed = 21_000n + 7n * 3n + 3n + 3n + 375n + 375n + 256n
    expect(result).toEqual({
      status: 'success',
      output: word(7),
      logs: [{ address: TARGET, topics: [word(5)], data: word(7) }],
      gasUsed,
      gasRefund: 0n,
      gasLeft: 100_000n - gasUsed,
    })
  })

  it('returns the reason of a revert, and no log of it', async () => {
    const result = await run('0 0 LOG0 77 0 MSTORE 32 0 REVERT')
    expect(result).toMatchObject({ status: 'reverted', output: word(77) })
    expect(result).not.toHaveProperty('logs')
  })

  const failures = [
    ['out of gas', ':again @again JUMP'],
    ['stack underflow', 'ADD'],
    ['stack overflow', ':again GAS @again JUMP'],
    ['invalid opcode', 'INVALID'],
    ['invalid jump destination', '1 JUMP'],
    ['return data out of bounds', '1 0 0 RETURNDATACOPY'],
    ['max initcode size exceeded', '49153 0 0 CREATE'],
  ] as const
  for (const [reason, code] of failures) {
    it(`names the failure: ${reason}`, async () => {
      const result = await run(code, { gas: 200_000n })
      expect(result).toMatchObject({ status: 'failed', reason, gasUsed: 200_000n, gasLeft: 0n })
    })
  }

  it('names a write inside of a static call', async () => {
    const inner = { address: addressOf('inner'), code: assemble('1 0 SSTORE') }
    const code = `0 0 0 0 0x${Buffer.from(inner.address).toString('hex')} 50000 STATICCALL`
    expect(await answerOf(code, {}, { stateOverrides: [inner] })).toBe(0n)
  })

  it('creates a contract and returns its code', async () => {
    const runtime = assemble('42')
    const result = await engine.call({ from: SENDER, data: initCode(runtime) })
    expect(result).toMatchObject({ status: 'success', output: runtime })
    expect(engine.readAccount(SENDER).nonce).toBe(0n)
  })

  it('refuses a contract whose code is no code', async () => {
    const result = await engine.call({ data: initCode(Uint8Array.of(0xef)) })
    const reason = 'invalid code: must not begin with 0xef'
    expect(result).toMatchObject({ status: 'failed', reason })
  })

  it('transfers to an account without code', async () => {
    const from = world.rich[0]!.address
    const result = await engine.call({ from, to: addressOf('nobody'), value: 5n })
    expect(result).toMatchObject({ status: 'success', gasUsed: 21_000n, logs: [] })
    expect((result as { output: Uint8Array }).output).toEqual(new Uint8Array(0))
    expect(engine.readAccount(addressOf('nobody')).balance).toBe(0n)
  })

  it('gives back the refund', async () => {
    const stateDiff = [slotOf(0, 1)]
    const target = { address: TARGET, code: assemble('0 0 SSTORE'), stateDiff }
    const result = await engine.call({ to: TARGET }, { stateOverrides: [target] })
    expect(result).toMatchObject({ gasRefund: 4800n, gasUsed: 21_000n + 6n + 5000n - 4800n })
  })

  it('runs precompiles, also those whose library has to be loaded', async () => {
    const ecAdd = await engine.call({ to: hexToBytes(`0x${'00'.repeat(19)}06`) })
    expect(ecAdd).toMatchObject({ status: 'success', output: new Uint8Array(64) })
    const identity = hexToBytes(`0x${'00'.repeat(19)}04`)
    const data = Uint8Array.of(1, 2, 3)
    expect(await engine.call({ to: identity, data })).toMatchObject({ output: data })
  })
})

describe('prices and funds', () => {
  it('asks for no funds without a price, and shows a base fee of zero then', async () => {
    expect(await answerOf('BASEFEE')).toBe(0n)
    expect(await answerOf('GASPRICE')).toBe(0n)
  })

  it('takes the price from the sender, and shows it', async () => {
    const from = world.rich[0]!.address
    const request = { from, gas: 100_000n, maxFeePerGas: GAS_PRICE, maxPriorityFeePerGas: 1n }
    expect(await answerOf('GASPRICE', request)).toBe(8n)
    expect(await answerOf('BASEFEE', request)).toBe(7n)
    expect(await answerOf('ORIGIN BALANCE', request)).toBe(1000n * ETHER - 800_000n)
  })

  const refused: readonly [string, CallRequest][] = [
    ['insufficient funds for gas * price + value', { from: SENDER, value: 1n }],
    ['insufficient funds for gas * price + value', { from: SENDER, gasPrice: 10n }],
    ['fee cap below base fee', { from: SENDER, maxFeePerGas: 6n }],
    ['priority fee above fee cap', { maxFeePerGas: 7n, maxPriorityFeePerGas: 8n }],
    ['intrinsic gas too low', { gas: 20_999n }],
    ['gas limit below floor data cost', { gas: 22_000n, data: new Uint8Array(40).fill(1) }],
    ['initcode too large', { to: undefined, data: new Uint8Array(49_153) }],
    ['blob transaction without blobs', { blobVersionedHashes: [] }],
    ['set-code transaction without authorizations', { authorizationList: [] }],
  ]
  for (const [reason, request] of refused) {
    it(`does not begin: ${reason}`, async () => {
      expect(await run('STOP', request)).toEqual({ status: 'invalid', reason })
    })
  }

  it('shows blob hashes', async () => {
    const hash = concatBytes(Uint8Array.of(1), new Uint8Array(31).fill(9))
    const answer = await answerOf('0 BLOBHASH', { blobVersionedHashes: [hash] })
    expect(answer).toBe(bytesToBigInt(hash))
  })
})

describe('overrides', () => {
  it('gives an account balance, nonce and code', async () => {
    const address = addressOf('overridden')
    const hex = `0x${Buffer.from(address).toString('hex')}`
    const code = Uint8Array.of(1, 2, 3)
    const options = { stateOverrides: [{ address, balance: 12n, code }] }
    expect(await answerOf(`${hex} BALANCE`, {}, options)).toBe(12n)
    expect(await answerOf(`${hex} EXTCODESIZE`, {}, options)).toBe(3n)
    const codeHash = bytesToBigInt(keccak256(code))
    expect(await answerOf(`${hex} EXTCODEHASH`, {}, options)).toBe(codeHash)
    expect(engine.readAccount(address).balance).toBe(0n)
    // The nonce decides where the contract comes to stand, which returns its address.
    const nonces = [undefined, 1n, 2n].map(async (nonce) => {
      const data = initCode(new Uint8Array(0), `ADDRESS ${RETURN_TOP}`)
      const stateOverrides = [{ address, nonce }]
      return engine.call({ from: address, data }, { stateOverrides })
    })
    const outputs = (await Promise.all(nonces)).map((result) =>
      JSON.stringify(result, textOfBigInt),
    )
    expect(new Set(outputs).size).toBe(3)
  })

  it('takes code away', async () => {
    const address = addressOf('counter')
    const stateOverrides = [{ address, code: new Uint8Array(0) }]
    const result = await engine.call({ to: address }, { stateOverrides })
    expect(result).toMatchObject({ status: 'success', gasUsed: 21_000n })
  })

  it('replaces some slots, or all of them', async () => {
    world.call(world.rich[0]!, 'writer', 2)
    engine.append(world.takeBlock().transactions)
    engine.execute()
    await engine.committedAbove(1)
    const address = addressOf('writer')
    const code = assemble(`2 SLOAD 256 MUL 1 SLOAD ADD ${RETURN_TOP}`)
    const read = async (override: object) => {
      const stateOverrides = [{ address, code, ...override }]
      const result = await engine.call({ to: address }, { stateOverrides })
      return bytesToBigInt((result as { output: Uint8Array }).output)
    }
    expect(await read({})).toBe(0x0101n)
    expect(await read({ stateDiff: [slotOf(1, 7)] })).toBe(0x0107n)
    expect(await read({ state: [slotOf(1, 7)] })).toBe(0x0007n)
    expect(await read({ state: [] })).toBe(0n)
    expect(engine.readSlot(address, word(1))).toEqual(word(1))
  })

  it('keeps an override when a frame is reverted', async () => {
    // With call data it writes and reverts, without it calls itself so and looks.
    const code = `CALLDATASIZE @write JUMPI
      0 0 1 0 0 ADDRESS 50000 CALL POP 0 SLOAD ${RETURN_TOP}
      :write 5 0 SSTORE 0 0 REVERT`
    const stateDiff = [slotOf(0, 6)]
    const stateOverrides = [{ address: TARGET, code: assemble(code), stateDiff }]
    const result = await engine.call({ to: TARGET }, { stateOverrides })
    expect(result).toMatchObject({ status: 'success', output: word(6) })
  })

  it('shows another block', async () => {
    const blockOverrides = {
      number: 123n,
      time: 456n,
      gasLimit: 789n,
      feeRecipient: addressOf('somebody'),
      prevRandao: word(11),
      baseFeePerGas: 3n,
      blobBaseFee: 4n,
    }
    const options = { blockOverrides }
    expect(await answerOf('NUMBER', {}, options)).toBe(123n)
    expect(await answerOf('TIMESTAMP', {}, options)).toBe(456n)
    expect(await answerOf('GASLIMIT', {}, options)).toBe(789n)
    expect(await answerOf('COINBASE', {}, options)).toBe(bytesToBigInt(addressOf('somebody')))
    expect(await answerOf('PREVRANDAO', {}, options)).toBe(11n)
    const from = world.rich[0]!.address
    expect(await answerOf('BASEFEE', { from, gasPrice: 3n }, options)).toBe(3n)
    const hash = concatBytes(Uint8Array.of(1), new Uint8Array(31))
    const blobs = { from, blobVersionedHashes: [hash], maxFeePerBlobGas: 4n }
    expect(await answerOf('BLOBBASEFEE', blobs, options)).toBe(4n)
    expect(await answerOf('NUMBER')).not.toBe(123n)
  })
})

describe('access lists', () => {
  const hex = (name: string) => `0x${hexOf(addressOf(name))}`
  const accessListOf = async (code: string, request: CallRequest = {}) => {
    const result = await run(code, request, { collectAccessList: true })
    return (result as { accessList: unknown }).accessList
  }

  it('lists what was accessed, also where it was reverted', async () => {
    const other = addressOf('store')
    const data = `1 0 MSTORE 2 32 MSTORE 0 0 64 0 0 ${hex('store')} 100000 CALL`
    const expected = [
      { address: TARGET, storageKeys: [word(9)] },
      { address: other, storageKeys: [word(1)] },
    ].sort((a, b) => Buffer.compare(a.address, b.address))
    expect(await accessListOf(`9 SLOAD ${data} STOP`)).toEqual(expected)
    expect(await accessListOf(`9 SLOAD ${data} 0 0 REVERT`)).toEqual(expected)
  })

  it('leaves out what is warm in any case', async () => {
    const code = `CALLER BALANCE COINBASE BALANCE ADDRESS BALANCE 4 BALANCE
      0 0 0 CREATE BALANCE 0 TLOAD STOP`
    expect(await accessListOf(code)).toEqual([])
    expect(await accessListOf(`${hex('counter')} BALANCE STOP`)).toEqual([
      { address: addressOf('counter'), storageKeys: [] },
    ])
  })

  it('makes the listed cheaper', async () => {
    const accessList = [{ address: TARGET, storageKeys: [word(9)] }]
    const plain = await run('9 SLOAD')
    const listed = await run('9 SLOAD', { accessList })
    const difference = 2400n + 1900n - 2000n
    expect((listed as { gasUsed: bigint }).gasUsed).toBe(
      (plain as { gasUsed: bigint }).gasUsed + difference,
    )
  })
})

describe('limits', () => {
  it('gives no call more gas than its limit', async () => {
    expect(await run(ENDLESS)).toMatchObject({ status: 'failed', gasUsed: 50_000_000n })
    const result = await run(ENDLESS, { gas: 10n ** 12n }, { gasLimit: 30_000n })
    expect(result).toMatchObject({ status: 'failed', gasUsed: 30_000n })
  })

  it('ends a call whose time is over, and goes on with the next', async () => {
    const late = run(ENDLESS, {}, { ...UNLIMITED, timeMs: 50 })
    const next = answerOf('5')
    expect(await errorOf(late)).toBeInstanceOf(CallTimeoutError)
    expect(await next).toBe(5n)
  })

  it('ends an endless row of calls and hashes too', async () => {
    const code = `:again 0 0 0 0 0 0x${hexOf(TARGET)} 10000 CALL 32 0 KECCAK256 0 SLOAD POP POP POP
      @again JUMP`
    expect(await errorOf(run(code, {}, { ...UNLIMITED, timeMs: 50 }))).toBeInstanceOf(
      CallTimeoutError,
    )
  })

  it('refuses a call that needs more memory than there is', async () => {
    const code = `0 40000000 MSTORE`
    expect(await errorOf(run(code, {}, UNLIMITED))).toBeInstanceOf(CallTooLargeError)
    const data = new Uint8Array(40_000_000)
    const error = await errorOf(engine.call({ to: TARGET, data }, UNLIMITED))
    expect(error).toBeInstanceOf(CallTooLargeError)
    expect(await answerOf('5')).toBe(5n)
  })

  it('refuses a call when too many wait', async () => {
    const calls = Array.from({ length: CALL_QUEUE_MAX }, () => answerOf('5'))
    expect(await errorOf(answerOf('5'))).toBeInstanceOf(CallQueueFullError)
    expect(new Set(await Promise.all(calls))).toEqual(new Set([5n]))
    expect(await answerOf('5')).toBe(5n)
  })

  const contradictions: readonly [string, CallRequest, CallOptions?][] = [
    ['two prices', { gasPrice: 1n, maxFeePerGas: 1n }],
    ['a short address', { to: new Uint8Array(19) }],
    ['a negative value', { value: -1n }],
    ['a price beyond 256 bits', { gasPrice: 2n ** 256n }],
    ['no time', {}, { timeMs: 0 }],
    ['gas beyond 63 bits', { gas: 2n ** 63n }],
    ['state and diff', {}, { stateOverrides: [{ address: SENDER, state: [], stateDiff: [] }] }],
    ['an account twice', {}, { stateOverrides: [{ address: SENDER }, { address: SENDER }] }],
    ['a nonce beyond 64 bits', {}, { stateOverrides: [{ address: SENDER, nonce: 2n ** 64n }] }],
    ['a block beyond 64 bits', {}, { blockOverrides: { number: 2n ** 64n } }],
  ]
  for (const [name, request, options] of contradictions) {
    it(`refuses ${name}`, async () => {
      expect(await errorOf(engine.call(request, options))).toBeInstanceOf(InvalidCallError)
    })
  }
})

describe('an engine without calls', () => {
  it('refuses them before its first block, and ends those that run when it closes', async () => {
    const other = await createEngine({ config: WORLD_CONFIG, workers: 1 })
    await other.loadState(world.alloc())
    expect(await errorOf(other.call({}))).toBeInstanceOf(InvalidCallError)
    await other.openBlock(world.takeBlock().context)
    const stateOverrides = [{ address: TARGET, code: ENDLESS }]
    const calls = [1, 2].map(() =>
      errorOf(other.call({ to: TARGET }, { ...UNLIMITED, stateOverrides })),
    )
    await other.close()
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(CallAbortedError)
    expect(await errorOf(other.call({}))).toBeInstanceOf(CallAbortedError)
  })
})

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function textOfBigInt(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
