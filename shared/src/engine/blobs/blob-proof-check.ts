/**
 * Whether the proofs of a blob sidecar hold: each commitment is that of the polynomial which its blob
 * is.
 *
 * A blob's proof (EIP-4844, `verify_blob_kzg_proof`) gives the value at a point that the hash of blob
 * and commitment chooses. The proof Q of cell k (EIP-7594) says that what is left of the polynomial
 * divided by X^64 - a is I, with a the k-th root of unity of order 128 in bit-reversed order:
 *
 *   e(C - I + a Q, G2) = e(Q, S), where S is the secret to the power of 64 times the generator of G2
 *
 * All cells of all blobs are checked in one such equation, each multiplied by another power of a random
 * number. The polynomial is known, so that I needs no transform: coefficient j of I is the sum of every
 * 64th coefficient from j on, times powers of a.
 */

import { createHash, randomBytes } from 'node:crypto'
import type { BlobSidecar } from '../../chain/blob-sidecar.ts'
import { CELLS_PER_BLOB } from '../../chain/blob-sidecar.ts'
import { assert } from '../../primitives/assert.ts'
import { bigIntToBytes, bytesToBigInt, hexToBytes } from '../../primitives/bytes.ts'
import { KzgVerifier } from '../precompiles/kzg.ts'
import { KzgPairing } from '../precompiles/kzg-pairing.ts'
import type { Mcl } from '../precompiles/mcl.ts'
import { G1_BYTES } from '../precompiles/mcl.ts'
import { MAX_BLOBS_PER_TRANSACTION } from '../reference/limits.ts'
import {
  coefficientsOf,
  evaluate,
  FIELD_ELEMENTS,
  MODULUS,
  powers,
  reverseBits,
  rootOfUnity,
  SCALAR_BYTES,
} from './blob-polynomial.ts'
import { G1_MONOMIAL, G2_SECRET_64 } from './setup-points.ts'
import { WeightedPoints } from './weighted-points.ts'

/** EIP-4844's `FIAT_SHAMIR_PROTOCOL_DOMAIN`, and the polynomial's degree in 16 bytes. */
const CHALLENGE_PREFIX = Buffer.concat([
  Buffer.from('FSBLOBVERIFY_V1_'),
  bigIntToBytes(BigInt(FIELD_ELEMENTS), 16),
])
const CELL_ELEMENTS = 64
const PARTS = FIELD_ELEMENTS / CELL_ELEMENTS
const TERMS_MAX = MAX_BLOBS_PER_TRANSACTION * (CELLS_PER_BLOB + 1) + CELL_ELEMENTS
const CELL_ROOTS = powers(rootOfUnity(CELLS_PER_BLOB), CELLS_PER_BLOB)
/** The a of each cell, in order. */
const CELL_POINTS = CELL_ROOTS.map((_, index) => CELL_ROOTS[reverseBits(index, 7)]!)
/** So many bytes of a random number leave no chance to who made the proofs before. */
const RANDOM_BYTES = 16

export class BlobProofCheck {
  readonly #verifier: KzgVerifier
  readonly #pairing: KzgPairing
  readonly #monomial: number
  readonly #terms: WeightedPoints
  readonly #left: number
  readonly #right: number

  constructor(mcl: Mcl) {
    this.#verifier = new KzgVerifier(mcl)
    this.#pairing = new KzgPairing(mcl, G2_SECRET_64)
    this.#terms = new WeightedPoints(mcl, this.#pairing, TERMS_MAX)
    this.#left = mcl.allocate(G1_BYTES)
    this.#right = mcl.allocate(G1_BYTES)
    this.#monomial = mcl.allocate(CELL_ELEMENTS * G1_BYTES)
    for (const [index, point] of G1_MONOMIAL.entries()) {
      const isRead = this.#pairing.readPoint(this.#monomial + index * G1_BYTES, hexToBytes(point))
      assert(isRead, 'the points of the setup are in G1')
    }
  }

