import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CheckRounds } from './check-rounds.ts'

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

function crowd(size: number) {
  const counts = Array.from({ length: size }, () => 0)
  const checked = new Set(counts.map((_, i) => ({ checkAlive: () => void counts[i]!++ })))
  return { counts, checked }
}

describe('check rounds', () => {
  it.each([1, 7, 1000])('look at each of %i once an interval', (size) => {
    const { counts, checked } = crowd(size)
    const rounds = new CheckRounds(checked, 5000)
    vi.advanceTimersByTime(15_000)
    rounds.close()
    vi.advanceTimersByTime(15_000)
    expect(new Set(counts)).toEqual(new Set([3]))
  })

  it('look at few at a time', () => {
    const { counts, checked } = crowd(1000)
    const rounds = new CheckRounds(checked, 5000)
    vi.advanceTimersByTime(50)
    rounds.close()
    expect(counts.filter((count) => count > 0)).toHaveLength(10)
  })

  it('look at one who came meanwhile, and not at one who left', () => {
    const { counts, checked } = crowd(10)
    const [first, second, ...others] = checked
    checked.clear()
    for (const one of [first!, ...others]) checked.add(one)
    const rounds = new CheckRounds(checked, 100)
    vi.advanceTimersByTime(60)
    checked.delete(others.at(-1)!)
    checked.add(second!)
    vi.advanceTimersByTime(140)
    rounds.close()
    expect(counts[1]).toBe(2)
    expect(counts[9]).toBe(0)
  })
})
