import { describe, expect, it } from 'vitest'
import { networkOf, RateLimiter } from './rate-limiter.ts'

function limiter(perSecond: number, burst: number, clientsMax = 10) {
  const clock = { ms: 0 }
  return {
    clock,
    limiter: new RateLimiter({ perSecond, burst }, { nowMs: () => clock.ms, clientsMax }),
  }
}

const takeAll = (rates: RateLimiter, address: string) => {
  let taken = 0
  while (taken < 1000 && rates.take(address)) taken++
  return taken
}

describe('a rate limit', () => {
  it('lets a burst pass, then the rate, and never saves up more than a burst', () => {
    const { clock, limiter: rates } = limiter(10, 5)
    expect(takeAll(rates, '1.1.1.1')).toBe(5)
    expect(rates.isExhausted('1.1.1.1')).toBe(true)
    clock.ms = 99
    expect(rates.take('1.1.1.1')).toBe(false)
    clock.ms = 300
    expect(takeAll(rates, '1.1.1.1')).toBe(3)
    clock.ms = 1_000_000
    expect(rates.isExhausted('1.1.1.1')).toBe(false)
    expect(takeAll(rates, '1.1.1.1')).toBe(5)
  })

  it('is of each client alone', () => {
    const { limiter: rates } = limiter(1, 2)
    expect(takeAll(rates, '1.1.1.1')).toBe(2)
    expect(takeAll(rates, '1.1.1.2')).toBe(2)
    expect(takeAll(rates, '2001:db8:1:2::1')).toBe(2)
    expect(takeAll(rates, '2001:db8:1:2::ffff')).toBe(0)
  })

  it('forgets the quietest client when there are too many', () => {
    const { limiter: rates } = limiter(1, 2, 2)
    for (const address of ['1.1.1.1', '1.1.1.2', '1.1.1.1', '1.1.1.3']) takeAll(rates, address)
    expect(takeAll(rates, '1.1.1.1')).toBe(0)
    expect(takeAll(rates, '1.1.1.2')).toBe(2)
  })

  it('of 0 is none', () => {
    const { limiter: rates } = limiter(0, 0)
    expect(takeAll(rates, '1.1.1.1')).toBe(1000)
    expect(rates.isExhausted('1.1.1.1')).toBe(false)
  })

  it.each([
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8::1:2:3:4:5', '2001:db8:0:1'],
    ['2001:db8::', '2001:db8:0:0'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('takes %s for %s', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})
