/**
 * The curve of precompiles 0x06 to 0x08 (EIP-196, EIP-197), alt_bn128 or BN254.
 *
 * Points are big-endian affine coordinates of 32 bytes, the point at infinity all zeros; a coordinate
 * of G2 is two of them, the imaginary part first. G1 is the whole curve; G2 is a subgroup.
 */

import { hexToBytes } from '../../primitives/bytes.ts'
import { SubgroupCheck } from './bn254-subgroup.ts'
import {
  CURVE_BN254,
  FP_BYTES,
  FP2_BYTES,
  FR_BYTES,
  G1_BYTES,
  G2_BYTES,
  GT_BYTES,
  Mcl,
} from './mcl.ts'
import { FAILED, writeFlag } from './outcome.ts'

const COORDINATE_BYTES = 32
const POINT_BYTES = 2 * COORDINATE_BYTES
const TWIST_BYTES = 4 * COORDINATE_BYTES
const PAIR_BYTES = POINT_BYTES + TWIST_BYTES
/** Pairs that share the squarings of one Miller loop; more of them gain next to nothing. */
const CHUNK_PAIRS = 16

/** Points of G2 that are kept, of which contracts use the same few. */
const KNOWN_COUNT = 64

const FIELD_ORDER = hexToBytes('0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47')

export class Bn254 {
  readonly #mcl: Mcl
  /** The input, then points of G1 and G2, and what they are combined to. */
  readonly #input: number
  readonly #points: number
  readonly #twists: number
  readonly #result: number
  readonly #scalar: number
  readonly #product: number
  readonly #factor: number
  readonly #check: SubgroupCheck
  /** Points of G2 that were found to be ones: their inputs, and the points in the same order. */
  readonly #knownInputs = new Uint8Array(KNOWN_COUNT * TWIST_BYTES)
  readonly #knownTwists: number

