import type { BlockContext } from '@shredcast/shared/chain/block'
import { describe, expect, it } from 'vitest'
import { contextDifference } from './context-difference.ts'

const hash = (byte: number) => new Uint8Array(32).fill(byte)
const address = new Uint8Array(20).fill(7)
const withdrawal = { index: 1n, validatorIndex: 2n, address, amount: 3n }

const CONTEXT: BlockContext = {
  parentHash: hash(1),
  number: 5n,
  timestamp: 6n,
  beneficiary: address,
  gasLimit: 7n,
  difficulty: 0n,
  prevRandao: hash(2),
  baseFeePerGas: 8n,
  withdrawals: [withdrawal],
  ommers: [],
  blockHashes: new Map([[4n, hash(1)]]),
}

describe('the difference of two contexts', () => {
  it('is none between equal ones', () => {
    const same = { ...CONTEXT, beneficiary: Uint8Array.from(address) }
    expect(contextDifference(CONTEXT, same)).toBeUndefined()
  })

  it.each([
    ['parentHash', { parentHash: hash(9) }],
    ['gasLimit', { gasLimit: 9n }],
    ['excessBlobGas', { excessBlobGas: 0n }],
    ['withdrawals', { withdrawals: [] }],
    ['withdrawals[0]', { withdrawals: [{ ...withdrawal, amount: 4n }] }],
    ['ommers[0]', { ommers: [{ number: 4n, beneficiary: address }] }],
    ['blockHashes[4]', { blockHashes: new Map() }],
    ['blockHashes[3]', { blockHashes: new Map([...CONTEXT.blockHashes, [3n, hash(1)]]) }],
  ])('is found in %s', (field, change) => {
    expect(contextDifference(CONTEXT, { ...CONTEXT, ...change })).toMatchObject({
      kind: 'context',
      location: { kind: 'context', field },
    })
  })

  it('shows a field that one side lacks as nothing', () => {
    const { baseFeePerGas, ...rest } = CONTEXT
    expect(contextDifference(CONTEXT, rest)).toMatchObject({
      expected: String(baseFeePerGas),
      got: null,
    })
  })
})
