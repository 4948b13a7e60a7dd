import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { KernelExports } from './kernel-core.ts'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'
import { EDGES, WORD_MAX, word } from './word-arbitraries.ts'

const OUT = ROOM
const A = ROOM + 32
const B = ROOM + 64
const M = ROOM + 96
const RUNS = { numRuns: 2000 }

const wrap = (value: bigint) => BigInt.asUintN(256, value)
const signed = (value: bigint) => BigInt.asIntN(256, value)
const isSet = (a: bigint, bit: bigint) => ((a >> bit) & 1n) === 1n

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let bit = 255n; bit >= 0n; bit--) {
    result = wrap(result * result)
    if (isSet(exponent, bit)) result = wrap(result * base)
  }
  return result
}

function signExtend(index: bigint, a: bigint): bigint {
  return index > 30n ? a : wrap(BigInt.asIntN(8 * (Number(index) + 1), a))
}

type Binary = Exclude<
  {
    [K in keyof KernelExports]: KernelExports[K] extends KernelExports['wordAdd'] ? K : never
  }[keyof KernelExports],
  'initThread' | 'wordEquals'
>

/** What each operation of two words gives, first and second operand in the EVM's order. */
const BINARY: Partial<Record<Binary, (a: bigint, b: bigint) => bigint>> = {
  wordAdd: (a, b) => wrap(a + b),
  wordSubtract: (a, b) => wrap(a - b),
  wordMultiply: (a, b) => wrap(a * b),
  wordDivide: (a, b) => (b === 0n ? 0n : a / b),
  wordModulo: (a, b) => (b === 0n ? 0n : a % b),
  wordSignedDivide: (a, b) => (b === 0n ? 0n : wrap(signed(a) / signed(b))),
  wordSignedModulo: (a, b) => (b === 0n ? 0n : wrap(signed(a) % signed(b))),
  wordPower: power,
  wordAnd: (a, b) => a & b,
  wordOr: (a, b) => a | b,
  wordXor: (a, b) => a ^ b,
  wordShiftLeft: (shift, a) => (shift > 255n ? 0n : wrap(a << shift)),
  wordShiftRight: (shift, a) => (shift > 255n ? 0n : a >> shift),
  wordShiftRightSigned: (shift, a) => wrap(signed(a) >> (shift > 255n ? 255n : shift)),
  wordByte: (index, a) => (index > 31n ? 0n : (a >> (248n - 8n * index)) & 0xffn),
  wordSignExtend: signExtend,
}

const TERNARY = {
  wordAddModulo: (a: bigint, b: bigint, m: bigint) => (m === 0n ? 0n : (a + b) % m),
  wordMultiplyModulo: (a: bigint, b: bigint, m: bigint) => (m === 0n ? 0n : (a * b) % m),
}

const SHIFTS = ['wordShiftLeft', 'wordShiftRight', 'wordShiftRightSigned']

