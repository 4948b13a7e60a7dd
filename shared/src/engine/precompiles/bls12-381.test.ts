import { bls12_381 } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  PRECOMPILE_BLS_G1_ADD,
  PRECOMPILE_BLS_G1_MSM,
  PRECOMPILE_BLS_G2_ADD,
  PRECOMPILE_BLS_G2_MSM,
  PRECOMPILE_BLS_MAP_FP_TO_G1,
  PRECOMPILE_BLS_MAP_FP2_TO_G2,
  PRECOMPILE_BLS_PAIRING,
} from '../../layout/precompiles.ts'
import { bigIntToBytes, bytesToBigInt, bytesToHex, concatBytes } from '../../primitives/bytes.ts'
import { PrecompileOracle } from '../reference/evm/precompile-oracle.ts'
import { Bls12381 } from './bls12-381.ts'
import { FAILED } from './outcome.ts'

const { G1, G2 } = bls12_381
const { Fp, Fp2 } = bls12_381.fields
const GROUP_ORDER = G1.Point.Fn.ORDER
const FIELD_ORDER = Fp.ORDER
const REFUSED = 'refused'
const ONE = bytesToHex(bigIntToBytes(1n, 32))
const ZERO = bytesToHex(new Uint8Array(32))
const G1_INFINITY = new Uint8Array(128)
const G2_INFINITY = new Uint8Array(256)

type Operation = 'addG1' | 'msmG1' | 'addG2' | 'msmG2' | 'pairing' | 'mapToG1' | 'mapToG2'

const NUMBERS: Readonly<Record<Operation, number>> = {
  addG1: PRECOMPILE_BLS_G1_ADD,
  msmG1: PRECOMPILE_BLS_G1_MSM,
  addG2: PRECOMPILE_BLS_G2_ADD,
  msmG2: PRECOMPILE_BLS_G2_MSM,
  pairing: PRECOMPILE_BLS_PAIRING,
  mapToG1: PRECOMPILE_BLS_MAP_FP_TO_G1,
  mapToG2: PRECOMPILE_BLS_MAP_FP2_TO_G2,
}

const elements = (...values: bigint[]) =>
  concatBytes(...values.map((value) => bigIntToBytes(value, 64)))
const word = (value: bigint) => bigIntToBytes(value, 32)

function bytesOfG1(point: typeof G1.Point.BASE): Uint8Array {
  const { x, y } = point.toAffine()
  return elements(x, y)
}

function bytesOfG2(point: typeof G2.Point.BASE): Uint8Array {
  const { x, y } = point.toAffine()
  return elements(x.c0, x.c1, y.c0, y.c1)
}

const g1 = (scalar: bigint) => bytesOfG1(G1.Point.BASE.multiplyUnsafe(scalar))
const g2 = (scalar: bigint) => bytesOfG2(G2.Point.BASE.multiplyUnsafe(scalar))

/** Points of the curves that are not in the groups, whose cofactors are large. */
const STRANGER_G1 = pointsOutsideG1(3)
const STRANGER_G2 = pointsOutsideG2(3)

const oracle = new PrecompileOracle('prague')
let curve: Bls12381

beforeAll(async () => {
  curve = await Bls12381.start()
})

/** What both say, in hex or that there is nothing; fails where they differ. */
async function agreed(operation: Operation, input: Uint8Array): Promise<string> {
  const answer = await oracle.run(NUMBERS[operation], input, 2n ** 60n)
  const expected = answer?.output === undefined ? REFUSED : bytesToHex(answer.output)
  const output = new Uint8Array(256).fill(0xff)
  const length = curve[operation](input, output)
  const actual = length === FAILED ? REFUSED : bytesToHex(output.subarray(0, length))
  expect(actual, `${operation} ${bytesToHex(input)}`).toBe(expected)
  return expected
}

