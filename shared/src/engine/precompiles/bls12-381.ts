/**
 * The curve of precompiles 0x0b to 0x11 (EIP-2537), BLS12-381.
 *
 * An element of the field is 64 big-endian bytes, of which the first 16 are zero; one of Fp2 is two of
 * them, the real part first. Points are affine, the point at infinity all zeros. G1 and G2 are
 * subgroups of their curves: addition takes any point of the curve, everything else checks.
 */

import { CURVE_BLS12_381, FP_BYTES, FR_BYTES, G1_BYTES, G2_BYTES, GT_BYTES, Mcl } from './mcl.ts'
import { FAILED, writeFlag } from './outcome.ts'

const ELEMENT_BYTES = 64
const ELEMENT_PADDING = ELEMENT_BYTES - FP_BYTES
const POINT_BYTES = 2 * ELEMENT_BYTES
const TWIST_BYTES = 4 * ELEMENT_BYTES
const PAIR_BYTES = POINT_BYTES + TWIST_BYTES
/** Pairs that share the squarings of one Miller loop; more of them gain next to nothing. */
const CHUNK_PAIRS = 16
/** Terms of a sum that share its doublings and buckets; twice as many gain a fiftieth. */
const CHUNK_TERMS = 256

/** What is done alike in both groups. */
interface Group {
  readonly inputBytes: number
  /** Fp elements of a coordinate. */
  readonly elements: number
  readonly objectBytes: number
  readonly clear: (point: number) => void
  readonly isZero: (point: number) => number
  readonly isValid: (point: number) => number
  readonly isValidOrder: (point: number) => number
  readonly normalize: (result: number, point: number) => void
  readonly add: (result: number, left: number, right: number) => void
  readonly mulVec: (result: number, points: number, scalars: number, count: number) => void
}

export class Bls12381 {
  readonly mcl: Mcl
  readonly #g1: Group
  readonly #g2: Group
  /** The input, then points and scalars, and what they are combined to. */
  readonly #input: number
  readonly #points: number
  readonly #twists: number
  readonly #scalars: number
  readonly #result: number
  readonly #term: number
  readonly #product: number
  readonly #factor: number

  private constructor(mcl: Mcl) {
    this.mcl = mcl
    this.#g1 = groupOfPoints(mcl)
    this.#g2 = groupOfTwists(mcl)
    this.#input = mcl.allocate(CHUNK_TERMS * (TWIST_BYTES + FR_BYTES))
    this.#points = mcl.allocate(CHUNK_TERMS * G1_BYTES)
    this.#twists = mcl.allocate(CHUNK_TERMS * G2_BYTES)
    this.#scalars = mcl.allocate(CHUNK_TERMS * FR_BYTES)
    this.#result = mcl.allocate(G2_BYTES)
    this.#term = mcl.allocate(G2_BYTES)
    this.#product = mcl.allocate(GT_BYTES)
    this.#factor = mcl.allocate(GT_BYTES)
  }

  static async start(): Promise<Bls12381> {
    return new Bls12381(await Mcl.start(CURVE_BLS12_381))
  }

  addG1(input: Uint8Array, output: Uint8Array): number {
    return this.#add(this.#g1, input, output)
  }

  addG2(input: Uint8Array, output: Uint8Array): number {
    return this.#add(this.#g2, input, output)
  }

  /** The sum of points times scalars, which may exceed the group's order. */
  msmG1(input: Uint8Array, output: Uint8Array): number {
    return this.#multiplyAndAdd(this.#g1, input, output)
  }

  msmG2(input: Uint8Array, output: Uint8Array): number {
    return this.#multiplyAndAdd(this.#g2, input, output)
  }

