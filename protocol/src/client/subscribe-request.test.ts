import { afterEach, expect, it, vi } from 'vitest'
import type { RefusalCode, Refused } from '../wire/control-messages.ts'
import { RefusalPatience } from './subscribe-request.ts'

const refused = (code: RefusalCode): Refused => ({ type: 'refused', code, reason: '' })

afterEach(() => {
  vi.useRealTimers()
})

it('takes only what may change by itself for a reason to try again', () => {
  const patience = new RefusalPatience()
  const retried = (['full', 'filtersFull', 'tooOld', 'otherChain', 'unauthorized'] as const).filter(
    (code) => patience.mayRetry(refused(code), true),
  )
  expect(retried).toEqual(['full', 'filtersFull'])
})

it('gives a server a minute to have what was received before, and not what never was', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const patience = new RefusalPatience()
  expect(patience.mayRetry(refused('ahead'), false)).toBe(false)
  expect(patience.mayRetry(refused('ahead'), true)).toBe(true)
  vi.advanceTimersByTime(59_000)
  expect(patience.mayRetry(refused('ahead'), true)).toBe(true)
  vi.advanceTimersByTime(2000)
  expect(patience.mayRetry(refused('ahead'), true)).toBe(false)
  patience.reset()
  expect(patience.mayRetry(refused('ahead'), true)).toBe(true)
})
