import { bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import fc from 'fast-check'
import { Packr } from 'msgpackr/pack'
import { describe, expect, it } from 'vitest'
import type { ControlMessage } from './control-messages.ts'
import { InvalidFieldError } from './fields.ts'
import { MAX_CONTROL_BYTES } from './limits.ts'
import {
  decodeControl,
  decodeMessage,
  encodeControl,
  encodeMessage,
  MessageTooLargeError,
} from './message-codec.ts'
import {
  SAMPLE_EDITED,
  SAMPLE_HELLO,
  SAMPLE_OPENED,
  SAMPLE_REVERTED,
  SAMPLE_SEALED,
  SAMPLE_SHRED,
} from './message-samples.ts'
import { RECORDS } from './message-schema.ts'
import type { Shred, StreamMessage } from './messages.ts'
import { MalformedBytesError } from './token-scan.ts'

const SAMPLES: readonly StreamMessage[] = [
  SAMPLE_OPENED,
  SAMPLE_SHRED,
  SAMPLE_SEALED,
  SAMPLE_EDITED,
  SAMPLE_REVERTED,
]

const CONTROLS: readonly ControlMessage[] = [
  SAMPLE_HELLO,
  { type: 'subscribe', version: 1, fromSeq: 7_000_000_000, role: 'follower', token: 'secret' },
  { type: 'subscribe', version: 1, role: 'dapp' },
  {
    ...{ type: 'subscribe', version: 3, fromSeq: 7, role: 'dapp', prevHash: new Uint8Array(32) },
    ...{ policy: 'conflate', queueMessages: 9, blocks: 'sealed' },
  },
  { type: 'refused', code: 'tooOld', reason: 'message 1 is gone', oldestSeq: 9 },
  { type: 'gap', fromSeq: 3, nextSeq: 70_000 },
  {
    ...{ type: 'conflated', fromSeq: 3, nextSeq: 70_000, messageCount: 69_997 },
    accounts: [
      {
        ...{ address: new Uint8Array(20).fill(1), seq: 5, balance: 3n, nonce: 2n, code: null },
        slots: [{ key: new Uint8Array(32), value: new Uint8Array(32).fill(9) }],
      },
      { address: new Uint8Array(20).fill(2), seq: 69_999, storageCleared: true, slots: [] },
    ],
  },
  { type: 'heartbeat', nextSeq: 10, sentSeq: 9, ageMs: 0, ping: 1234 },
  { type: 'ping', ping: 1234 },
  { type: 'filterItems', name: 'mine', kind: 'selectors', items: new Uint8Array(8) },
  { type: 'filterDrop', name: 'mine' },
  { type: 'filterChanged', name: 'mine', itemCount: 2, fromSeq: 10 },
  { type: 'snapshotAsk', version: 5 },
  {
    ...{ type: 'snapshotAsk', version: 5, token: 'secret', block: new Uint8Array(32).fill(1) },
    after: new Uint8Array(21).fill(1),
  },
  {
    ...{ type: 'snapshotHead', frame: new Uint8Array(90), entryCount: 70_000 },
    headers: [new Uint8Array(500).fill(1), new Uint8Array(501).fill(2)],
  },
  {
    ...{ type: 'snapshotChunk', after: new Uint8Array(0), content: new Uint8Array(300_000) },
    ...{ checksum: new Uint8Array(32).fill(3), isLast: true },
  },
]

/** The same records with every extension and without our checks, as a hostile sender has them. */
const hostile = new Packr({
  structures: RECORDS.map((record) => [...record.names]),
  maxSharedStructures: RECORDS.length,
  maxOwnStructures: 8,
  moreTypes: true,
})

/** Record byte, seq, prevHash and block number come before it in the sample. */
const SHRED_INDEX_OFFSET = 1 + 1 + 34 + 6

function plainShred(changed: Record<string, unknown>): Uint8Array {
  const shred = RECORDS[1]?.toPlain(SAMPLE_SHRED) as Record<string, unknown>
  return new Uint8Array(hostile.pack(withBuffers({ ...shred, ...changed })))
}

/** With every extension on, msgpackr writes only Buffers as plain bytes. */
function withBuffers(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value)
  if (Array.isArray(value)) return value.map(withBuffers)
  if (typeof value !== 'object' || value?.constructor !== Object) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBuffers(item)]))
}

