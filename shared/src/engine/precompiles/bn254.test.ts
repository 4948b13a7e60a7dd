import { bn254 } from '@noble/curves/bn254.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToHex, concatBytes } from '../../primitives/bytes.ts'
import { NOBLE_BN254 } from '../reference/evm/precompile-oracle.ts'
import { Bn254 } from './bn254.ts'
import { FAILED } from './outcome.ts'

const { G1, G2 } = bn254
const { Fp2 } = bn254.fields
const GROUP_ORDER = G1.Point.Fn.ORDER
const FIELD_ORDER = G1.Point.Fp.ORDER
/** The number that the curve's parameters are polynomials of. */
const SEED = 4965661367192848881n
/** The smallest factor of the cofactor of G2. */
const SMALL_ORDER = 10069n
const G1_INFINITY = new Uint8Array(64)
const G2_INFINITY = new Uint8Array(128)
const REFUSED = 'refused'

type G1Point = typeof G1.Point.BASE
type G2Point = typeof G2.Point.BASE
type Operation = 'add' | 'mul' | 'pairing'

const word = (value: bigint) => bigIntToBytes(value, 32)
const words = (...values: bigint[]) => concatBytes(...values.map(word))

function bytesOfG1(point: G1Point): Uint8Array {
  const { x, y } = point.toAffine()
  return words(x, y)
}

function bytesOfG2(point: G2Point): Uint8Array {
  const { x, y } = point.toAffine()
  return words(x.c1, x.c0, y.c1, y.c0)
}

const g1 = (scalar: bigint) => bytesOfG1(G1.Point.BASE.multiplyUnsafe(scalar))
const g2 = (scalar: bigint) => bytesOfG2(G2.Point.BASE.multiplyUnsafe(scalar))

let curve: Bn254

/** The result in hex, or that there is none. */
function outcome(operation: Operation, input: Uint8Array): string {
  const output = new Uint8Array(64).fill(0xff)
  const length = curve[operation](input, output)
  return length === FAILED ? REFUSED : bytesToHex(output.subarray(0, length))
}

function outcomeOfOracle(operation: Operation, input: Uint8Array): string {
  try {
    return bytesToHex(NOBLE_BN254[operation](input))
  } catch {
    return REFUSED
  }
}

/** What both say; fails where they differ. */
function agreed(operation: Operation, input: Uint8Array): string {
  const expected = outcomeOfOracle(operation, input)
  expect(outcome(operation, input), bytesToHex(input)).toBe(expected)
  return expected
}

const ONE = bytesToHex(word(1n))
const ZERO = bytesToHex(word(0n))
const scalars = fc.bigInt({ min: 0n, max: GROUP_ORDER - 1n })

beforeAll(async () => {
  curve = await Bn254.start()
})

describe('addition', () => {
  it('gives the sum of any two points', () => {
    const check = fc.property(scalars, scalars, (a, b) => {
      const sum = bytesToHex(g1((a + b) % GROUP_ORDER))
      expect(agreed('add', concatBytes(g1(a), g1(b)))).toBe(sum)
    })
    fc.assert(check, { numRuns: 50 })
  })

  it('doubles, cancels, and knows infinity', () => {
    expect(agreed('add', concatBytes(g1(7n), g1(7n)))).toBe(bytesToHex(g1(14n)))
    expect(agreed('add', concatBytes(g1(7n), g1(GROUP_ORDER - 7n)))).toBe(bytesToHex(G1_INFINITY))
    expect(agreed('add', concatBytes(g1(7n), G1_INFINITY))).toBe(bytesToHex(g1(7n)))
    expect(agreed('add', concatBytes(G1_INFINITY, g1(7n)))).toBe(bytesToHex(g1(7n)))
    expect(agreed('add', new Uint8Array(128))).toBe(bytesToHex(G1_INFINITY))
  })

  it('refuses what is no point, in either place', () => {
    for (const bad of badPointsOfG1()) {
      expect(agreed('add', concatBytes(bad, g1(3n)))).toBe(REFUSED)
      expect(agreed('add', concatBytes(G1_INFINITY, bad))).toBe(REFUSED)
    }
  })
})

