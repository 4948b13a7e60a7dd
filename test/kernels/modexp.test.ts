import { bigIntToBytes, bytesToBigInt, bytesToHex } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'

/** Behind the operands, which stand at odd addresses. */
const SCRATCH = ROOM + 2 ** 16
const BASE = ROOM + 1

interface Operands {
  readonly base: Uint8Array
  readonly exponent: Uint8Array
  readonly modulus: Uint8Array
}

/** EIP-198 by the book: squares and products of integers. */
function power({ base, exponent, modulus }: Operands): bigint {
  const m = bytesToBigInt(modulus)
  if (m === 0n) return 0n
  const b = bytesToBigInt(base) % m
  let result = 1n % m
  for (const digit of bytesToBigInt(exponent).toString(2)) {
    result = (result * result) % m
    if (digit === '1') result = (result * b) % m
  }
  return result
}

/** Random bytes, of few values at times, with zeros at either end at times. */
const number = (maxLength: number) =>
  fc
    .tuple(
      fc.oneof(
        fc.uint8Array({ maxLength }),
        fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength }).map((b) => Uint8Array.from(b)),
      ),
      fc.constantFrom(0, 0, 1, 8, 13),
      fc.constantFrom(0, 0, 0, 1, 7, 8, 9, 16, 24),
    )
    .map(([bytes, leading, trailing]) =>
      Uint8Array.of(...new Uint8Array(leading), ...bytes, ...new Uint8Array(trailing)),
    )

const operands = (numberMax: number, exponentMax: number) =>
  fc.record({ base: number(numberMax), exponent: number(exponentMax), modulus: number(numberMax) })

/** Limbs at whose ends carries run through. */
const fullNumber = fc
  .array(fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 2n, 2n ** 64n - 1n), {
    minLength: 1,
    maxLength: 5,
  })
  .map((limbs) =>
    bigIntToBytes(
      limbs.reduce((value, limb) => (value << 64n) | limb, 0n),
      limbs.length * 8,
    ),
  )

const fullOperands = fc.record({
  base: fullNumber,
  exponent: fc.constantFrom(1, 2, 3, 5).map((exponent) => Uint8Array.of(exponent)),
  modulus: fullNumber,
})

