import { describe, expect, it, vi } from 'vitest'
import { SAMPLE_HELLO } from '../wire/message-samples.ts'
import type { ReconnectOptions } from './reconnect-delay.ts'
import type { StreamState } from './stream-client.ts'
import { InvalidStreamError, StreamClosedError, StreamError } from './stream-errors.ts'
import { StreamLife } from './stream-life.ts'

const LOST = new StreamError('lost')

function observed(reconnect?: ReconnectOptions | false) {
  const release = vi.fn()
  const life = new StreamLife<number>(release, reconnect)
  const states: StreamState[] = []
  const delivered: unknown[] = []
  life.state$.subscribe({ next: (state) => states.push(state), complete: () => states.push(END) })
  life.deliveries.subscribe({
    next: (value) => delivered.push(value),
    error: (error) => delivered.push(error),
    complete: () => delivered.push(END),
  })
  return { life, states, delivered, release }
}

const END = { status: 'closed', completed: true } as StreamState

/** How often a connection that is lost again and again would be made again, at most `most` times. */
function attempts(life: StreamLife<number>, most: number): number {
  const schedule = vi.fn()
  for (let i = 0; i < most; i++) life.lost(LOST, schedule)
  return schedule.mock.calls.length
}

describe('the life of a client', () => {
  it('tells the first hello, what it delivers, and its end', async () => {
    const { life, states, delivered, release } = observed()
    life.greeted(SAMPLE_HELLO)
    expect(await life.hello).toBe(SAMPLE_HELLO)
    expect(life.isStreaming).toBe(true)
    life.deliveries.next(1)
    life.close()
    life.fail(LOST)
    expect(delivered).toEqual([1, END])
    expect(states).toEqual([
      { status: 'connecting' },
      { status: 'streaming', hello: SAMPLE_HELLO },
      { status: 'closed' },
      END,
    ])
    expect(release.mock.calls).toEqual([[expect.any(StreamClosedError)]])
    expect(life.isClosed).toBe(true)
  })

  it('fails once, and takes what is no error of streams for invalid content', async () => {
    const { life, states, delivered, release } = observed()
    const cause = new Error('bad bytes')
    life.fail(cause)
    life.close()
    const error = delivered[0]
    expect(error).toBeInstanceOf(InvalidStreamError)
    expect(error).toMatchObject({ cause })
    expect(delivered).toHaveLength(1)
    expect(states.slice(1)).toEqual([{ status: 'closed', error }, END])
    expect(release.mock.calls).toEqual([[error]])
    await expect(life.hello).rejects.toBe(error)
  })

  it('is over with the first loss where nothing is made again', () => {
    const { life, delivered } = observed(false)
    life.connected()
    expect(attempts(life, 1)).toBe(0)
    expect(delivered).toEqual([LOST])
  })

  it.each([
    ['gives up when there never was a connection', false, 0],
    ['goes on when there was one', true, 5],
  ])('%s, if that was asked for', (_, wasConnected, count) => {
    const { life } = observed({ initially: false })
    if (wasConnected) life.connected()
    expect(attempts(life, 5)).toBe(count)
    expect(life.isClosed).toBe(count === 0)
  })

  it('counts attempts in a row alone', () => {
    const { life, delivered } = observed({ maxAttempts: 2 })
    expect(attempts(life, 2)).toBe(2)
    expect(life.isRetrying).toBe(true)
    life.forgetAttempts()
    expect(life.isRetrying).toBe(false)
    expect(attempts(life, 3)).toBe(2)
    expect(delivered).toEqual([LOST])
  })

  it('has set the timer when it tells that it waits, so that a listener can take it back', () => {
    const { life, states } = observed({ minDelayMs: 10 })
    const order: string[] = []
    life.state$.subscribe(({ status }) => order.push(status))
    expect(life.lost(LOST, () => order.push('timer'))).toBe(2)
    expect(order).toEqual(['connecting', 'timer', 'waiting'])
    expect(states.at(-1)).toMatchObject({ status: 'waiting', error: LOST })
  })
})