describe('addition', () => {
  it('gives the sum of any two points', async () => {
    for (const [a, b] of [
      [3n, 4n],
      [GROUP_ORDER - 2n, 9n],
      [7n, 7n],
    ] as const) {
      expect(await agreed('addG1', concatBytes(g1(a), g1(b)))).toBe(
        bytesToHex(g1((a + b) % GROUP_ORDER)),
      )
      expect(await agreed('addG2', concatBytes(g2(a), g2(b)))).toBe(
        bytesToHex(g2((a + b) % GROUP_ORDER)),
      )
    }
  })

  it('cancels, and knows infinity', async () => {
    const hex = bytesToHex(G1_INFINITY)
    expect(await agreed('addG1', concatBytes(g1(7n), g1(GROUP_ORDER - 7n)))).toBe(hex)
    expect(await agreed('addG1', concatBytes(G1_INFINITY, G1_INFINITY))).toBe(hex)
    expect(await agreed('addG1', concatBytes(G1_INFINITY, g1(5n)))).toBe(bytesToHex(g1(5n)))
    expect(await agreed('addG2', concatBytes(g2(5n), G2_INFINITY))).toBe(bytesToHex(g2(5n)))
    expect(await agreed('addG2', concatBytes(g2(7n), g2(GROUP_ORDER - 7n)))).toBe(
      bytesToHex(G2_INFINITY),
    )
  })

  it('takes points outside the subgroup', async () => {
    const [first, second] = STRANGER_G1 as [Uint8Array, Uint8Array]
    expect(await agreed('addG1', concatBytes(first, second))).not.toBe(REFUSED)
    expect(await agreed('addG1', concatBytes(first, first))).not.toBe(REFUSED)
    const [third, fourth] = STRANGER_G2 as [Uint8Array, Uint8Array]
    expect(await agreed('addG2', concatBytes(third, fourth))).not.toBe(REFUSED)
    expect(await agreed('addG2', concatBytes(third, third))).not.toBe(REFUSED)
  })

  it('refuses what is no point, in either place', async () => {
    for (const bad of badPointsOfG1()) {
      expect(await agreed('addG1', concatBytes(bad, g1(3n)))).toBe(REFUSED)
      expect(await agreed('addG1', concatBytes(G1_INFINITY, bad))).toBe(REFUSED)
    }
    for (const bad of badPointsOfG2()) {
      expect(await agreed('addG2', concatBytes(bad, g2(3n)))).toBe(REFUSED)
      expect(await agreed('addG2', concatBytes(G2_INFINITY, bad))).toBe(REFUSED)
    }
  })
})

describe('multiplication and addition', () => {
  const edges = [0n, 1n, 2n, GROUP_ORDER - 1n, GROUP_ORDER, GROUP_ORDER + 1n, 2n ** 256n - 1n]

  it('takes any word as scalar', async () => {
    for (const scalar of edges) {
      const factor = scalar % GROUP_ORDER
      expect(await agreed('msmG1', concatBytes(g1(9n), word(scalar)))).toBe(
        bytesToHex(g1((9n * factor) % GROUP_ORDER)),
      )
      expect(await agreed('msmG2', concatBytes(g2(9n), word(scalar)))).toBe(
        bytesToHex(g2((9n * factor) % GROUP_ORDER)),
      )
      expect(await agreed('msmG1', concatBytes(G1_INFINITY, word(scalar)))).toBe(
        bytesToHex(G1_INFINITY),
      )
    }
  })

  it.each([2, 3, 17, 255, 256, 257, 600])('adds up %i terms', (count) => {
    const terms = Array.from({ length: count }, (_, i) => {
      const scalar = i % 7 === 3 ? 0n : 2n ** 255n - BigInt(i) ** 20n
      const factor = BigInt(i % 11)
      return { factor, scalar }
    })
    const sum = terms.reduce((total, { factor, scalar }) => total + factor * scalar, 0n)
    const points1 = Array.from({ length: 11 }, (_, i) => g1(BigInt(i)))
    const points2 = Array.from({ length: 11 }, (_, i) => g2(BigInt(i)))
    const input1 = terms.map((term) => [points1[Number(term.factor)]!, word(term.scalar)])
    const input2 = terms.map((term) => [points2[Number(term.factor)]!, word(term.scalar)])
    const output = new Uint8Array(256)
    const expected = ((sum % GROUP_ORDER) + GROUP_ORDER) % GROUP_ORDER
    expect(curve.msmG1(concatBytes(...input1.flat()), output)).toBe(128)
    expect(output.subarray(0, 128)).toEqual(g1(expected))
    expect(curve.msmG2(concatBytes(...input2.flat()), output)).toBe(256)
    expect(output).toEqual(g2(expected))
  })

  it('refuses points that are none or outside the subgroup, wherever they stand', async () => {
    for (const bad of [...badPointsOfG1(), ...STRANGER_G1]) {
      expect(await agreed('msmG1', concatBytes(bad, word(0n)))).toBe(REFUSED)
      expect(await agreed('msmG1', concatBytes(g1(1n), word(5n), bad, word(1n)))).toBe(REFUSED)
    }
    for (const bad of [...badPointsOfG2(), ...STRANGER_G2]) {
      expect(await agreed('msmG2', concatBytes(bad, word(GROUP_ORDER)))).toBe(REFUSED)
      expect(await agreed('msmG2', concatBytes(G2_INFINITY, word(5n), bad, word(1n)))).toBe(REFUSED)
    }
  })
})

