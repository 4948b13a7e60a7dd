import { describe, expect, it } from 'vitest'
import * as reasons from '../../layout/reasons.ts'
import { INVALID_REASONS } from './execution-result.ts'

describe('INVALID_REASONS', () => {
  it('has a text for each number of the layout and no other', () => {
    const numbers = Object.values(reasons)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect([...numbers].sort((a, b) => a - b)).toEqual([...INVALID_REASONS.keys()])
  })

  it('has each text at its number', () => {
    expect(INVALID_REASONS[reasons.REASON_NONCE_TOO_LOW]).toBe('nonce too low')
    expect(INVALID_REASONS[reasons.REASON_INITCODE_TOO_LARGE]).toBe('initcode too large')
    expect(INVALID_REASONS[reasons.REASON_MALFORMED]).toBe('malformed transaction')
    expect(new Set(INVALID_REASONS).size).toBe(INVALID_REASONS.length)
  })
})
