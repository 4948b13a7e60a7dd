import { describe, expect, it } from 'vitest'
import { reconnectDelayMs } from './reconnect-delay.ts'

describe('reconnect delay', () => {
  it('doubles up to its maximum', () => {
    const options = { minDelayMs: 100, maxDelayMs: 1000 }
    const delays = [0, 1, 2, 3, 4, 1000].map((attempt) => reconnectDelayMs(attempt, options, 0))
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000])
  })

  it('is shortened by up to a half at random', () => {
    expect(reconnectDelayMs(0, { minDelayMs: 100 }, 0.5)).toBe(75)
    expect(reconnectDelayMs(0, { minDelayMs: 100 })).toBeGreaterThanOrEqual(50)
  })
})