describe.each(BUILDS)('modexp, %s build', (build) => {
  let core: KernelCore

  beforeAll(async () => {
    core = await KernelCore.open(build)
  })

  function run({ base, exponent, modulus }: Operands): string {
    const exponentAt = BASE + base.length + 1
    const modulusAt = exponentAt + exponent.length + 1
    const out = modulusAt + modulus.length + 1
    const { modexp, modexpScratchBytes } = core.kernels
    const scratchBytes = modexpScratchBytes(base.length, exponent.length, modulus.length)
    core.bytes.set(base, BASE)
    core.bytes.set(exponent, exponentAt)
    core.bytes.set(modulus, modulusAt)
    core.bytes.fill(0xee, out - 1, out + modulus.length + 1)
    core.bytes.fill(0xee, SCRATCH, SCRATCH + scratchBytes + 8)
    modexp(
      ...[out, BASE, base.length, exponentAt, exponent.length, modulusAt, modulus.length, SCRATCH],
    )
    expect(core.bytes[out - 1]).toBe(0xee)
    expect(core.bytes[out + modulus.length]).toBe(0xee)
    const behind = core.slice(SCRATCH + scratchBytes, 8)
    expect(behind).toEqual(new Uint8Array(8).fill(0xee))
    return bytesToHex(core.slice(out, modulus.length))
  }

  function expectRight(input: Operands): void {
    expect(run(input)).toBe(bytesToHex(bigIntToBytes(power(input), input.modulus.length)))
  }

  it('gives what integers give, for short numbers', () => {
    fc.assert(fc.property(operands(40, 10), expectRight), { numRuns: 3000 })
  })

  it('gives what integers give, for long numbers', () => {
    fc.assert(fc.property(operands(200, 90), expectRight), { numRuns: 200 })
  })

  it('carries through limbs that are full', () => {
    fc.assert(fc.property(fullOperands, expectRight), { numRuns: 4000 })
  })

  it('takes every window of bits', () => {
    fc.assert(fc.property(operands(24, 130), expectRight), { numRuns: 200 })
  })

  it('gives what integers give for small numbers, all of them', () => {
    for (let modulus = 0; modulus < 20; modulus++) {
      for (let base = 0; base < 20; base++) {
        for (let exponent = 0; exponent < 12; exponent++) {
          expectRight({
            base: Uint8Array.of(base),
            exponent: Uint8Array.of(exponent),
            modulus: Uint8Array.of(modulus),
          })
        }
      }
    }
  })

  it('takes moduli of powers of two and their neighbours', () => {
    const base = bigIntToBytes(3n ** 300n, 60)
    const exponent = Uint8Array.of(0x01, 0x03)
    for (let bits = 0n; bits <= 264n; bits++) {
      for (const offset of [-1n, 0n, 1n]) {
        expectRight({ base, exponent, modulus: bigIntToBytes(2n ** bits + offset, 34) })
      }
      expectRight({ base, exponent, modulus: bigIntToBytes(2n ** bits * (2n ** 61n - 1n), 42) })
    }
  })

  it('takes exponents about the power of two in the modulus', () => {
    for (const twos of [1n, 2n, 3n, 8n, 63n, 64n, 65n, 130n]) {
      for (const odd of [1n, 3n, 2n ** 64n - 1n]) {
        const modulus = bigIntToBytes(2n ** twos * odd, 32)
        const exponents = [twos - 1n, twos, twos + 1n, 2n ** twos, 2n ** 32n, 2n ** 140n + 1n]
        for (const exponent of exponents) {
          for (const base of [0n, 2n, 3n, 6n, 2n ** 64n, 2n ** 128n - 1n]) {
            expectRight({
              base: bigIntToBytes(base, 32),
              exponent: bigIntToBytes(exponent, 20),
              modulus,
            })
          }
        }
      }
    }
  })

  it('may write over its operands', () => {
    fc.assert(
      fc.property(operands(40, 10), fc.nat(2), (input, place) => {
        const { base, exponent, modulus } = input
        const at = [BASE, BASE + 1024, BASE + 2048] as const
        core.bytes.set(base, at[0])
        core.bytes.set(exponent, at[1])
        core.bytes.set(modulus, at[2])
        const lengths = [base.length, exponent.length, modulus.length] as const
        core.kernels.modexp(
          ...[at[place]!, at[0], lengths[0], at[1], lengths[1], at[2], lengths[2], SCRATCH],
        )
        const result = core.slice(at[place]!, modulus.length)
        expect(bytesToBigInt(result)).toBe(power(input))
      }),
    )
  })

  it('takes operands of no length', () => {
    const none = new Uint8Array(0)
    const five = Uint8Array.of(5)
    const seven = Uint8Array.of(7)
    expect(run({ base: five, exponent: five, modulus: none })).toBe('0x')
    expect(run({ base: none, exponent: none, modulus: none })).toBe('0x')
    expect(run({ base: none, exponent: none, modulus: seven })).toBe('0x01')
    expect(run({ base: none, exponent: five, modulus: seven })).toBe('0x00')
    expect(run({ base: five, exponent: none, modulus: seven })).toBe('0x01')
    expect(run({ base: five, exponent: none, modulus: Uint8Array.of(0, 1) })).toBe('0x0000')
  })

  it('raises numbers of 1024 bytes to 65537, modulo odd and even ones', () => {
    const base = Uint8Array.from({ length: 1024 }, (_, i) => (i * 89 + 3) & 0xff)
    const exponent = Uint8Array.of(1, 0, 1)
    for (const last of [0xc5, 0xc4, 0x00]) {
      const modulus = Uint8Array.from({ length: 1024 }, (_, i) => (i * 57 + 200) & 0xff)
      modulus[1023] = last
      expectRight({ base, exponent, modulus })
    }
  })
})
