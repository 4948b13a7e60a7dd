import { describe, expect, it } from 'vitest'
import { isExpected, unknownExceptions } from './expected-refusals.ts'

describe('a refusal', () => {
  it.each([
    ['wrong base fee', 'BlockException.INVALID_BASEFEE_PER_GAS'],
    ['nonce too low', 'TransactionException.NONCE_MISMATCH_TOO_LOW'],
    ['wrong base fee', '1559BlockImportImpossible_BaseFeeWrong'],
    ['malformed block', 'RLP_TooManyElements'],
  ] as const)('for %s is what %s expects', (refusal, name) => {
    expect(isExpected(refusal, [name])).toBe(true)
    expect(isExpected('wrong state root', [name])).toBe(false)
  })

  it('is right for any one of several names', () => {
    const names = ['BlockException.INVALID_GASLIMIT', 'TR_NoFunds']
    expect(isExpected('gas limit out of bounds', names)).toBe(true)
    expect(isExpected('insufficient funds for gas * price + value', names)).toBe(true)
    expect(isExpected('nonce too low', names)).toBe(false)
  })

  it('is right where the test has no name, or one that is not known', () => {
    expect(isExpected('nonce too low', [])).toBe(true)
    expect(isExpected('nonce too low', ['BlockException.NEVER_HEARD_OF'])).toBe(true)
  })
})

describe('names that are not known', () => {
  it('are told', () => {
    const names = ['BlockException.NEVER_HEARD_OF', 'TR_NoFunds', 'NEVER', 'RLP_ANY']
    expect(unknownExceptions(names)).toEqual(['BlockException.NEVER_HEARD_OF', 'NEVER'])
  })

  // Each table is for the names of its own kind.
  it('are those of another kind', () => {
    expect(unknownExceptions(['INVALID_GASLIMIT', 'BlockException.TR_NoFunds'])).toHaveLength(2)
  })
})
