import { createHash } from 'node:crypto'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'

const OUT = ROOM + 1
const STATE = ROOM + 203
const MESSAGE = ROOM + 405
const OFFSET = ROOM + 607

const INITIAL_VECTOR = [
  0x6a09e667f3bcc908n,
  0xbb67ae8584caa73bn,
  0x3c6ef372fe94f82bn,
  0xa54ff53a5f1d36f1n,
  0x510e527fade682d1n,
  0x9b05688c2b3e6c1fn,
  0x1f83d9abfb41bd6bn,
  0x5be0cd19137e2179n,
]
const ORDER = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
].map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16)))
/** Column by column, then diagonal by diagonal. */
const PLACES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const

interface Call {
  readonly rounds: number
  readonly state: Uint8Array
  readonly message: Uint8Array
  readonly offset: Uint8Array
  readonly isFinal: boolean
}

function numbersOf(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / 8 }, (_, i) => view.getBigUint64(8 * i, true))
}

const add = (...terms: bigint[]) =>
  BigInt.asUintN(
    64,
    terms.reduce((sum, term) => sum + term),
  )
const rotate = (x: bigint, bits: bigint) => BigInt.asUintN(64, (x >> bits) | (x << (64n - bits)))

/** RFC 7693, 3.2, as it stands there. */
function compress({ rounds, state, message, offset, isFinal }: Call): string {
  const h = numbersOf(state)
  const m = numbersOf(message)
  const t = numbersOf(offset)
  const v = [...h, ...INITIAL_VECTOR]
  v[12] = v[12]! ^ t[0]!
  v[13] = v[13]! ^ t[1]!
  if (isFinal) v[14] = v[14]! ^ (2n ** 64n - 1n)
  for (let round = 0; round < rounds; round++) {
    PLACES.forEach(([a, b, c, d], i) => {
      const order = ORDER[round % 10]!
      v[a] = add(v[a]!, v[b]!, m[order[2 * i]!]!)
      v[d] = rotate(v[d]! ^ v[a]!, 32n)
      v[c] = add(v[c]!, v[d]!)
      v[b] = rotate(v[b]! ^ v[c]!, 24n)
      v[a] = add(v[a]!, v[b]!, m[order[2 * i + 1]!]!)
      v[d] = rotate(v[d]! ^ v[a]!, 16n)
      v[c] = add(v[c]!, v[d]!)
      v[b] = rotate(v[b]! ^ v[c]!, 63n)
    })
  }
  const out = new DataView(new ArrayBuffer(64))
  h.forEach((x, i) => {
    out.setBigUint64(8 * i, x ^ v[i]! ^ v[i + 8]!, true)
  })
  return bytesToHex(new Uint8Array(out.buffer))
}

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const call = fc.record({
  rounds: fc.nat(40),
  state: bytes(64),
  message: bytes(128),
  offset: bytes(16),
  isFinal: fc.boolean(),
})

/** State, message and offset of the vectors 4 to 7 of EIP-152: BLAKE2b-512 of `abc`. */
const ABC: Omit<Call, 'rounds'> = {
  state: hexToBytes(
    '0x48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5' +
      'd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b',
  ),
  message: Uint8Array.of(0x61, 0x62, 0x63, ...new Uint8Array(125)),
  offset: Uint8Array.of(3, ...new Uint8Array(15)),
  isFinal: true,
}

describe.each(BUILDS)('blake2f, %s build', (build) => {
  let core: KernelCore

  beforeAll(async () => {
    core = await KernelCore.open(build)
  })

  function run({ rounds, state, message, offset, isFinal }: Call, out = OUT): string {
    core.bytes.set(state, STATE)
    core.bytes.set(message, MESSAGE)
    core.bytes.set(offset, OFFSET)
    core.kernels.blake2f(out, rounds, STATE, MESSAGE, OFFSET, isFinal)
    return bytesToHex(core.slice(out, 64))
  }

  it('is the last step of BLAKE2b', () => {
    const digest = createHash('blake2b512').update('abc').digest('hex')
    expect(run({ ...ABC, rounds: 12 })).toBe(`0x${digest}`)
  })

  it('gives the vectors of EIP-152', () => {
    expect(run({ ...ABC, rounds: 0 })).toBe(
      '0x08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5' +
        'd282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b',
    )
    expect(run({ ...ABC, rounds: 12, isFinal: false })).toBe(
      '0x75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d28752' +
        '98743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735',
    )
    expect(run({ ...ABC, rounds: 1 })).toBe(
      '0xb63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fb' +
        'a551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421',
    )
  })

  it('gives what the RFC says after any number of rounds', () => {
    fc.assert(
      fc.property(call, fc.constantFrom(OUT, STATE), (input, out) => {
        expect(run(input, out)).toBe(compress(input))
      }),
      { numRuns: 300 },
    )
  })
})
