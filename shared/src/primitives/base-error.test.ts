import { describe, expect, it } from 'vitest'
import { AssertionError, assert } from './assert.ts'
import { BaseError } from './base-error.ts'

describe('BaseError', () => {
  it('puts details on a second line and keeps the cause', () => {
    const cause = new Error('disk full')
    const error = new BaseError('cannot write', { details: 'block 7', cause })
    expect(error.message).toBe('cannot write\nblock 7')
    expect(error).toMatchObject({ shortMessage: 'cannot write', details: 'block 7', cause })
  })

  it('is one line without details', () => {
    expect(new BaseError('cannot write').message).toBe('cannot write')
    expect('cause' in new BaseError('cannot write')).toBe(false)
  })
})

describe('assert', () => {
  it('throws what must hold, and only when it does not', () => {
    expect(() => assert(true, 'the sky is up')).not.toThrow()
    expect(() => assert(undefined, 'the sky is up')).toThrow(AssertionError)
    expect(() => assert(0, 'the sky is up')).toThrow('the sky is up')
  })
})
