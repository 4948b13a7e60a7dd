import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bytesToHex, compareBytes } from '../primitives/bytes.ts'
import { Environment } from './environment.ts'
import { afterPrefix, numberAt, numberKey } from './keys.ts'
import { createSampleFolder } from './sample-store.ts'
import type { Table } from './table.ts'
import type { ChainTable } from './tables.ts'
import { CHAIN_FILE } from './tables.ts'

const folder = createSampleFolder()
let environment: Environment<ChainTable>
let table: Table

beforeEach(() => {
  const { path } = folder
  environment = new Environment({
    path,
    file: CHAIN_FILE,
    readOnly: false,
    durability: 'os',
    maxBytes: 2 ** 30,
  })
  table = environment.tables.codes
})

afterEach(() => environment.close())
afterAll(() => folder.remove())

function clear(): void {
  for (const { key } of [...table.range(Uint8Array.of(0), undefined)]) table.remove(key)
}

describe('a table', () => {
  it('behaves as a sorted map', () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 3 })
    const entries = fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 5000 })))
    fc.assert(
      fc.property(entries, key, key, (written, start, end) => {
        const map = new Map(written.map(([k, value]) => [bytesToHex(k), { key: k, value }]))
        environment.transact(() => {
          clear()
          for (const [k, value] of written) table.put(k, value)
        })
        const expected = [...map.values()]
          .filter((entry) => compareBytes(entry.key, start) >= 0)
          .filter((entry) => compareBytes(entry.key, end) < 0)
          .sort((a, b) => compareBytes(a.key, b.key))
        expect([...table.range(start, end)]).toEqual(expected)
        expect(table.first(start, end)).toEqual(expected[0])
        const probe = [start, end, ...written.map(([k]) => k)]
        for (const k of probe) expect(table.get(k)).toEqual(map.get(bytesToHex(k))?.value)
        const last = [...map.values()].sort((a, b) => compareBytes(a.key, b.key)).at(-1)
        expect(table.last()).toEqual(last)
      }),
      { numRuns: 50 },
    )
  })

  it('finds the least key that there can be from both sides', () => {
    const entry = { key: Uint8Array.of(0), value: Uint8Array.of(1) }
    environment.transact(() => {
      clear()
      table.put(entry.key, entry.value)
    })
    expect(table.first()).toEqual(entry)
    expect(table.last()).toEqual(entry)
    environment.transact(clear)
    expect(table.last()).toBeUndefined()
  })

  it('gives bytes that later reads leave alone', () => {
    environment.transact(() => {
      clear()
      table.put(Uint8Array.of(1), Uint8Array.of(1, 1))
      table.put(Uint8Array.of(2), Uint8Array.of(2, 2))
    })
    const first = table.get(Uint8Array.of(1))
    const entries = [...table.range(Uint8Array.of(0), undefined)]
    table.get(Uint8Array.of(2))
    expect(first).toEqual(Uint8Array.of(1, 1))
    expect(entries.map(({ value }) => value[0])).toEqual([1, 2])
  })
})

describe('keys', () => {
  it('of numbers are in the order of the numbers', () => {
    const numbers = [0n, 1n, 255n, 256n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]
    const keys = numbers.map(numberKey)
    expect([...keys].sort(compareBytes)).toEqual(keys)
    expect(keys.map((key) => numberAt(key))).toEqual(numbers)
  })

  it('behind a prefix are found, except where there are none', () => {
    expect(afterPrefix(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 3))
    expect(afterPrefix(Uint8Array.of(1, 255, 255))).toEqual(Uint8Array.of(2))
    expect(afterPrefix(Uint8Array.of(255, 255))).toBeUndefined()
  })
})