describe('message codec', () => {
  it.each(SAMPLES)('gives back a $type message', (message) => {
    expect(decodeMessage(encodeMessage(message))).toEqual(message)
  })

  it.each(CONTROLS)('gives back a $type control message', (message) => {
    expect(decodeControl(encodeControl(message))).toEqual(message)
  })

  it('encodes the samples as it always did', () => {
    const hashes = SAMPLES.map((message) => bytesToHex(keccak256(encodeMessage(message))))
    expect(hashes).toEqual([
      '0x3f6019d4ad9b5c3c20dbe10067b0c2434dfb66bb401c814a83d1d12e5afe56bd',
      '0x885230a80c0ad55512010f1d7c9784171c1ae2afd72651757d12cfc5132a4a06',
      '0x67687118ed95e167d1713ae74e45485205e8afda8c47b517b6d63fd3a2ec260b',
      '0xc3abc8724792feacf7525d2d3adc3f3ba5084523494317f74b4eb1af15a53b2e',
      '0x5213de0f9196166648d62e52996f0741fcf3247c639755920590a77666fc2383',
    ])
    const subscribe = encodeControl(CONTROLS[1] as ControlMessage)
    expect(bytesToHex(subscribe)).toBe(
      '0x4501cb41fa13b860000000a8666f6c6c6f776572a6736563726574c0c0c0c0',
    )
  })

  it('encodes a Buffer like the same bytes', () => {
    const message = { ...SAMPLE_SHRED, sender: Buffer.from(SAMPLE_SHRED.sender) }
    expect(encodeMessage(message)).toEqual(encodeMessage(SAMPLE_SHRED))
  })

  it('keeps every list of names distinct, so that a record cannot pass for another', () => {
    const rows = RECORDS.map((record) => [...record.names].sort().join())
    expect(new Set(rows).size).toBe(RECORDS.length)
    expect(RECORDS.length).toBeLessThanOrEqual(32)
  })

  it('does not let the first byte of a control message look like a frame', () => {
    for (const message of CONTROLS) expect(encodeControl(message)[0]).not.toBe(0x53)
  })
})

