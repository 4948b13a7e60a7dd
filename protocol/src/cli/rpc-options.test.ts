import { describe, expect, it } from 'vitest'
import { isLoopback, rpcAccessOf } from './rpc-options.ts'

const ARGUMENTS = { host: '127.0.0.1', adminNamespaces: ['debug'] }

describe('access to JSON-RPC', () => {
  it('is free on this machine, and has a rate for others', () => {
    expect(rpcAccessOf(ARGUMENTS)).toEqual({
      rate: { perSecond: 0, burst: 0 },
      adminNamespaces: [],
    })
    expect(rpcAccessOf({ ...ARGUMENTS, host: '0.0.0.0' }).rate).toEqual({
      perSecond: 1000,
      burst: 2000,
    })
  })

  it('is as the options say', () => {
    const options = { ...ARGUMENTS, rpcRate: 5, rpcBurst: 7, adminToken: 'x' }
    expect(rpcAccessOf(options)).toEqual({
      rate: { perSecond: 5, burst: 7 },
      adminToken: 'x',
      adminNamespaces: ['debug'],
    })
    expect(rpcAccessOf({ ...ARGUMENTS, host: '::', rpcRate: 0 }).rate.perSecond).toBe(0)
  })

  it.each([
    ['localhost', true],
    ['127.8.0.1', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.example.org', false],
  ])('knows whether %s is this machine alone', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })
})