  /** Whether the product of all pairings is one: a word that is 1 or 0. */
  pairing(input: Uint8Array, output: Uint8Array): number {
    if (input.length === 0 || input.length % PAIR_BYTES !== 0) return FAILED
    const { calls } = this.mcl
    const chunkBytes = CHUNK_PAIRS * PAIR_BYTES
    calls._mclBnGT_setInt32(this.#product, 1)
    for (let offset = 0; offset < input.length; offset += chunkBytes) {
      const count = this.#readPairs(input.subarray(offset, offset + chunkBytes))
      if (count === FAILED) return FAILED
      if (count === 0) continue
      calls._mclBn_millerLoopVec(this.#factor, this.#points, this.#twists, count)
      calls._mclBnGT_mul(this.#product, this.#product, this.#factor)
    }
    calls._mclBn_finalExp(this.#product, this.#product)
    return writeFlag(output, calls._mclBnGT_isOne(this.#product) === 1)
  }

  /** An element of Fp to a point of G1 (RFC 9380, section 6.6.3, and its cofactor cleared). */
  mapToG1(input: Uint8Array, output: Uint8Array): number {
    if (input.length !== ELEMENT_BYTES) return FAILED
    this.mcl.put(this.#input, input, ELEMENT_BYTES)
    if (!this.#readElement(this.#points, this.#input)) return FAILED
    this.mcl.calls._mclBnFp_mapToG1(this.#result, this.#points)
    return this.#writeResult(this.#g1, output)
  }

  /** An element of Fp2 to a point of G2. */
  mapToG2(input: Uint8Array, output: Uint8Array): number {
    if (input.length !== 2 * ELEMENT_BYTES) return FAILED
    this.mcl.put(this.#input, input, 2 * ELEMENT_BYTES)
    const element = this.#twists
    if (!this.#readElement(element, this.#input)) return FAILED
    if (!this.#readElement(element + FP_BYTES, this.#input + ELEMENT_BYTES)) return FAILED
    this.mcl.calls._mclBnFp2_mapToG2(this.#result, element)
    return this.#writeResult(this.#g2, output)
  }

  #add(group: Group, input: Uint8Array, output: Uint8Array): number {
    if (input.length !== 2 * group.inputBytes) return FAILED
    const left = this.#twists
    const right = this.#twists + group.objectBytes
    this.mcl.put(this.#input, input, input.length)
    if (!this.#readPoint(group, left, this.#input)) return FAILED
    if (!this.#readPoint(group, right, this.#input + group.inputBytes)) return FAILED
    group.add(this.#result, left, right)
    return this.#writeResult(group, output)
  }

  #multiplyAndAdd(group: Group, input: Uint8Array, output: Uint8Array): number {
    const termBytes = group.inputBytes + FR_BYTES
    if (input.length === 0 || input.length % termBytes !== 0) return FAILED
    const chunkBytes = CHUNK_TERMS * termBytes
    group.clear(this.#result)
    for (let offset = 0; offset < input.length; offset += chunkBytes) {
      const count = this.#readTerms(group, input.subarray(offset, offset + chunkBytes))
      if (count === FAILED) return FAILED
      if (count === 0) continue
      group.mulVec(this.#term, this.#twists, this.#scalars, count)
      group.add(this.#result, this.#result, this.#term)
    }
    return this.#writeResult(group, output)
  }

  /** Reads points and scalars and keeps those without infinity; how many, or FAILED. */
  #readTerms(group: Group, input: Uint8Array): number {
    const { calls } = this.mcl
    this.mcl.put(this.#input, input, input.length)
    let count = 0
    for (let offset = 0; offset < input.length; offset += group.inputBytes + FR_BYTES) {
      const place = this.#input + offset
      const point = this.#twists + count * group.objectBytes
      if (!this.#readMember(group, point, place)) return FAILED
      if (group.isZero(point) === 1) continue
      const scalar = this.#scalars + count * FR_BYTES
      calls._mclBnFr_setBigEndianMod(scalar, place + group.inputBytes, FR_BYTES)
      count++
    }
    return count
  }

  /** Reads the pairs and keeps those without infinity, whose pairing is one; how many, or FAILED. */
  #readPairs(input: Uint8Array): number {
    this.mcl.put(this.#input, input, input.length)
    let count = 0
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const place = this.#input + offset
      const point = this.#points + count * G1_BYTES
      const twist = this.#twists + count * G2_BYTES
      if (!this.#readMember(this.#g1, point, place)) return FAILED
      if (!this.#readMember(this.#g2, twist, place + POINT_BYTES)) return FAILED
      if (this.#g1.isZero(point) === 0 && this.#g2.isZero(twist) === 0) count++
    }
    return count
  }

  /** False when there is no point of the group at `place`. */
  #readMember(group: Group, point: number, place: number): boolean {
    return this.#readPoint(group, point, place) && group.isValidOrder(point) === 1
  }

  /** False when there is no point of the curve at `place`. */
  #readPoint(group: Group, point: number, place: number): boolean {
    group.clear(point)
    if (this.mcl.isZero(place, group.inputBytes)) return true
    for (let i = 0; i < 2 * group.elements; i++) {
      if (!this.#readElement(point + i * FP_BYTES, place + i * ELEMENT_BYTES)) return false
    }
    this.mcl.calls._mclBnFp_setInt32(point + 2 * group.elements * FP_BYTES, 1)
    return group.isValid(point) === 1
  }

  /** False when the 64 bytes at `place` are no element of the field. */
  #readElement(element: number, place: number): boolean {
    if (!this.mcl.isZero(place, ELEMENT_PADDING)) return false
    const start = place + ELEMENT_PADDING
    return this.mcl.calls._mclBnFp_deserialize(element, start, FP_BYTES) === FP_BYTES
  }

  #writeResult(group: Group, output: Uint8Array): number {
    const { bytes, calls } = this.mcl
    output.fill(0, 0, group.inputBytes)
    if (group.isZero(this.#result) === 1) return group.inputBytes
    group.normalize(this.#result, this.#result)
    for (let i = 0; i < 2 * group.elements; i++) {
      calls._mclBnFp_serialize(this.#input, FP_BYTES, this.#result + i * FP_BYTES)
      const element = bytes.subarray(this.#input, this.#input + FP_BYTES)
      output.set(element, i * ELEMENT_BYTES + ELEMENT_PADDING)
    }
    return group.inputBytes
  }
}

function groupOfPoints({ calls }: Mcl): Group {
  return {
    inputBytes: POINT_BYTES,
    elements: 1,
    objectBytes: G1_BYTES,
    clear: calls._mclBnG1_clear,
    isZero: calls._mclBnG1_isZero,
    isValid: calls._mclBnG1_isValid,
    isValidOrder: calls._mclBnG1_isValidOrder,
    normalize: calls._mclBnG1_normalize,
    add: calls._mclBnG1_add,
    mulVec: calls._mclBnG1_mulVec,
  }
}

function groupOfTwists({ calls }: Mcl): Group {
  return {
    inputBytes: TWIST_BYTES,
    elements: 2,
    objectBytes: G2_BYTES,
    clear: calls._mclBnG2_clear,
    isZero: calls._mclBnG2_isZero,
    isValid: calls._mclBnG2_isValid,
    isValidOrder: calls._mclBnG2_isValidOrder,
    normalize: calls._mclBnG2_normalize,
    add: calls._mclBnG2_add,
    mulVec: calls._mclBnG2_mulVec,
  }
}
