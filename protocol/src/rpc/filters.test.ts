import { describe, expect, it } from 'vitest'
import { EventHub } from './event-hub.ts'
import { Filters } from './filters.ts'

const transaction = {
  hash: new Uint8Array(32),
  bytes: new Uint8Array(0),
  sender: new Uint8Array(20),
  nonce: 0n,
  isReady: true,
}

describe('filters', () => {
  it('give each item once', () => {
    const events = new EventHub()
    const filters = new Filters(events)
    const id = filters.addPending()
    events.pending(transaction)
    expect(filters.changes(id)).toHaveLength(1)
    expect(filters.changes(id)).toEqual([])
    expect(filters.remove(id)).toBe(true)
    expect(filters.remove(id)).toBe(false)
  })

  it('are removed when nobody asks', () => {
    let nowMs = 0
    const filters = new Filters(new EventHub(), () => nowMs)
    const [asked, forgotten] = [filters.addBlocks(), filters.addBlocks()]
    nowMs = 4 * 60_000
    filters.changes(asked)
    nowMs = 6 * 60_000
    expect(filters.changes(asked)).toEqual([])
    expect(() => filters.changes(forgotten)).toThrow('filter not found')
  })

  it('are removed, not cut short, when they have collected too much', () => {
    const events = new EventHub()
    const filters = new Filters(events)
    const id = filters.addPending()
    for (let i = 0; i < 10_000; i++) events.pending(transaction)
    const other = filters.addPending()
    events.pending(transaction)
    expect(() => filters.changes(id)).toThrow('filter not found')
    expect(filters.changes(other)).toHaveLength(1)
  })

  it('have a limit', () => {
    const filters = new Filters(new EventHub())
    for (let i = 0; i < 1000; i++) filters.addBlocks()
    expect(() => filters.addBlocks()).toThrow('more than 1000 filters')
  })
})