  private constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#input = mcl.allocate(CHUNK_PAIRS * PAIR_BYTES)
    this.#points = mcl.allocate(CHUNK_PAIRS * G1_BYTES)
    this.#twists = mcl.allocate(CHUNK_PAIRS * G2_BYTES)
    this.#result = mcl.allocate(G1_BYTES)
    this.#scalar = mcl.allocate(FR_BYTES)
    this.#product = mcl.allocate(GT_BYTES)
    this.#factor = mcl.allocate(GT_BYTES)
    this.#check = new SubgroupCheck(mcl)
    this.#knownTwists = mcl.allocate(KNOWN_COUNT * G2_BYTES)
  }

  static async start(): Promise<Bn254> {
    return new Bn254(await Mcl.start(CURVE_BN254))
  }

  /** The sum of two points of G1, 64 bytes. */
  add(input: Uint8Array, output: Uint8Array): number {
    const left = this.#points
    const right = this.#points + G1_BYTES
    this.#mcl.put(this.#input, input, 2 * POINT_BYTES)
    if (!this.#readPoint(left, this.#input)) return FAILED
    if (!this.#readPoint(right, this.#input + POINT_BYTES)) return FAILED
    this.#mcl.calls._mclBnG1_add(this.#result, left, right)
    return this.#writeResult(output)
  }

  /** A point of G1 times a scalar, which may exceed the group's order; 64 bytes. */
  mul(input: Uint8Array, output: Uint8Array): number {
    const { calls } = this.#mcl
    this.#mcl.put(this.#input, input, POINT_BYTES + COORDINATE_BYTES)
    if (!this.#readPoint(this.#points, this.#input)) return FAILED
    calls._mclBnFr_setBigEndianMod(this.#scalar, this.#input + POINT_BYTES, COORDINATE_BYTES)
    calls._mclBnG1_mul(this.#result, this.#points, this.#scalar)
    return this.#writeResult(output)
  }

  /** Whether the product of all pairings is one: a word that is 1 or 0. */
  pairing(input: Uint8Array, output: Uint8Array): number {
    if (input.length % PAIR_BYTES !== 0) return FAILED
    const { calls } = this.#mcl
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

  /** Reads the pairs and keeps those without infinity, whose pairing is one; how many, or FAILED. */
  #readPairs(input: Uint8Array): number {
    const { calls } = this.#mcl
    this.#mcl.put(this.#input, input, input.length)
    let count = 0
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const point = this.#points + count * G1_BYTES
      const twist = this.#twists + count * G2_BYTES
      if (!this.#readPoint(point, this.#input + offset)) return FAILED
      if (!this.#readTwist(twist, this.#input + offset + POINT_BYTES)) return FAILED
      if (calls._mclBnG1_isZero(point) === 0 && calls._mclBnG2_isZero(twist) === 0) count++
    }
    return count
  }

  /** False when the 64 bytes at `place` are no point of G1. */
  #readPoint(point: number, place: number): boolean {
    const { calls } = this.#mcl
    if (this.#mcl.isZero(place, POINT_BYTES)) {
      calls._mclBnG1_clear(point)
      return true
    }
    if (!this.#readCoordinate(point, place)) return false
    if (!this.#readCoordinate(point + FP_BYTES, place + COORDINATE_BYTES)) return false
    calls._mclBnFp_setInt32(point + 2 * FP_BYTES, 1)
    return calls._mclBnG1_isValid(point) === 1
  }

  /** False when the 128 bytes at `place` are no point of G2. */
  #readTwist(twist: number, place: number): boolean {
    const { bytes, calls } = this.#mcl
    if (this.#mcl.isZero(place, TWIST_BYTES)) {
      calls._mclBnG2_clear(twist)
      return true
    }
    const index = bytes[place + TWIST_BYTES - 1]! % KNOWN_COUNT
    const known = this.#knownTwists + index * G2_BYTES
    if (!this.#isKnown(index, place)) {
      if (!this.#readNewTwist(known, place)) {
        this.#knownInputs.fill(0, index * TWIST_BYTES, (index + 1) * TWIST_BYTES)
        return false
      }
      const input = bytes.subarray(place, place + TWIST_BYTES)
      this.#knownInputs.set(input, index * TWIST_BYTES)
    }
    bytes.copyWithin(twist, known, known + G2_BYTES)
    return true
  }

  #isKnown(index: number, place: number): boolean {
    const { bytes } = this.#mcl
    const known = index * TWIST_BYTES
    for (let i = 0; i < TWIST_BYTES; i++) {
      if (bytes[place + i] !== this.#knownInputs[known + i]) return false
    }
    return true
  }

  /** As `#readTwist`, of a point that is not infinity. */
  #readNewTwist(twist: number, place: number): boolean {
    const { calls } = this.#mcl
    calls._mclBnG2_clear(twist)
    for (let i = 0; i < 4; i++) {
      // The library has the real part first.
      const coordinate = twist + (i ^ 1) * FP_BYTES
      if (!this.#readCoordinate(coordinate, place + i * COORDINATE_BYTES)) return false
    }
    calls._mclBnFp_setInt32(twist + 2 * FP2_BYTES, 1)
    return calls._mclBnG2_isValid(twist) === 1 && this.#check.isInSubgroup(twist)
  }

  /** False when the 32 bytes at `place` are not below the field's order. */
  #readCoordinate(element: number, place: number): boolean {
    const { bytes, calls } = this.#mcl
    for (let i = 0; i < COORDINATE_BYTES; i++) {
      const difference = bytes[place + i]! - FIELD_ORDER[i]!
      if (difference > 0) return false
      if (difference < 0) {
        calls._mclBnFp_setBigEndianMod(element, place, COORDINATE_BYTES)
        return true
      }
    }
    return false
  }

  #writeResult(output: Uint8Array): number {
    const { bytes, calls } = this.#mcl
    if (calls._mclBnG1_isZero(this.#result) === 1) {
      output.fill(0, 0, POINT_BYTES)
      return POINT_BYTES
    }
    calls._mclBnG1_normalize(this.#result, this.#result)
    // The library writes the lowest byte first: y below x, and all is turned around.
    const y = this.#input
    calls._mclBnFp_serialize(y, COORDINATE_BYTES, this.#result + FP_BYTES)
    calls._mclBnFp_serialize(y + COORDINATE_BYTES, COORDINATE_BYTES, this.#result)
    for (let i = 0; i < POINT_BYTES; i++) output[i] = bytes[y + POINT_BYTES - 1 - i]!
    return POINT_BYTES
  }
}
