/** 256-bit words for property tests: all lengths, and often values at which carries and signs turn. */

import fc from 'fast-check'

export const WORD_MAX = 2n ** 256n - 1n

/** Powers of two and their neighbours, at the seams of limbs and of signs. */
export const EDGES: readonly bigint[] = [
  ...[0n, 1n, 2n, 3n],
  ...[32n, 63n, 64n, 127n, 128n, 160n, 191n, 192n, 255n].flatMap((bits) => {
    const power = 2n ** bits
    return [power - 1n, power, power + 1n]
  }),
  ...[WORD_MAX, WORD_MAX - 1n, WORD_MAX - 2n ** 64n, WORD_MAX - 2n ** 128n],
]

const limb = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n),
)

const limbs = fc
  .array(limb, { minLength: 1, maxLength: 4 })
  .map((parts) => parts.reduce((value, part) => (value << 64n) | part, 0n))

export const word = fc.oneof(
  { weight: 4, arbitrary: limbs },
  { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: WORD_MAX }) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 300n }) },
  { weight: 2, arbitrary: fc.constantFrom(...EDGES) },
)