describe('pairing', () => {
  it('is bilinear', async () => {
    const left = concatBytes(g1(6n), g2(35n))
    expect(await agreed('pairing', concatBytes(left, g1(GROUP_ORDER - 210n), g2(1n)))).toBe(ONE)
    expect(await agreed('pairing', concatBytes(left, g1(210n), g2(GROUP_ORDER - 1n)))).toBe(ONE)
    expect(await agreed('pairing', concatBytes(left, g1(210n), g2(1n)))).toBe(ZERO)
  })

  it.each([1n, 15n, 16n, 17n, 40n])('multiplies %i pairs and the one that closes them', (count) => {
    const pairs = Array.from({ length: Number(count) }, (_, i) => [g1(BigInt(i) + 1n), g2(2n)])
    const sum = count * (count + 1n)
    const output = new Uint8Array(32)
    expect(curve.pairing(concatBytes(...pairs.flat()), output)).toBe(32)
    expect(bytesToHex(output)).toBe(ZERO)
    const closed = concatBytes(...pairs.flat(), g1(GROUP_ORDER - sum), g2(1n))
    expect(curve.pairing(closed, output)).toBe(32)
    expect(bytesToHex(output)).toBe(ONE)
  })

  it('is one for pairs with infinity', async () => {
    expect(await agreed('pairing', new Uint8Array(384))).toBe(ONE)
    expect(await agreed('pairing', concatBytes(g1(5n), G2_INFINITY))).toBe(ONE)
    expect(await agreed('pairing', concatBytes(G1_INFINITY, g2(5n)))).toBe(ONE)
    const single = concatBytes(g1(5n), g2(5n))
    expect(await agreed('pairing', concatBytes(new Uint8Array(384), single))).toBe(ZERO)
  })

  it('refuses points that are none or outside the subgroup, also beside infinity', async () => {
    for (const bad of [...badPointsOfG1(), ...STRANGER_G1]) {
      expect(await agreed('pairing', concatBytes(bad, G2_INFINITY))).toBe(REFUSED)
      expect(await agreed('pairing', concatBytes(g1(1n), g2(1n), bad, g2(3n)))).toBe(REFUSED)
    }
    for (const bad of [...badPointsOfG2(), ...STRANGER_G2]) {
      expect(await agreed('pairing', concatBytes(G1_INFINITY, bad))).toBe(REFUSED)
      expect(await agreed('pairing', concatBytes(g1(1n), bad))).toBe(REFUSED)
    }
  })
})

