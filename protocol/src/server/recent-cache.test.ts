import { describe, expect, it } from 'vitest'
import { RecentCache } from './recent-cache.ts'

const cacheOf = (maxBytes: number) => new RecentCache<string, number>(maxBytes, (size) => size)

describe('what was made last', () => {
  it('is kept within its bytes, the oldest goes first', () => {
    const cache = cacheOf(10)
    cache.set('a', 4)
    cache.set('b', 4)
    expect(cache.get('a')).toBe(4)
    cache.set('c', 4)
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 4, 4])
  })

  it('counts an entry that is set again once', () => {
    const cache = cacheOf(10)
    for (let i = 0; i < 5; i++) cache.set('a', 6)
    cache.set('b', 4)
    expect([cache.get('a'), cache.get('b')]).toEqual([6, 4])
  })

  it('keeps the newest, however large it is', () => {
    const cache = cacheOf(10)
    cache.set('a', 4)
    cache.set('b', 100)
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 100])
    cache.set('c', 1)
    expect([cache.get('b'), cache.get('c')]).toEqual([undefined, 1])
  })
})
