import { describe, expect, it } from 'vitest'
import { InvalidNatsAddressError, natsText, parseNatsUrl } from './nats-address.ts'

describe('the address of a NATS stream', () => {
  it.each([
    ['nats://host:4333/frames', { server: 'host:4333', stream: 'frames' }],
    ['nats://127.0.0.1', { server: '127.0.0.1:4222', stream: 'shredcast' }],
    [
      'nats://me:pass%20word@host/a-b_1',
      { server: 'host:4222', stream: 'a-b_1', user: 'me', password: 'pass word' },
    ],
  ])('is read from %s', (url, address) => {
    expect(parseNatsUrl(url)).toEqual(address)
    expect(natsText(parseNatsUrl(url))).not.toContain('pass')
  })

  it.each([
    'ws://host',
    'nats:',
    'nats://host/a.b',
    'nats://host/a/b',
    'nats://h/a?b',
    'nats://h:x',
  ])('is not %s', (url) => {
    expect(() => parseNatsUrl(url)).toThrow(InvalidNatsAddressError)
  })

  it('tells no password', () => {
    expect(() => parseNatsUrl('nats://me:secret@host/a.b')).toThrow(/^(?!.*secret)/)
  })
})