describe('message codec, hostile input', () => {
  it.each(SAMPLES)('refuses a $type message cut at any byte', (message) => {
    const bytes = encodeMessage(message)
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeMessage(bytes.subarray(0, length))).toThrow(MalformedBytesError)
    }
  })

  it.each(SAMPLES)('refuses bytes after a $type message', (message) => {
    const bytes = concatBytes(encodeMessage(message), Uint8Array.of(0))
    expect(() => decodeMessage(bytes)).toThrow('bytes after the end')
  })

  it('refuses a control message in the stream, and the other way round', () => {
    expect(() => decodeMessage(encodeControl(SAMPLE_HELLO))).toThrow('unknown message type')
    expect(() => decodeControl(encodeMessage(SAMPLE_SHRED))).toThrow('unknown message type')
    expect(() => decodeMessage(Uint8Array.of(0x5f))).toThrow('unknown message type')
  })

  it('refuses a record defined in the input, over a known one or new', () => {
    const definition = Uint8Array.of(0xd4, 0x72, 0x41, 0x91, 0xa1, 0x61, 0x01)
    expect(() => decodeMessage(definition)).toThrow(MalformedBytesError)
    expect(() => decodeMessage(concatBytes(Uint8Array.of(0x41), definition))).toThrow('0xd4')
    expect(() => decodeMessage(plainShred({ receipt: { other: 1 } }))).toThrow('not in the format')
  })

  it('refuses maps, so no key can be doubled or reach a prototype', () => {
    const map = new Map<string, unknown>([['__proto__', { polluted: true }]])
    expect(() => decodeMessage(plainShred({ receipt: map }))).toThrow('not in the format')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it.each([
    ['a date', new Date(0)],
    ['a set', new Set([1])],
    ['an error', new Error('no')],
    ['a regular expression', /a/],
    ['a large bigint', 1n << 200n],
    ['a 64-bit bigint', 5n],
    ['undefined', undefined],
    ['a negative number', -1],
    ['a typed array', new Uint16Array(16)],
  ])('refuses %s as a shred index', (_, value) => {
    const bytes = plainShred({ shredIndex: value })
    expect(() => decodeMessage(bytes)).toThrow(MalformedBytesError)
    expect(() => decodeMessage(bytes)).toThrow(`at byte ${SHRED_INDEX_OFFSET}`)
  })

  it.each([0.5, -0, Number.NaN, Number.POSITIVE_INFINITY, 7, -(2 ** 40), 2 ** 60])(
    'refuses the double %d',
    (value) => {
      const bytes = Uint8Array.of(0x41, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0)
      new DataView(bytes.buffer).setFloat64(2, value)
      expect(() => decodeMessage(bytes)).toThrow('not a whole number above 32 bits')
    },
  )

  it('takes the same hostile encoding when nothing in it is hostile', () => {
    expect(decodeMessage(plainShred({}))).toEqual(SAMPLE_SHRED)
  })

  it('refuses lists that claim more than their bytes can hold', () => {
    const claim = (...bytes: number[]) => concatBytes(Uint8Array.of(0x41), Uint8Array.from(bytes))
    expect(() => decodeMessage(claim(0xdd, 0xff, 0xff, 0xff, 0xff))).toThrow('list of 4294967295')
    expect(() => decodeMessage(claim(0xdc, 0xff, 0xff))).toThrow('list of 65535')
    expect(() => decodeMessage(claim(0xc6, 0xff, 0xff, 0xff, 0xff))).toThrow('unexpected end')
    expect(() => decodeMessage(claim(0xdf, 0xff, 0xff, 0xff, 0xff))).toThrow('not in the format')
  })

  it('refuses many tiny values and deep nesting before building them', () => {
    const tiny = concatBytes(Uint8Array.of(0x41, 0xdc, 0xff, 0xff), new Uint8Array(0xffff))
    expect(() => decodeMessage(tiny)).toThrow('too many small values')
    const deep = concatBytes(Uint8Array.of(0x41), new Uint8Array(5000).fill(0x91))
    expect(() => decodeMessage(deep)).toThrow('nested too deep')
  })

  it('refuses values that are not in their shortest form', () => {
    const bytes = encodeMessage({ ...SAMPLE_SHRED, seq: 5 })
    const padded = concatBytes(bytes.subarray(0, 1), Uint8Array.of(0xcc, 5), bytes.subarray(2))
    expect(() => decodeMessage(padded)).toThrow('shortest form')
    expect(() => decodeMessage(plainShred({ blockNumber: Uint8Array.of(0, 1) }))).toThrow(
      'invalid blockNumber: integer with a leading zero',
    )
  })

  it.each([
    ['a sender of 19 bytes', { sender: new Uint8Array(19) }, 'sender'],
    ['a block number of 65 bits', { blockNumber: new Uint8Array(9).fill(1) }, 'blockNumber'],
    ['text for bytes', { transaction: 'abc' }, 'transaction'],
    ['a list for a record', { receipt: [] }, 'receipt'],
    ['a record of another kind', { receipt: { key: 1, value: 2, delta: 3 } }, 'receipt'],
    ['nothing for a record', { diff: null }, 'diff'],
    [
      'a record where a number belongs',
      { shredIndex: { key: 1, value: 2, delta: 3 } },
      'shredIndex',
    ],
  ])('refuses %s and names the field', (_, changed, path) => {
    expect(() => decodeMessage(plainShred(changed))).toThrow(InvalidFieldError)
    expect(() => decodeMessage(plainShred(changed))).toThrow(`invalid ${path}`)
  })

  it('never does anything but decode or throw its own errors on changed bytes', () => {
    const bytes = encodeMessage(SAMPLE_OPENED)
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bytes.slice()
        changed[at] = (changed[at] as number) ^ flip
        try {
          expect(encodeMessage(decodeMessage(changed))).toEqual(changed)
        } catch (error) {
          if (error instanceof MalformedBytesError || error instanceof InvalidFieldError) return
          throw error
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('message codec, refusals to encode', () => {
  const change = { address: new Uint8Array(20).fill(1), slots: [] }

  it.each<[string, Partial<Shred>, string]>([
    ['a doubled account', { diff: { changes: [change, change], deltas: [], reads: [] } }, '[1]'],
    ['a negative block number', { blockNumber: -1n }, 'blockNumber'],
    ['a fractional index', { shredIndex: 0.5 }, 'shredIndex'],
    ['a short sender', { sender: new Uint8Array(3) }, 'sender'],
  ])('refuses %s', (_, changed, path) => {
    const message = { ...SAMPLE_SHRED, ...changed }
    expect(() => encodeMessage(message)).toThrow(InvalidFieldError)
    expect(() => encodeMessage(message)).toThrow(path)
  })

  it('names the way to a field deep inside', () => {
    const log = { address: new Uint8Array(20), topics: [new Uint8Array(31)], data: change.address }
    const message = { ...SAMPLE_SHRED, receipt: { ...SAMPLE_SHRED.receipt, logs: [log] } }
    expect(() => encodeMessage(message)).toThrow(
      'invalid receipt.logs[0].topics[0]: expected 32 bytes, got 31 bytes',
    )
  })

  it('refuses a message over its limit', () => {
    const transaction = new Uint8Array(16 * 1024 * 1024 - 200)
    expect(() => encodeMessage({ ...SAMPLE_SHRED, transaction })).toThrow(MessageTooLargeError)
    expect(() => decodeControl(concatBytes(encodeControl(SAMPLE_HELLO), transaction))).toThrow(
      `limit ${MAX_CONTROL_BYTES}`,
    )
  })

  it('refuses text that could steer a terminal', () => {
    const reason = 'bad\u001b[2J'
    expect(() => encodeControl({ type: 'refused', code: 'full', reason })).toThrow('printable')
  })
})