describe('multiplication', () => {
  const anyScalar = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })

  it('takes any word as scalar', () => {
    const check = fc.property(scalars, anyScalar, (a, scalar) => {
      const product = bytesToHex(g1((a * scalar) % GROUP_ORDER))
      expect(agreed('mul', concatBytes(g1(a), word(scalar)))).toBe(product)
    })
    fc.assert(check, { numRuns: 50 })
  })

  it('reduces the scalar by the order of the group', () => {
    const edges = [0n, 1n, 2n, GROUP_ORDER - 1n, GROUP_ORDER, GROUP_ORDER + 1n, FIELD_ORDER]
    for (const scalar of [...edges, 5n * GROUP_ORDER, 2n ** 255n, 2n ** 256n - 1n]) {
      const product = bytesToHex(g1((9n * scalar) % GROUP_ORDER))
      expect(agreed('mul', concatBytes(g1(9n), word(scalar)))).toBe(product)
      expect(agreed('mul', concatBytes(G1_INFINITY, word(scalar)))).toBe(bytesToHex(G1_INFINITY))
    }
  })

  it('does not look behind the scalar', () => {
    expect(agreed('mul', concatBytes(g1(2n), word(3n), word(4n)))).toBe(bytesToHex(g1(6n)))
  })

  it('refuses what is no point, even times zero', () => {
    for (const bad of badPointsOfG1()) {
      expect(agreed('mul', concatBytes(bad, word(5n)))).toBe(REFUSED)
      expect(agreed('mul', concatBytes(bad, word(0n)))).toBe(REFUSED)
    }
  })
})

