/**
 * Points of KZG proofs on BLS12-381, and the check e(P, G2) = e(Q, S) with S fixed, so that the lines
 * of the Miller loop are computed once.
 */

import { assert } from '../../primitives/assert.ts'
import { compareBytes, hexToBytes } from '../../primitives/bytes.ts'
import type { Mcl } from './mcl.ts'
import { FR_BYTES, G2_BYTES, GT_BYTES } from './mcl.ts'

const COMPRESSED_G1_BYTES = 48
const COMPRESSED_G2_BYTES = 96
/** The highest bits of a compressed point; the third tells which of the two y it has. */
const FLAG_COMPRESSED = 0x80
const FLAG_INFINITY = 0x40
const INFINITY = FLAG_COMPRESSED | FLAG_INFINITY

const G2_GENERATOR =
  '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'

/** Order of the group of G1 and G2, and of the field that scalars are of. */
export const GROUP_ORDER = hexToBytes(
  '0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001',
)

export class KzgPairing {
  readonly #mcl: Mcl
  readonly #room: number
  readonly #product: number
  /** Lines of the generator of G2 and of the negative of the other point. */
  readonly #generatorLines: number
  readonly #otherLines: number

  /** `other`: the point S of G2, compressed, as hex. */
  constructor(mcl: Mcl, other: string) {
    this.#mcl = mcl
    this.#room = mcl.allocate(COMPRESSED_G2_BYTES)
    this.#product = mcl.allocate(GT_BYTES)
    this.#generatorLines = this.#linesOf(G2_GENERATOR, false)
    this.#otherLines = this.#linesOf(other, true)
  }

  /** Whether e(left, G2) = e(right, S), for points of G1. */
  isEqual(left: number, right: number): boolean {
    const { calls } = this.#mcl
    const isLeftZero = calls._mclBnG1_isZero(left) === 1
    const isRightZero = calls._mclBnG1_isZero(right) === 1
    if (isLeftZero || isRightZero) return isLeftZero && isRightZero
    calls._mclBnG1_normalize(left, left)
    calls._mclBnG1_normalize(right, right)
    calls._mclBn_precomputedMillerLoop2(
      this.#product,
      left,
      this.#generatorLines,
      right,
      this.#otherLines,
    )
    calls._mclBn_finalExp(this.#product, this.#product)
    return calls._mclBnGT_isOne(this.#product) === 1
  }

  /** Reads a point of G1 to `point`; false when the 48 bytes are none in compressed form. */
  readPoint(point: number, compressed: Uint8Array): boolean {
    const { calls } = this.#mcl
    const length = COMPRESSED_G1_BYTES
    const flags = compressed[0]!
    if ((flags & FLAG_COMPRESSED) === 0) return false
    this.#mcl.put(this.#room, compressed, length)
    if ((flags & FLAG_INFINITY) !== 0) {
      // The library does not look at the other bits of infinity.
      calls._mclBnG1_clear(point)
      return flags === INFINITY && this.#mcl.isZero(this.#room + 1, length - 1)
    }
    if (calls._mclBnG1_deserialize(point, this.#room, length) !== length) return false
    return calls._mclBnG1_isValidOrder(point) === 1
  }

  /** Reads 32 bytes, big-endian; false when the number is not below the group's order. */
  readScalar(scalar: number, bytes: Uint8Array): boolean {
    if (compareBytes(bytes, GROUP_ORDER) >= 0) return false
    this.#mcl.put(this.#room, bytes, FR_BYTES)
    this.#mcl.calls._mclBnFr_setBigEndianMod(scalar, this.#room, FR_BYTES)
    return true
  }

  /** Where the lines of a point of G2, or of its negative, stand. */
  #linesOf(compressed: string, isNegative: boolean): number {
    const { calls } = this.#mcl
    const point = this.#mcl.allocate(G2_BYTES)
    const lines = this.#mcl.allocate(calls._mclBn_getUint64NumToPrecompute() * 8)
    this.#mcl.put(this.#room, hexToBytes(compressed), COMPRESSED_G2_BYTES)
    const read = calls._mclBnG2_deserialize(point, this.#room, COMPRESSED_G2_BYTES)
    assert(read === COMPRESSED_G2_BYTES, 'the point is on the curve of G2')
    if (isNegative) calls._mclBnG2_neg(point, point)
    calls._mclBn_precomputeG2(lines, point)
    return lines
  }
}
