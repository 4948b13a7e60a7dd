import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../../primitives/keccak.ts'
import type { SnapshotEntry } from './snapshot-entry.ts'
import {
  ACCOUNT,
  BLOCK,
  CODE,
  decodeEntries,
  encodeEntry,
  InvalidSnapshotError,
  SLOT,
} from './snapshot-entry.ts'
import { changesOf, SnapshotOrder } from './snapshot-order.ts'
import { decodePlace, encodePlace, PLACE_BYTES_MAX } from './snapshot-place.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

const account = fc
  .record({
    nonce: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    balance: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    codeHash: fc.oneof(fc.constant(EMPTY_CODE_HASH), bytes(32)),
    hasStorage: fc.boolean(),
    isRecorded: fc.boolean(),
  })
  .map((fields) => ({
    ...fields,
    isRecorded: fields.isRecorded || fields.codeHash !== EMPTY_CODE_HASH,
  }))

const entry: fc.Arbitrary<SnapshotEntry> = fc.oneof(
  fc.record({ kind: fc.constant(CODE), code: fc.uint8Array() }),
  fc.record({ kind: fc.constant(BLOCK), bytes: fc.uint8Array() }),
  fc.record({ kind: fc.constant(ACCOUNT), address: bytes(20), account }),
  fc
    .record({ kind: fc.constant(SLOT), key: bytes(32), value: bytes(32) })
    .filter(({ value }) => value.some((byte) => byte !== 0)),
)

const contentOf = (entries: readonly SnapshotEntry[]) => concatBytes(...entries.map(encodeEntry))

const plain = (address: number, more: object = {}): SnapshotEntry => {
  const fields = { nonce: 1n, balance: 0n, isRecorded: true, hasStorage: false }
  const stored = { ...fields, codeHash: EMPTY_CODE_HASH, ...more }
  return { kind: ACCOUNT, address: new Uint8Array(20).fill(address), account: stored }
}
const slot = (key: number): SnapshotEntry => {
  return { kind: SLOT, key: new Uint8Array(32).fill(key), value: new Uint8Array(32).fill(1) }
}
const piece: SnapshotEntry = { kind: BLOCK, bytes: Uint8Array.of(1) }
const [low, high] = [Uint8Array.of(1), Uint8Array.of(2)]
  .sort((a, b) => Buffer.compare(keccak256(a), keccak256(b)))
  .map((code): SnapshotEntry => ({ kind: CODE, code })) as [SnapshotEntry, SnapshotEntry]

describe('entries of a snapshot', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        expect([...decodeEntries(contentOf(entries))]).toEqual(entries)
      }),
    )
  })

  it('are read from any bytes, or refused, and then have that one encoding', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array(), fc.array(entry).map(contentOf)),
        fc.nat(),
        (content, at) => {
          const changed = content.slice()
          if (changed.length > 0) changed[at % changed.length]! ^= 1
          try {
            expect(contentOf([...decodeEntries(changed)])).toEqual(changed)
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidSnapshotError)
          }
        },
      ),
    )
  })

  it.each([
    ['an unknown kind', [9], 'unknown kind 9'],
    ['an end within a slot', [SLOT, ...new Array(32).fill(1)], 'ends within an entry'],
    ['a length past the end', [CODE, 0xff, 0xff, 0xff, 0xff, 1], 'ends within an entry'],
    ['a slot that is zero', [SLOT, ...new Array(32).fill(1), 0], 'no proper form'],
    ['a leading zero', [SLOT, ...new Array(32).fill(1), 2, 0, 1], 'no proper form'],
    ['a value that is too long', [SLOT, ...new Array(66).fill(33)], 'no proper form'],
    ['an account of nothing', [ACCOUNT, ...new Array(20).fill(1), 0], 'no proper form'],
    [
      'an account that is not there',
      [ACCOUNT, ...new Array(20).fill(1), 2, 0, 0],
      'no proper form',
    ],
    ['an unknown flag', [ACCOUNT, ...new Array(20).fill(1), 2, 0xc0, 0], 'no proper form'],
  ])('are refused with %s', (_, content, why) => {
    expect(() => [...decodeEntries(Uint8Array.from(content))]).toThrow(why)
  })
})

describe('places in a snapshot', () => {
  it('come back as they were', () => {
    const places = [
      { kind: 'start' },
      { kind: CODE, hash: new Uint8Array(32).fill(1) },
      { kind: ACCOUNT, address: new Uint8Array(20).fill(2) },
      { kind: SLOT, address: new Uint8Array(20).fill(2), key: new Uint8Array(32).fill(3) },
      { kind: BLOCK, offset: 70_000 },
    ] as const
    for (const place of places) expect(decodePlace(encodePlace(place))).toEqual(place)
    const lengths = places.map((place) => encodePlace(place).length)
    expect(Math.max(...lengths)).toBe(PLACE_BYTES_MAX)
  })

  it.each([[[9]], [[CODE, 1]], [[SLOT, ...new Array(20).fill(1)]], [[BLOCK, 1, 2, 3, 4, 5]]])(
    'are refused in another form: %j',
    (place) => expect(() => decodePlace(Uint8Array.from(place))).toThrow(InvalidSnapshotError),
  )
})

describe('the order of a snapshot', () => {
  const add = (entries: readonly SnapshotEntry[]) => {
    const order = new SnapshotOrder({ kind: 'start' }, false)
    for (const next of entries) order.add(next)
    return order
  }
  const stored = plain(2, { hasStorage: true })

  it('is code, accounts with their slots, and the block', () => {
    const { part, place } = add([low, high, plain(1), stored, slot(1), slot(2), plain(3), piece])
    expect(part.entryCount).toBe(8)
    expect(place).toEqual({ kind: BLOCK, offset: 1 })
    const changes = changesOf(part, () => undefined)
    expect(changes.map(({ slots }) => slots.length)).toEqual([0, 0, 0, 2])
    expect(changes[3]?.address).toEqual(changes[1]?.address)
  })

  it.each([
    ['code that is lower', [high, low]],
    ['code again', [low, low]],
    ['code behind accounts', [plain(1), low]],
    ['empty code', [{ kind: CODE, code: new Uint8Array(0) }]],
    ['an account again', [plain(1), plain(1)]],
    ['an account that is lower', [plain(2), plain(1)]],
    ['an account behind the block', [piece, plain(1)]],
    ['a slot of nobody', [slot(1)]],
    ['a slot of an account that has none', [plain(1), slot(1)]],
    ['a slot again', [stored, slot(1), slot(1)]],
    ['an account that lacks its slots', [stored, plain(3)]],
    ['a block before the slots', [stored, piece]],
    ['an empty piece', [{ kind: BLOCK, bytes: new Uint8Array(0) }]],
  ] as [string, SnapshotEntry[]][])('is broken by %s', (_, entries) => {
    expect(() => add(entries)).toThrow(/^the snapshot is out of order: /)
  })
})