describe('points of small order', () => {
  const COFACTOR_G1 = G1.Point.CURVE().h
  const COFACTOR_G2 = G2.Point.CURVE().h

  it.each([3n, 11n, 10177n, 859267n])('%i on the curve of G1 are told apart', async (order) => {
    const small = pointOfOrder(order, COFACTOR_G1, STRANGER_G1.map(pointOfG1))
    for (const bad of [small, small.add(G1.Point.BASE)].map(bytesOfG1)) {
      expect(await agreed('msmG1', concatBytes(bad, word(1n)))).toBe(REFUSED)
      expect(await agreed('addG1', concatBytes(bad, bad))).not.toBe(REFUSED)
    }
  })

  it.each([13n, 23n, 2713n, 11953n])('%i on the curve of G2 are told apart', async (order) => {
    const small = pointOfOrder(order, COFACTOR_G2, STRANGER_G2.map(pointOfG2))
    for (const bad of [small, small.add(G2.Point.BASE)].map(bytesOfG2)) {
      expect(await agreed('pairing', concatBytes(G1_INFINITY, bad))).toBe(REFUSED)
      expect(await agreed('addG2', concatBytes(bad, bad))).not.toBe(REFUSED)
    }
  })
})

describe('maps to the groups', () => {
  const edges = [0n, 1n, 2n, FIELD_ORDER - 1n, (FIELD_ORDER - 1n) / 2n]
  const bad = [FIELD_ORDER, FIELD_ORDER + 1n, 2n ** 384n - 1n, 2n ** 384n, 2n ** 511n]

  it('take every element of the field', async () => {
    for (const value of edges) {
      expect(await agreed('mapToG1', elements(value))).not.toBe(REFUSED)
      for (const other of edges) {
        expect(await agreed('mapToG2', elements(value, other))).not.toBe(REFUSED)
      }
    }
    const field = fc.bigInt({ min: 0n, max: FIELD_ORDER - 1n })
    const check = fc.asyncProperty(field, field, async (a, b) => {
      expect(await agreed('mapToG1', elements(a))).not.toBe(REFUSED)
      expect(await agreed('mapToG2', elements(a, b))).not.toBe(REFUSED)
    })
    await fc.assert(check, { numRuns: 10 })
  })

  it('refuse everything else', async () => {
    for (const value of bad) {
      expect(await agreed('mapToG1', elements(value))).toBe(REFUSED)
      expect(await agreed('mapToG2', elements(value, 1n))).toBe(REFUSED)
      expect(await agreed('mapToG2', elements(1n, value))).toBe(REFUSED)
    }
  })
})

describe('lengths', () => {
  it.each([
    ['addG1', 256],
    ['msmG1', 160],
    ['addG2', 512],
    ['msmG2', 288],
    ['pairing', 384],
    ['mapToG1', 64],
    ['mapToG2', 128],
  ] as const)('%s takes whole inputs only', async (operation, whole) => {
    expect(await agreed(operation, new Uint8Array(whole))).not.toBe(REFUSED)
    for (const length of [0, 1, 32, whole - 1, whole + 1, whole + 32]) {
      expect(await agreed(operation, new Uint8Array(length))).toBe(REFUSED)
    }
  })
})

describe('flipped bits', () => {
  const samples: readonly (readonly [Operation, Uint8Array])[] = [
    ['addG1', concatBytes(g1(11n), g1(12n))],
    ['addG2', concatBytes(g2(11n), g2(12n))],
    ['msmG1', concatBytes(g1(11n), word(13n))],
    ['msmG2', concatBytes(g2(11n), word(13n))],
    ['pairing', concatBytes(g1(11n), g2(13n))],
    ['mapToG1', elements(FIELD_ORDER - 3n)],
    ['mapToG2', elements(FIELD_ORDER - 3n, FIELD_ORDER - 4n)],
  ]

  it.each(samples)('%s agrees', async (operation, sample) => {
    const check = fc.asyncProperty(fc.nat(sample.length * 8 - 1), async (bit) => {
      const input = sample.slice()
      input[bit >> 3] = input[bit >> 3]! ^ (1 << (bit & 7))
      await agreed(operation, input)
    })
    await fc.assert(check, { numRuns: 30 })
  })
})