describe.each(BUILDS)('arithmetic, %s build', (build) => {
  let core: KernelCore

  beforeAll(async () => {
    core = await KernelCore.open(build)
  })

  /** The result at `out`, which may be the place of an operand. */
  function binary(name: Binary, a: bigint, b: bigint, out = OUT, from = [A, B]): bigint {
    core.setWord(from[0]!, a)
    core.setWord(from[1]!, b)
    core.kernels[name](out, from[0]!, from[1]!)
    return core.word(out)
  }

  function ternary(name: keyof typeof TERNARY, operands: readonly bigint[], out = OUT): bigint {
    core.setWord(A, operands[0]!)
    core.setWord(B, operands[1]!)
    core.setWord(M, operands[2]!)
    core.kernels[name](out, A, B, M)
    return core.word(out)
  }

  describe.each(Object.entries(BINARY))('%s', (name, oracle) => {
    const operation = name as Binary
    const first = SHIFTS.includes(name)
      ? fc.oneof(word, fc.bigInt({ min: 0n, max: 260n }))
      : name === 'wordByte' || name === 'wordSignExtend'
        ? fc.oneof(word, fc.bigInt({ min: 0n, max: 33n }))
        : word

    it('gives what integers give', () => {
      fc.assert(
        fc.property(first, word, (a, b) => {
          expect(binary(operation, a, b)).toBe(oracle(a, b))
        }),
        RUNS,
      )
    })

    it('gives it at every pair of edges', () => {
      for (const a of EDGES) {
        for (const b of EDGES) {
          expect(binary(operation, a, b), `${a}, ${b}`).toBe(oracle(a, b))
        }
      }
    })

    it('may write over its operands, and take one word for both', () => {
      fc.assert(
        fc.property(first, word, (a, b) => {
          expect(binary(operation, a, b, A)).toBe(oracle(a, b))
          expect(binary(operation, a, b, B)).toBe(oracle(a, b))
          expect(binary(operation, b, b, A, [A, A])).toBe(oracle(b, b))
        }),
      )
    })
  })

  describe.each(Object.entries(TERNARY))('%s', (name, oracle) => {
    const operation = name as keyof typeof TERNARY

    it('gives what integers give', () => {
      fc.assert(
        fc.property(word, word, word, (a, b, m) => {
          expect(ternary(operation, [a, b, m])).toBe(oracle(a, b, m))
        }),
        { numRuns: 4000 },
      )
    })

    it('gives it at every triple of edges', () => {
      for (const a of EDGES) {
        for (const b of EDGES) {
          for (const m of EDGES) {
            const result = ternary(operation, [a, b, m])
            if (result !== oracle(a, b, m)) expect.fail(`${a}, ${b}, ${m}: ${result}`)
          }
        }
      }
    })

    it('may write over its operands', () => {
      fc.assert(
        fc.property(word, word, word, fc.constantFrom(A, B, M), (a, b, m, out) => {
          expect(ternary(operation, [a, b, m], out)).toBe(oracle(a, b, m))
        }),
      )
    })
  })

  it('divides where an estimated quotient is too large', () => {
    // Quotients one below a power of two, of divisors just above one: the estimates' worst cases.
    for (const bits of [64n, 128n, 192n, 255n]) {
      for (const low of [0n, 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]) {
        const divisor = 2n ** bits + low
        for (const quotient of [2n ** (256n - bits) - 1n, 2n ** 64n - 1n, 2n ** 63n, 3n]) {
          for (const rest of [-1n, 0n, 1n, divisor - 1n]) {
            const dividend = wrap(quotient * divisor + rest)
            expect(binary('wordDivide', dividend, divisor)).toBe(dividend / divisor)
            expect(binary('wordModulo', dividend, divisor)).toBe(dividend % divisor)
          }
        }
      }
    }
  })

  it('reduces products where an estimated quotient is too large', () => {
    const near = (bits: bigint) => [
      2n ** bits - 1n,
      2n ** bits - 2n ** (bits - 64n),
      2n ** bits - 3n,
    ]
    const operands = [...near(256n), ...near(255n), ...near(192n), ...near(128n)]
    for (const a of operands) {
      for (const b of operands) {
        for (const m of operands) {
          expect(ternary('wordMultiplyModulo', [a, b, m])).toBe((a * b) % m)
        }
      }
    }
  })

  it('says whether a sum carries and a difference borrows', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        core.setWord(A, a)
        core.setWord(B, b)
        expect(core.kernels.wordAdd(OUT, A, B)).toBe(Number(a + b > WORD_MAX))
        expect(core.kernels.wordSubtract(OUT, A, B)).toBe(Number(a < b))
      }),
      RUNS,
    )
  })

  it('negates and complements', () => {
    fc.assert(
      fc.property(word, fc.constantFrom(OUT, A), (a, out) => {
        core.setWord(A, a)
        core.kernels.wordNegate(out, A)
        expect(core.word(out)).toBe(wrap(-a))
        core.setWord(A, a)
        core.kernels.wordNot(out, A)
        expect(core.word(out)).toBe(WORD_MAX - a)
      }),
      RUNS,
    )
  })
})
