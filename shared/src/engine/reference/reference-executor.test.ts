import { describe, expect, it } from 'vitest'
import type { BlockContext } from '../../chain/block.ts'
import type { Hardfork } from '../../chain/hardforks.ts'
import { concatBytes, hexToBytes } from '../../primitives/bytes.ts'
import { ReferenceExecutor } from './reference-executor.ts'
import {
  BENEFICIARY,
  RECIPIENT,
  SENDER,
  sampleConfig,
  sampleContext,
  sampleTransaction,
} from './sample-transaction.ts'
import type { SampleAccount } from './state/sample-state.ts'
import { SampleState, sampleAddress } from './state/sample-state.ts'
import { SystemCallError } from './system-call-error.ts'

const NO_CODE = new Uint8Array(0)
const RICH: SampleAccount = { balance: 10n ** 18n, nonce: 7n, code: NO_CODE }
const CONTRACT = sampleAddress(0x33)

/** Slot 1 += 1; one wei to RECIPIENT; an empty contract; BALANCE of the beneficiary. */
const BUSY_CODE = concatBytes(
  hexToBytes('0x6001546001016001556000600060006000600173'),
  RECIPIENT,
  hexToBytes('0x6064f150600060006000f05041315000'),
)
const BUSY: SampleAccount = { balance: 5n, nonce: 1n, code: BUSY_CODE, slots: { 1: 4 } }

function open(fork: Hardfork, fields: Partial<BlockContext> = {}): ReferenceExecutor {
  const executor = new ReferenceExecutor(sampleConfig(fork))
  executor.openBlock(sampleContext(fork, fields))
  return executor
}

describe('a transfer to an account without code', () => {
  it('reads no balance and no nonce', async () => {
    const state = new SampleState({ 11: RICH })
    const tx = sampleTransaction()
    const executor = open('cancun')
    const result = await executor.executeTransaction(tx, SENDER, state, { eager: false })
    expect(state.reads).toEqual(['expect nonce 11 7', 'code 11', 'code 22'])
    expect(result).toMatchObject({
      status: 1,
      gasUsed: 21000n,
      logs: [],
      writes: [
        {
          address: SENDER,
          balance: { amount: -252_001n, required: 1_200_001n },
          nonce: 8n,
          slots: [],
        },
        { address: RECIPIENT, balance: { amount: 1n, required: 0n }, slots: [] },
        { address: BENEFICIARY, balance: { amount: 42_000n, required: 0n }, slots: [] },
      ],
    })
  })

  it('reads nonce and balance of the sender when it is eager', async () => {
    const state = new SampleState({ 11: RICH })
    const tx = sampleTransaction()
    const result = await open('cancun').executeTransaction(tx, SENDER, state, { eager: true })
    expect(state.reads).toEqual(['nonce 11', 'code 11', 'balance 11', 'code 22'])
    expect(result.writes[0]).toEqual({
      address: SENDER,
      balance: 10n ** 18n - 252_001n,
      nonce: 8n,
      slots: [],
    })
  })

  it('records recipient and beneficiary before EIP-161, even without value', async () => {
    const state = new SampleState({ 11: RICH })
    const tx = sampleTransaction({ value: 0n, maxFeePerGas: 0n, maxPriorityFeePerGas: 0n })
    const executor = open('tangerineWhistle')
    const { writes } = await executor.executeTransaction(tx, SENDER, state, { eager: false })
    expect(writes.slice(1)).toEqual([
      { address: RECIPIENT, code: NO_CODE, slots: [] },
      { address: BENEFICIARY, code: NO_CODE, slots: [] },
    ])
  })

  it('deletes what it touches and finds empty from EIP-161 on', async () => {
    const state = new SampleState({ 11: RICH, 22: { code: NO_CODE }, be: { code: NO_CODE } })
    const tx = sampleTransaction({ value: 0n, maxFeePerGas: 10n, maxPriorityFeePerGas: 10n })
    const executor = open('cancun')
    const { writes } = await executor.executeTransaction(tx, SENDER, state, { eager: false })
    expect(writes.slice(1).map(({ address, code }) => [address, code])).toEqual([
      [RECIPIENT, null],
      [BENEFICIARY, null],
    ])
  })
})

describe('an execution whose read throws', () => {
  for (const fork of ['frontier', 'cancun'] as const) {
    it(`can be dropped at any read and started again (${fork})`, async () => {
      const executor = open(fork)
      const tx = sampleTransaction({ to: CONTRACT, gasLimit: 200_000n })
      const run = (state: SampleState) => {
        return executor.executeTransaction(tx, SENDER, state, { eager: false })
      }
      const accounts = { 11: RICH, 33: BUSY }
      const whole = new SampleState(accounts)
      const expected = await run(whole)
      expect(expected.status).toBe(1)
      for (let count = 0; count < whole.reads.length; count++) {
        const broken = new SampleState(accounts)
        const error = new Error('a lower transaction is still at work')
        broken.beforeRead = (before) => {
          if (before === count) throw error
        }
        // The expected nonce counts as a read here, but cannot throw.
        if (whole.reads[count]?.startsWith('expect')) continue
        await expect(run(broken)).rejects.toBe(error)
        expect(broken.reads).toEqual(whole.reads.slice(0, count))
        expect(await run(new SampleState(accounts))).toEqual(expected)
      }
    })
  }
})

