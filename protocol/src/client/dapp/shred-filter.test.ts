import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { InvalidArgumentError } from './dapp-errors.ts'
import { filterSpec } from './shred-filter.ts'

const filled = (length: number, value: number) => new Uint8Array(length).fill(value)
const hex = (length: number, value: number) => bytesToHex(filled(length, value))

describe('shred filter', () => {
  it('becomes what the wire has, of each kind that is given', () => {
    expect(filterSpec({})).toEqual({})
    expect(
      filterSpec({
        addresses: new Set([hex(20, 1), hex(20, 2)]),
        topics: [hex(32, 3)],
        slots: [{ address: hex(20, 4), key: hex(32, 4) }],
        senders: [hex(20, 5)],
        selectors: [hex(4, 6)],
      }),
    ).toEqual({
      addresses: [filled(20, 1), filled(20, 2)],
      topics: [filled(32, 3)],
      slots: [filled(52, 4)],
      senders: [filled(20, 5)],
      selectors: [filled(4, 6)],
    })
  })

  it('takes either case', () => {
    const upper = `0x${hex(20, 0xab).slice(2).toUpperCase()}` as Hex
    expect(filterSpec({ senders: [upper] })).toEqual({ senders: [filled(20, 0xab)] })
  })

  it('refuses values of another length, and no values', () => {
    expect(() => filterSpec({ topics: [] })).toThrow(InvalidArgumentError)
    expect(() => filterSpec({ selectors: ['0x0102'] })).toThrow(InvalidArgumentError)
    expect(() => filterSpec({ slots: [{ address: '0x12', key: hex(32, 1) }] })).toThrow('address')
  })
})
