/**
 * The point evaluation precompile (EIP-4844): whether the polynomial behind a commitment has the
 * value y at z. Of the trusted setup it needs one point alone.
 *
 * The check is e(C - y G1 + z Q, G2) = e(Q, S), with Q the proof and S the secret times G2.
 */

import { createHash } from 'node:crypto'
import { assert } from '../../primitives/assert.ts'
import { concatBytes, equalBytes, hexToBytes } from '../../primitives/bytes.ts'
import { GROUP_ORDER, KzgPairing } from './kzg-pairing.ts'
import type { Mcl } from './mcl.ts'
import { FR_BYTES, G1_BYTES } from './mcl.ts'
import { FAILED } from './outcome.ts'

const INPUT_BYTES = 192
const Z = 32
const Y = 64
const COMMITMENT = 96
const PROOF = 144
const VERSION_KZG = 1

const G1_GENERATOR =
  '0x97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
/** The secret times the generator of G2: `g2_monomial[1]` of the KZG ceremony's output. */
const G2_SECRET =
  '0xb5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d2914e5870cb452d2afaaab24f3499f72' +
  '185cbfee53492714734429b7b38608e23926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

/** Field elements of a blob, and the order of the field that they are in. */
const ANSWER = concatBytes(hexToBytes(`0x${(4096).toString(16).padStart(64, '0')}`), GROUP_ORDER)

export class KzgVerifier {
  readonly #mcl: Mcl
  readonly #pairing: KzgPairing
  readonly #commitment: number
  /** The generator of G1 and the proof, and their factors. */
  readonly #terms: number
  readonly #scalars: number
  readonly #sum: number

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#pairing = new KzgPairing(mcl, G2_SECRET)
    this.#commitment = mcl.allocate(G1_BYTES)
    this.#terms = mcl.allocate(2 * G1_BYTES)
    this.#scalars = mcl.allocate(2 * FR_BYTES)
    this.#sum = mcl.allocate(G1_BYTES)
    assert(this.#pairing.readPoint(this.#terms, hexToBytes(G1_GENERATOR)), 'the generator is in G1')
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
    const pairing = this.#pairing
    const quotient = this.#terms + G1_BYTES
    if (!pairing.readScalar(this.#scalars, y)) return false
    if (!pairing.readScalar(this.#scalars + FR_BYTES, z)) return false
    if (!pairing.readPoint(this.#commitment, commitment)) return false
    if (!pairing.readPoint(quotient, proof)) return false
    calls._mclBnFr_neg(this.#scalars, this.#scalars)
    const isConstant = calls._mclBnG1_isZero(quotient) === 1
    calls._mclBnG1_mulVec(this.#sum, this.#terms, this.#scalars, isConstant ? 1 : 2)
    calls._mclBnG1_add(this.#sum, this.#sum, this.#commitment)
    return pairing.isEqual(this.#sum, quotient)
  }
}

function isVersionedHash(hash: Uint8Array, commitment: Uint8Array): boolean {
  if (hash[0] !== VERSION_KZG) return false
  const digest = createHash('sha256').update(commitment).digest()
  return equalBytes(hash.subarray(1), digest.subarray(1))
}