  /**
   * Why the proofs do not hold; undefined when they do. There are as many as there ought to be, of
   * `MAX_BLOBS_PER_TRANSACTION` blobs at most where they are of cells.
   */
  check(sidecar: BlobSidecar): string | undefined {
    const polynomials: bigint[][] = []
    for (const [index, blob] of sidecar.blobs.entries()) {
      const coefficients = coefficientsOf(blob)
      if (coefficients === undefined) return `blob ${index} has an element beyond the field's order`
      polynomials.push(coefficients)
    }
    if (sidecar.version === 1) {
      return this.#areCellsProven(sidecar, polynomials) ? undefined : 'invalid cell proofs'
    }
    const invalid = polynomials.findIndex((polynomial, index) => {
      return !this.#isBlobProven(sidecar, index, polynomial)
    })
    return invalid < 0 ? undefined : `invalid proof of blob ${invalid}`
  }

  #isBlobProven(sidecar: BlobSidecar, index: number, polynomial: readonly bigint[]): boolean {
    const [blob, commitment] = [sidecar.blobs[index]!, sidecar.commitments[index]!]
    const hash = createHash('sha256').update(CHALLENGE_PREFIX).update(blob).update(commitment)
    const z = bytesToBigInt(hash.digest()) % MODULUS
    const y = evaluate(polynomial, z)
    const [at, value] = [bigIntToBytes(z, SCALAR_BYTES), bigIntToBytes(y, SCALAR_BYTES)]
    return this.#verifier.verify(commitment, at, value, sidecar.proofs[index]!)
  }

  #areCellsProven(
    { commitments, proofs }: BlobSidecar,
    polynomials: readonly (readonly bigint[])[],
  ): boolean {
    const weights = powers(bytesToBigInt(randomBytes(RANDOM_BYTES)), proofs.length)
    const sums = cellSums(weights)
    // Weights of the next blob's cells are those of the one before, all times the same power.
    const blobWeights = polynomials.map((_, index) => weights[index * CELLS_PER_BLOB]!)
    const terms = this.#terms
    terms.clear()
    const areProofsRead = proofs.every((proof, index) => {
      const weight = weights[index]!
      return terms.read(proof, weight, weight * CELL_POINTS[index % CELLS_PER_BLOB]!)
    })
    const areCommitmentsRead = commitments.every((commitment, index) => {
      return terms.read(commitment, 0n, blobWeights[index]! * sums[0]!)
    })
    if (!areProofsRead || !areCommitmentsRead) return false
    for (const [index, rest] of remainder(polynomials, blobWeights, sums).entries()) {
      terms.copy(this.#monomial + index * G1_BYTES, 0n, MODULUS - rest)
    }
    terms.sum(this.#left, this.#right)
    return this.#pairing.isEqual(this.#right, this.#left)
  }
}

/** For each power m below `PARTS`: the sum over the cells of a blob of weight times a^m. */
function cellSums(weights: readonly bigint[]): bigint[] {
  return Array.from({ length: PARTS }, (_, exponent) => {
    const sum = CELL_POINTS.reduce((total, __, cell) => {
      const place = reverseBits(cell, 7)
      return total + weights[cell]! * CELL_ROOTS[(place * exponent) % CELLS_PER_BLOB]!
    }, 0n)
    return sum % MODULUS
  })
}

/** Coefficients of the weighted sum of I of all cells of all blobs. */
function remainder(
  polynomials: readonly (readonly bigint[])[],
  blobWeights: readonly bigint[],
  sums: readonly bigint[],
): bigint[] {
  return Array.from({ length: CELL_ELEMENTS }, (_, first) => {
    const total = polynomials.reduce((sum, polynomial, blob) => {
      const part = sums.reduce((inner, factor, exponent) => {
        return inner + polynomial[first + exponent * CELL_ELEMENTS]! * factor
      }, 0n)
      return sum + (part % MODULUS) * blobWeights[blob]!
    }, 0n)
    return total % MODULUS
  })
}
