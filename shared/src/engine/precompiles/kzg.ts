/**
 * The point evaluation precompile (EIP-4844): whether the polynomial behind a commitment has the
 * value y at z. Of the trusted setup it needs one point alone.
 *
 * The check is e(C - y G1 + z Q, G2) = e(Q, S), with Q the proof and S the secret times G2. Both
 * points of G2 are fixed, so that their lines of the Miller loop are computed once.
 */

import { createHash } from 'node:crypto'
import { assert } from '../../primitives/assert.ts'
import { compareBytes, concatBytes, equalBytes, hexToBytes } from '../../primitives/bytes.ts'
import type { Mcl } from './mcl.ts'
import { FR_BYTES, G1_BYTES, G2_BYTES, GT_BYTES } from './mcl.ts'
import { FAILED } from './outcome.ts'

const INPUT_BYTES = 192
const Z = 32
const Y = 64
const COMMITMENT = 96
const PROOF = 144
const COMPRESSED_G1_BYTES = 48
const COMPRESSED_G2_BYTES = 96
const VERSION_KZG = 1
/** The highest bits of a compressed point; the third tells which of the two y it has. */
const FLAG_COMPRESSED = 0x80
const FLAG_INFINITY = 0x40
const INFINITY = FLAG_COMPRESSED | FLAG_INFINITY

const G1_GENERATOR =
  '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const G2_GENERATOR =
  '0x93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'
/** The secret times the generator of G2: `g2_monomial[1]` of the KZG ceremony's output. */
const G2_SECRET =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

const GROUP_ORDER = hexToBytes('0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001')
/** Field elements of a blob, and the order of the field that they are in. */
const ANSWER = concatBytes(hexToBytes(`0x${(4096).toString(16).padStart(64, '0')}`), GROUP_ORDER)

export class KzgVerifier {
  readonly #mcl: Mcl
  readonly #room: number
  readonly #commitment: number
  /** The generator of G1 and the proof, and their factors. */
  readonly #terms: number
  readonly #scalars: number
  readonly #sum: number
  readonly #product: number
  /** Lines of the generator of G2 and of the negative secret. */
  readonly #generatorLines: number
  readonly #secretLines: number

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#room = mcl.allocate(COMPRESSED_G2_BYTES)
    this.#commitment = mcl.allocate(G1_BYTES)
    this.#terms = mcl.allocate(2 * G1_BYTES)
    this.#scalars = mcl.allocate(2 * FR_BYTES)
    this.#sum = mcl.allocate(G1_BYTES)
    this.#product = mcl.allocate(GT_BYTES)
    assert(this.#readPoint(this.#terms, hexToBytes(G1_GENERATOR)), 'the generator is in G1')
    this.#generatorLines = this.#linesOf(G2_GENERATOR, false)
    this.#secretLines = this.#linesOf(G2_SECRET, true)
  }

  /** The precompile: 192 bytes to the constants that EIP-4844 has it answer. */
  evaluate(input: Uint8Array, output: Uint8Array): number {
    if (input.length !== INPUT_BYTES) return FAILED
    const commitment = input.subarray(COMMITMENT, PROOF)
    if (!isVersionedHash(input.subarray(0, Z), commitment)) return FAILED
    const z = input.subarray(Z, Y)
    const y = input.subarray(Y, COMMITMENT)
    if (!this.verify(commitment, z, y, input.subarray(PROOF))) return FAILED
    output.set(ANSWER)
    return ANSWER.length
  }

  /** Points are compressed, 48 bytes; scalars are 32 bytes, big-endian. Malformed ones fail. */
  verify(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean {
    const { calls } = this.#mcl
    const quotient = this.#terms + G1_BYTES
    if (!this.#readScalar(this.#scalars, y)) return false
    if (!this.#readScalar(this.#scalars + FR_BYTES, z)) return false
    if (!this.#readPoint(this.#commitment, commitment)) return false
    if (!this.#readPoint(quotient, proof)) return false
    calls._mclBnFr_neg(this.#scalars, this.#scalars)
    const isConstant = calls._mclBnG1_isZero(quotient) === 1
    calls._mclBnG1_mulVec(this.#sum, this.#terms, this.#scalars, isConstant ? 1 : 2)
    calls._mclBnG1_add(this.#sum, this.#sum, this.#commitment)
    return this.#pairsToOne(this.#sum, quotient)
  }

  /** Whether e(left, G2) = e(right, S). */
  #pairsToOne(left: number, right: number): boolean {
    const { calls } = this.#mcl
    const isLeftZero = calls._mclBnG1_isZero(left) === 1
    const isRightZero = calls._mclBnG1_isZero(right) === 1
    if (isLeftZero || isRightZero) return isLeftZero && isRightZero
    calls._mclBnG1_normalize(left, left)
    calls._mclBn_precomputedMillerLoop2(
      this.#product,
      left,
      this.#generatorLines,
      right,
      this.#secretLines,
    )
    calls._mclBn_finalExp(this.#product, this.#product)
    return calls._mclBnGT_isOne(this.#product) === 1
  }

  /** False when the bytes are no compressed point of G1. */
  #readPoint(point: number, compressed: Uint8Array): boolean {
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

  /** False when the number is not below the group's order. */
  #readScalar(scalar: number, bytes: Uint8Array): boolean {
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

function isVersionedHash(hash: Uint8Array, commitment: Uint8Array): boolean {
  if (hash[0] !== VERSION_KZG) return false
  const digest = createHash('sha256').update(commitment).digest()
  return equalBytes(hash.subarray(1), digest.subarray(1))
}