describe('a contract', () => {
  it('makes balances absolute that it reads, and leaves the others lazy', async () => {
    const state = new SampleState({ 11: RICH, 33: BUSY, be: { balance: 1000n, code: NO_CODE } })
    const tx = sampleTransaction({ to: CONTRACT, gasLimit: 200_000n })
    const executor = open('cancun')
    const { writes, gasUsed } = await executor.executeTransaction(tx, SENDER, state, {
      eager: false,
    })
    const balances = writes.map(({ address, balance }) => [address[0], balance])
    expect(balances).toContainEqual([0x33, undefined])
    expect(balances).toContainEqual([0x22, 1n])
    expect(balances).toContainEqual([0xbe, 1000n + gasUsed * 2n])
    expect(balances).toContainEqual([0x11, { amount: -gasUsed * 12n - 1n, required: 2_400_001n }])
  })

  it('does not read its own balance for a call without value', async () => {
    const call = concatBytes(
      hexToBytes('0x6000600060006000600073'),
      RECIPIENT,
      hexToBytes('0x5af100'),
    )
    const state = new SampleState({ 11: RICH, 33: { nonce: 1n, code: call } })
    const tx = sampleTransaction({ to: CONTRACT })
    await open('cancun').executeTransaction(tx, SENDER, state, { eager: false })
    expect(state.reads).not.toContain('balance 33')
  })
})

describe('a sender without the funds it counted on', () => {
  const readsOrigin: SampleAccount = { nonce: 1n, code: hexToBytes('0x323100') }
  const poor: SampleAccount = { ...RICH, balance: 1_200_000n }

  it('is found out when a contract reads its balance, with the exact reason', async () => {
    const executor = open('cancun')
    const run = (nonce: bigint) => {
      const tx = sampleTransaction({ to: CONTRACT, nonce })
      const state = new SampleState({ 11: poor, 33: readsOrigin })
      return executor.executeTransaction(tx, SENDER, state, { eager: false })
    }
    await expect(run(7n)).rejects.toThrow('insufficient funds')
    await expect(run(8n)).rejects.toThrow('nonce too high')
  })

  it('is left to the committer otherwise', async () => {
    const state = new SampleState({ 11: poor })
    const tx = sampleTransaction()
    const { writes } = await open('cancun').executeTransaction(tx, SENDER, state, { eager: false })
    expect(writes[0]?.balance).toEqual({ amount: -252_001n, required: 1_200_001n })
  })
})

describe('the opening of a block', () => {
  it('changes nothing where no system contract is', async () => {
    const { writes } = await open('prague').executeOpening(new SampleState({}))
    expect(writes).toEqual([])
  })

  it("empties the DAO's accounts in the fork's block alone", async () => {
    const config = { ...sampleConfig('homestead'), daoForkBlock: 10n }
    const executor = new ReferenceExecutor(config)
    const rich = { code: () => undefined, balance: () => 3n, nonce: () => 0n } as const
    const state = Object.assign(new SampleState({}), rich)
    executor.openBlock(sampleContext('homestead'))
    const { writes } = await executor.executeOpening(state)
    expect(writes).toHaveLength(117)
    expect(writes.filter(({ balance }) => balance === 0n)).toHaveLength(116)
    executor.openBlock(sampleContext('homestead', { number: 11n }))
    expect((await executor.executeOpening(state)).writes).toEqual([])
  })
})

describe('the closing of a block', () => {
  it('pays withdrawals without reading a balance', async () => {
    const state = new SampleState({})
    const address = RECIPIENT
    const withdrawals = [
      { index: 0n, validatorIndex: 0n, address, amount: 3n },
      { index: 1n, validatorIndex: 1n, address, amount: 4n },
    ]
    const { writes } = await open('shanghai', { withdrawals }).executeClosing(state)
    expect(state.reads).toEqual([])
    expect(writes).toEqual([
      { address, balance: { amount: 7_000_000_000n, required: 0n }, slots: [] },
    ])
  })

  it('pays miner and ommers before Paris', async () => {
    const ommers = [{ number: 8n, beneficiary: RECIPIENT }]
    const { writes } = await open('byzantium', { ommers }).executeClosing(new SampleState({}))
    expect(writes.map(({ balance }) => balance)).toEqual([
      { amount: (6n * 3n * 10n ** 18n) / 8n, required: 0n },
      { amount: 3n * 10n ** 18n + (3n * 10n ** 18n) / 32n, required: 0n },
    ])
    expect((await open('paris').executeClosing(new SampleState({}))).writes).toEqual([])
  })

  it('fails without the request contracts from Prague on', async () => {
    const closing = open('prague').executeClosing(new SampleState({}))
    await expect(closing).rejects.toBeInstanceOf(SystemCallError)
  })
})
