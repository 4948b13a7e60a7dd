/** `estimateGas` against the exact need, which a search from below finds one unit at a time. */

import type { CallRequest, StateOverride } from '@shredcast/shared/chain/call'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { EstimateOptions } from '@shredcast/shared/engine/estimate-gas'
import { estimateGas } from '@shredcast/shared/engine/estimate-gas'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assemble } from '../kit/bytecode.ts'
import { addressOf, ETHER, WORLD_CONFIG, World, word } from '../kit/test-world.ts'

const TARGET = addressOf('target')
const INNER = addressOf('inner')
const EXACT: EstimateOptions = { errorRatio: 0 }

let engine: Engine
let from: Uint8Array

beforeAll(async () => {
  engine = await createEngine({ config: WORLD_CONFIG, workers: 1 })
  const world = new World('prague', createRandom(1))
  from = world.rich[0]!.address
  await engine.loadState(world.alloc())
  await engine.openBlock(world.takeBlock().context)
})
afterAll(() => engine.close())

function withCode(code: string, inner = 'STOP', stateDiff: StateOverride['stateDiff'] = []) {
  return {
    stateOverrides: [
      { address: TARGET, code: assemble(code), stateDiff },
      { address: INNER, code: assemble(inner) },
    ],
  }
}

const CALL_INNER = `0 0 0 0 0 0x${Buffer.from(INNER).toString('hex')} GAS CALL`
/** Reverts unless the call inside succeeds. */
const NEEDS_INNER = `${CALL_INNER} @end JUMPI 0 0 REVERT :end STOP`

const CASES: readonly [string, ReturnType<typeof withCode>, CallRequest?][] = [
  ['a store', withCode('1 0 SSTORE')],
  ['a refund', withCode('0 0 SSTORE', 'STOP', [{ key: word(0), value: word(1) }])],
  ['many refunds', withCode('0 0 SSTORE 0 1 SSTORE', 'STOP', [0, 1].map(slotWithOne))],
  ['a call that keeps a 64th back', withCode(NEEDS_INNER, '1 0 SSTORE 1 1 SSTORE 1 2 SSTORE')],
  ['call data with a floor', withCode('STOP'), { data: new Uint8Array(500).fill(1) }],
  ['gas that the code demands', withCode('300000 GAS GT @end JUMPI 0 0 REVERT :end STOP')],
  ['a creation', withCode('STOP'), { to: undefined, data: assemble('1 0 SSTORE 100 0 RETURN') }],
]

function slotWithOne(key: number) {
  return { key: word(key), value: word(1) }
}

describe('estimateGas', () => {
  for (const [name, options, request] of CASES) {
    it(`finds the least gas: ${name}`, async () => {
      const call = { from, to: TARGET, ...request }
      const exact = await estimateGas(engine, call, { ...options, ...EXACT })
      if (exact.status !== 'success') throw new Error(JSON.stringify(exact.status))
      const { gas } = exact
      expect((await engine.call({ ...call, gas }, options)).status).toBe('success')
      expect((await engine.call({ ...call, gas: gas - 1n }, options)).status).not.toBe('success')
      const usual = await estimateGas(engine, call, options)
      if (usual.status !== 'success') throw new Error(JSON.stringify(usual.status))
      expect(usual.gas).toBeGreaterThanOrEqual(gas)
      expect(Number(usual.gas)).toBeLessThanOrEqual(Number(gas) * 1.016)
    })
  }

  it('knows the gas of a transfer', async () => {
    const to = addressOf('nobody')
    expect(await estimateGas(engine, { from, to, value: 1n })).toEqual({
      status: 'success',
      gas: 21_000n,
    })
  })

  it('says why the call fails with any gas', async () => {
    const call = { from, to: TARGET }
    const reverted = await estimateGas(engine, call, withCode('7 0 MSTORE 32 0 REVERT'))
    expect(reverted).toMatchObject({ status: 'reverted', output: word(7) })
    const failed = await estimateGas(engine, call, withCode('INVALID'))
    expect(failed).toMatchObject({ status: 'failed', reason: 'invalid opcode' })
    const poor = { from: addressOf('poor'), to: TARGET, value: 1n }
    const reason = 'insufficient funds for gas * price + value'
    expect(await estimateGas(engine, poor, withCode('STOP'))).toEqual({ status: 'invalid', reason })
    const priced = { ...poor, gasPrice: 10n }
    expect(await estimateGas(engine, priced, withCode('STOP'))).toEqual({
      status: 'invalid',
      reason,
    })
  })

  it('stays within what request, limit and funds allow', async () => {
    const options = withCode(':again @again JUMP')
    const call = { from, to: TARGET }
    const allowances: readonly [CallRequest, EstimateOptions, bigint][] = [
      [call, { ...options, gasLimit: 100_000n }, 100_000n],
      [{ ...call, gas: 90_000n }, { ...options, gasLimit: 100_000n }, 90_000n],
      [{ ...call, gasPrice: ETHER / 80n }, options, 80_000n],
    ]
    for (const [request, limits, allowance] of allowances) {
      const balance = limits.stateOverrides?.concat({ address: from, balance: 1000n * ETHER })
      const estimate = await estimateGas(engine, request, { ...limits, stateOverrides: balance })
      expect(estimate).toEqual({ status: 'exceeds allowance', allowance })
    }
  })
})