describe('pairing', () => {
  it('is bilinear', () => {
    const nonZero = fc.bigInt({ min: 1n, max: GROUP_ORDER - 1n })
    const check = fc.property(nonZero, nonZero, (a, b) => {
      const left = concatBytes(g1(a), g2(b))
      const right = (a * b) % GROUP_ORDER
      expect(agreed('pairing', concatBytes(left, g1(GROUP_ORDER - right), g2(1n)))).toBe(ONE)
      expect(agreed('pairing', concatBytes(left, g1(right), g2(GROUP_ORDER - 1n)))).toBe(ONE)
      expect(agreed('pairing', concatBytes(left, g1(right), g2(1n)))).toBe(ZERO)
    })
    fc.assert(check, { numRuns: 5 })
  })

  it('multiplies any number of pairs', () => {
    for (const count of [1n, 3n, 4n, 6n]) {
      const pairs = Array.from({ length: Number(count) }, (_, i) => [g1(BigInt(i) + 1n), g2(2n)])
      const sum = count * (count + 1n)
      const product = concatBytes(...pairs.flat())
      expect(agreed('pairing', product)).toBe(ZERO)
      expect(agreed('pairing', concatBytes(product, g1(GROUP_ORDER - sum), g2(1n)))).toBe(ONE)
    }
  })

  it('is one for no pairs, and for pairs with infinity', () => {
    expect(agreed('pairing', new Uint8Array(0))).toBe(ONE)
    expect(agreed('pairing', new Uint8Array(192))).toBe(ONE)
    expect(agreed('pairing', concatBytes(g1(5n), G2_INFINITY))).toBe(ONE)
    expect(agreed('pairing', concatBytes(G1_INFINITY, g2(5n)))).toBe(ONE)
    const single = concatBytes(g1(5n), g2(5n))
    expect(agreed('pairing', concatBytes(new Uint8Array(192), single))).toBe(ZERO)
  })

  it('refuses what is no point of G1, also beside infinity and behind good pairs', () => {
    for (const bad of badPointsOfG1()) {
      expect(agreed('pairing', concatBytes(bad, g2(3n)))).toBe(REFUSED)
      expect(agreed('pairing', concatBytes(bad, G2_INFINITY))).toBe(REFUSED)
      expect(agreed('pairing', concatBytes(g1(1n), g2(1n), bad, g2(3n)))).toBe(REFUSED)
    }
  })

  it('refuses coordinates of G2 outside the field', () => {
    const { x, y } = G2.Point.BASE.toAffine()
    const coordinates = [x.c1, x.c0, y.c1, y.c0]
    for (const place of coordinates.keys()) {
      const bad = words(
        ...coordinates.map((value, i) => (i === place ? value + FIELD_ORDER : value)),
      )
      expect(agreed('pairing', concatBytes(g1(1n), bad))).toBe(REFUSED)
      expect(agreed('pairing', concatBytes(G1_INFINITY, bad))).toBe(REFUSED)
    }
  })

  it('refuses points off the curve of G2', () => {
    const { x, y } = G2.Point.BASE.toAffine()
    const swapped = words(x.c0, x.c1, y.c0, y.c1)
    for (const bad of [swapped, words(0n, 0n, 0n, 1n), words(x.c1, x.c0, 0n, 0n)]) {
      expect(agreed('pairing', concatBytes(g1(1n), bad))).toBe(REFUSED)
    }
  })

  it('refuses points of the curve that are not in the subgroup', () => {
    const strangers = pointsOutsideTheSubgroup(8)
    for (const stranger of strangers) {
      expect(stranger.isTorsionFree()).toBe(false)
      expect(agreed('pairing', concatBytes(g1(1n), bytesOfG2(stranger)))).toBe(REFUSED)
      expect(agreed('pairing', concatBytes(G1_INFINITY, bytesOfG2(stranger)))).toBe(REFUSED)
    }
  })

  it('tells points of small order from those of the subgroup', () => {
    const cofactor = 2n * FIELD_ORDER - GROUP_ORDER
    const [stranger] = pointsOutsideTheSubgroup(1) as [G2Point]
    const ofCofactor = stranger.multiplyUnsafe(GROUP_ORDER - 1n).add(stranger)
    expect(cofactor % SMALL_ORDER).toBe(0n)
    const small = ofCofactor.multiplyUnsafe(cofactor / SMALL_ORDER)
    expect(small.multiplyUnsafe(SMALL_ORDER).is0()).toBe(true)
    for (const bad of [ofCofactor, small, small.add(G2.Point.BASE)]) {
      expect(agreed('pairing', concatBytes(g1(1n), bytesOfG2(bad)))).toBe(REFUSED)
    }
    const inside = stranger.multiplyUnsafe(cofactor - GROUP_ORDER)
    const cleared = inside.add(stranger.multiplyUnsafe(GROUP_ORDER - 1n)).add(stranger)
    expect(agreed('pairing', concatBytes(g1(1n), bytesOfG2(cleared)))).toBe(ZERO)
  })

  it('lets no other point of the twist through, by the orders of the groups', () => {
    // On the twist psi^2 = trace psi - p. So psi^3 = (trace^2 - p) psi - trace p, and the check says
    // that a + b psi kills the point; then the norm of a + b psi does too.
    const trace = FIELD_ORDER + 1n - GROUP_ORDER
    const a = SEED + 1n - SEED * FIELD_ORDER + 2n * SEED * trace * FIELD_ORDER
    const b = SEED + SEED * trace - 2n * SEED * (trace * trace - FIELD_ORDER)
    const norm = a * a + a * b * trace + b * b * FIELD_ORDER
    expect(norm % GROUP_ORDER).toBe(0n)
    expect(greatestCommonDivisor(norm, 2n * FIELD_ORDER - GROUP_ORDER)).toBe(1n)
  })

  it('knows more points than it keeps', () => {
    const points = Array.from({ length: 150 }, (_, i) => g2(BigInt(i) + 1n))
    for (const point of [...points, ...points.slice(0, 10)]) {
      expect(outcome('pairing', concatBytes(G1_INFINITY, point))).toBe(ONE)
      const other = point.slice()
      other[3] = other[3]! ^ 1
      expect(outcome('pairing', concatBytes(G1_INFINITY, other))).toBe(REFUSED)
    }
    const product = concatBytes(g1(2n), points[2]!, g1(GROUP_ORDER - 3n), points[1]!)
    expect(agreed('pairing', product)).toBe(ONE)
  })

  it('agrees about pairs with a flipped bit', () => {
    const good = concatBytes(g1(11n), g2(13n))
    const check = fc.property(fc.nat(good.length * 8 - 1), (bit) => {
      const input = good.slice()
      input[bit >> 3] = (input[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(agreed('pairing', input)).not.toBe(ONE)
    })
    fc.assert(check, { numRuns: 100 })
  })
})

/** Off the curve, or coordinates that are not below the field's order. */
function badPointsOfG1(): Uint8Array[] {
  const { x, y } = G1.Point.BASE.multiply(7n).toAffine()
  return [
    words(1n, 1n),
    words(x, y + 1n),
    words(y, x),
    words(0n, 1n),
    words(1n, 0n),
    words(x + FIELD_ORDER, y),
    words(x, y + FIELD_ORDER),
    words(FIELD_ORDER, 0n),
    words(0n, FIELD_ORDER),
    words(FIELD_ORDER, FIELD_ORDER),
    words(2n ** 256n - 1n, 2n ** 256n - 1n),
  ]
}

/** Points by counting up x: the cofactor is so large that no such point is in the subgroup. */
function pointsOutsideTheSubgroup(count: number): G2Point[] {
  const { b } = G2.Point.CURVE()
  const points: G2Point[] = []
  for (let i = 1n; points.length < count; i++) {
    const x = Fp2.create({ c0: i, c1: i * i })
    const square = Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)
    try {
      points.push(G2.Point.fromAffine({ x, y: Fp2.sqrt(square) }))
    } catch {
      // Has no root: no point has this x.
    }
  }
  return points
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b)
}
