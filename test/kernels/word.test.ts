import { bigIntToBytes, bytesToBigInt } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'
import { EDGES, WORD_MAX, word } from './word-arbitraries.ts'

const OUT = ROOM
const A = ROOM + 32
const B = ROOM + 64
/** Bytes may stand at any address. */
const BYTES = ROOM + 1024 + 3
const RUNS = { numRuns: 2000 }

const signed = (value: bigint) => BigInt.asIntN(256, value)
const bitLength = (value: bigint) => (value === 0n ? 0 : value.toString(2).length)

describe.each(BUILDS)('words, %s build', (build) => {
  let core: KernelCore

  beforeAll(async () => {
    core = await KernelCore.open(build)
  })

  it('are compared', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        core.setWord(A, a)
        core.setWord(B, b)
        expect(core.kernels.wordLess(A, B)).toBe(Number(a < b))
        expect(core.kernels.wordSignedLess(A, B)).toBe(Number(signed(a) < signed(b)))
        expect(core.kernels.wordEquals(A, B)).toBe(Number(a === b))
      }),
      RUNS,
    )
  })

  it('are compared limb by limb', () => {
    for (const a of EDGES) {
      for (const b of EDGES) {
        core.setWord(A, a)
        core.setWord(B, b)
        expect(core.kernels.wordLess(A, B)).toBe(Number(a < b))
        expect(core.kernels.wordSignedLess(A, B)).toBe(Number(signed(a) < signed(b)))
        expect(core.kernels.wordEquals(A, B)).toBe(Number(a === b))
      }
    }
  })

  it('are measured', () => {
    fc.assert(
      fc.property(word, (a) => {
        core.setWord(A, a)
        expect(core.kernels.wordIsZero(A)).toBe(Number(a === 0n))
        expect(core.kernels.wordIsNegative(A)).toBe(Number(signed(a) < 0n))
        expect(core.kernels.wordFitsLong(A)).toBe(Number(a < 2n ** 64n))
        expect(BigInt.asUintN(64, core.kernels.wordLong(A))).toBe(BigInt.asUintN(64, a))
        expect(core.kernels.wordBitLength(A)).toBe(bitLength(a))
        expect(core.kernels.wordByteLength(A)).toBe((bitLength(a) + 7) >> 3)
        core.kernels.wordLeadingZeros(OUT, A)
        expect(core.word(OUT)).toBe(BigInt(256 - bitLength(a)))
      }),
      RUNS,
    )
  })

  it('are copied, set, filled and cleared', () => {
    fc.assert(
      fc.property(word, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (a, long) => {
        core.setWord(A, a)
        core.kernels.wordCopy(OUT, A)
        expect(core.word(OUT)).toBe(a)
        core.kernels.wordSet(OUT, long)
        expect(core.word(OUT)).toBe(long)
        core.kernels.wordFill(OUT)
        expect(core.word(OUT)).toBe(WORD_MAX)
        core.kernels.wordClear(OUT)
        expect(core.word(OUT)).toBe(0n)
      }),
    )
  })

  it('go to big-endian bytes and back', () => {
    fc.assert(
      fc.property(word, (a) => {
        core.setWord(A, a)
        core.kernels.wordToBytes(BYTES, A)
        expect(core.slice(BYTES, 32)).toEqual(bigIntToBytes(a, 32))
        core.kernels.wordFromBytes(OUT, BYTES)
        expect(core.word(OUT)).toBe(a)
        core.kernels.wordToBytes(A, A)
        expect(core.slice(A, 32)).toEqual(bigIntToBytes(a, 32))
      }),
    )
  })

  it('take their low 20 bytes to an address, and come back without the others', () => {
    fc.assert(
      fc.property(word, (a) => {
        core.setWord(A, a)
        core.bytes.fill(0xee, BYTES - 1, BYTES + 21)
        core.kernels.wordToAddress(BYTES, A)
        expect(core.slice(BYTES - 1, 22)).toEqual(
          Uint8Array.of(0xee, ...bigIntToBytes(a, 32).subarray(12), 0xee),
        )
        core.kernels.wordFromAddress(OUT, BYTES)
        expect(core.word(OUT)).toBe(BigInt.asUintN(160, a))
      }),
    )
  })

  it('take up to 32 bytes, whatever stands around them', () => {
    const bytes = fc.uint8Array({ minLength: 96, maxLength: 96 })
    fc.assert(
      fc.property(bytes, fc.nat(32), fc.nat(8), (around, count, offset) => {
        const start = 32 + offset
        core.bytes.set(around, BYTES)
        core.kernels.wordFromShortBytes(OUT, BYTES + start, count)
        expect(core.word(OUT)).toBe(bytesToBigInt(around.subarray(start, start + count)))
      }),
      RUNS,
    )
  })
})