/** Off the curve, coordinates that are not below the field's order, and padding that is not zero. */
function badPointsOfG1(): Uint8Array[] {
  const { x, y } = G1.Point.BASE.multiply(7n).toAffine()
  return [
    elements(1n, 1n),
    elements(x, y + 1n),
    elements(y, x),
    elements(0n, 1n),
    elements(x + FIELD_ORDER, y),
    elements(x, y + FIELD_ORDER),
    elements(FIELD_ORDER, 0n),
    elements(0n, FIELD_ORDER),
    elements(2n ** 384n - 1n, 2n ** 384n - 1n),
    elements(x + 2n ** 384n, y),
    elements(x, y + 2n ** 511n),
  ]
}

function badPointsOfG2(): Uint8Array[] {
  const { x, y } = G2.Point.BASE.multiply(7n).toAffine()
  return [
    elements(x.c1, x.c0, y.c1, y.c0),
    elements(x.c0, x.c1, y.c0, y.c1 + 1n),
    elements(0n, 0n, 0n, 1n),
    elements(x.c0 + FIELD_ORDER, x.c1, y.c0, y.c1),
    elements(x.c0, x.c1 + FIELD_ORDER, y.c0, y.c1),
    elements(x.c0, x.c1, y.c0, y.c1 + FIELD_ORDER),
    elements(x.c0, x.c1, y.c0 + 2n ** 400n, y.c1),
  ]
}

interface CurvePoint<P> {
  add(other: P): P
  double(): P
  is0(): boolean
}

/** A point of this order, a prime factor of the cofactor; `strangers` are points of the curve. */
function pointOfOrder<P extends CurvePoint<P>>(order: bigint, cofactor: bigint, strangers: P[]): P {
  let rest = cofactor * GROUP_ORDER
  expect(cofactor % order).toBe(0n)
  while (rest % order === 0n) rest /= order
  for (const stranger of strangers) {
    let point = times(stranger, rest)
    if (point.is0()) continue
    for (let next = point; !next.is0(); next = times(next, order)) point = next
    return point
  }
  throw new Error('none of the points has a part of this order')
}

/** For factors above the order of the group. */
function times<P extends CurvePoint<P>>(point: P, factor: bigint): P {
  let product = point
  for (const bit of factor.toString(2).slice(1)) {
    product = product.double()
    if (bit === '1') product = product.add(point)
  }
  return product
}

function pointOfG1(bytes: Uint8Array): typeof G1.Point.BASE {
  const [x, y] = integers(bytes) as [bigint, bigint]
  return G1.Point.fromAffine({ x, y })
}

function pointOfG2(bytes: Uint8Array): typeof G2.Point.BASE {
  const [x0, x1, y0, y1] = integers(bytes) as [bigint, bigint, bigint, bigint]
  return G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } })
}

function integers(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 64 }, (_, i) =>
    bytesToBigInt(bytes.subarray(64 * i, 64 * i + 64)),
  )
}

/** Points by counting up x. */
function pointsOutsideG1(count: number): Uint8Array[] {
  const points: Uint8Array[] = []
  for (let x = 1n; points.length < count; x++) {
    const y = rootOrNone(() => Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(x), x), 4n)))
    if (y !== undefined) points.push(elements(x, y))
  }
  return points
}

function pointsOutsideG2(count: number): Uint8Array[] {
  const b = Fp2.create({ c0: 4n, c1: 4n })
  const points: Uint8Array[] = []
  for (let i = 1n; points.length < count; i++) {
    const x = Fp2.create({ c0: i, c1: i * i })
    const y = rootOrNone(() => Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b)))
    if (y !== undefined) points.push(elements(x.c0, x.c1, y.c0, y.c1))
  }
  return points
}

function rootOrNone<T>(root: () => T): T | undefined {
  try {
    return root()
  } catch {
    return undefined
  }
}
