/**
 * Commitments and proofs of blobs as a sender makes them, from the ceremony's points that viem brings:
 * the commitment from the blob's values, the proofs from divisions of its polynomial.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  coefficientsOf,
  evaluate,
  FIELD_ELEMENTS,
  MODULUS,
  powers,
  reverseBits,
  rootOfUnity,
} from '@shredcast/shared/engine/blobs/blob-polynomial'
import { KzgPairing } from '@shredcast/shared/engine/precompiles/kzg-pairing'
import { CURVE_BLS12_381, FR_BYTES, G1_BYTES, Mcl } from '@shredcast/shared/engine/precompiles/mcl'
import { bigIntToBytes, bytesToBigInt, hexToBytes } from '@shredcast/shared/primitives/bytes'

const CELLS = 128
const CELL_ELEMENTS = 64
const POINT_BYTES = 48

interface Setup {
  readonly g1_monomial: readonly string[]
  readonly g1_lagrange: readonly string[]
  readonly g2_monomial: readonly string[]
}

/** What the ceremony came to: compressed points as hex. */
export function readSetup(): Setup {
  // viem names this path as well, but its ES modules name one that does not exist.
  const viem = dirname(createRequire(import.meta.url).resolve('viem/package.json'))
  return JSON.parse(readFileSync(join(viem, 'trusted-setups/mainnet.json'), 'utf8'))
}

/** As viem's `Kzg`, with proofs of cells besides. */
export class KzgProver {
  readonly #mcl: Mcl
  readonly #pairing: KzgPairing
  readonly #monomial: number
  /** In the order of a blob's values. */
  readonly #lagrange: number
  readonly #scalars: number
  readonly #sum: number
  readonly #compressed: number

  private constructor(mcl: Mcl, setup: Setup) {
    this.#mcl = mcl
    this.#pairing = new KzgPairing(mcl, setup.g2_monomial[1]!)
    this.#scalars = mcl.allocate(FIELD_ELEMENTS * FR_BYTES)
    this.#sum = mcl.allocate(G1_BYTES)
    this.#compressed = mcl.allocate(POINT_BYTES)
    this.#monomial = this.#load(setup.g1_monomial)
    this.#lagrange = this.#load(
      setup.g1_lagrange.map((_, index) => setup.g1_lagrange[reverseBits(index, 12)]!),
    )
  }

  static async create(): Promise<KzgProver> {
    return new KzgProver(await Mcl.start(CURVE_BLS12_381), readSetup())
  }

  blobToKzgCommitment(blob: Uint8Array): Uint8Array {
    const values = Array.from({ length: FIELD_ELEMENTS }, (_, index) => {
      return bytesToBigInt(blob.subarray(index * 32, index * 32 + 32))
    })
    return this.#sumOf(this.#lagrange, values)
  }

  computeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Uint8Array {
    const hash = createHash('sha256').update('FSBLOBVERIFY_V1_').update(bigIntToBytes(4096n, 16))
    const challenge = hash.update(blob).update(commitment).digest()
    const point = bytesToBigInt(challenge) % MODULUS
    return this.#sumOf(this.#monomial, quotientOf(polynomialOf(blob), 1, point))
  }

  /** EIP-7594; quick for polynomials of low degree alone. */
  computeCellProofs(blob: Uint8Array): Uint8Array[] {
    const roots = powers(rootOfUnity(CELLS), CELLS)
    const polynomial = polynomialOf(blob)
    return roots.map((_, cell) => {
      const root = roots[reverseBits(cell, 7)]!
      return this.#sumOf(this.#monomial, quotientOf(polynomial, CELL_ELEMENTS, root))
    })
  }

  #load(points: readonly string[]): number {
    const place = this.#mcl.allocate(points.length * G1_BYTES)
    for (const [index, point] of points.entries()) {
      this.#pairing.readPoint(place + index * G1_BYTES, hexToBytes(point))
    }
    return place
  }

  /** Of the points with their factors, compressed. */
  #sumOf(points: number, factors: readonly bigint[]): Uint8Array {
    const { calls } = this.#mcl
    const count = factors.findLastIndex((factor) => factor > 0n) + 1
    for (const [index, factor] of factors.slice(0, count).entries()) {
      this.#pairing.readScalar(this.#scalars + index * FR_BYTES, bigIntToBytes(factor, 32))
    }
    calls._mclBnG1_clear(this.#sum)
    if (count > 0) calls._mclBnG1_mulVec(this.#sum, points, this.#scalars, count)
    calls._mclBnG1_serialize(this.#compressed, POINT_BYTES, this.#sum)
    return this.#mcl.bytes.slice(this.#compressed, this.#compressed + POINT_BYTES)
  }
}

/** Of a polynomial of low degree: a blob whose proofs are quick to make. */
export function blobOf(coefficients: readonly bigint[]): Uint8Array {
  const root = rootOfUnity(FIELD_ELEMENTS)
  const points = powers(root, FIELD_ELEMENTS)
  const blob = new Uint8Array(FIELD_ELEMENTS * 32)
  for (let index = 0; index < FIELD_ELEMENTS; index++) {
    const value = evaluate(coefficients, points[reverseBits(index, 12)]!)
    blob.set(bigIntToBytes(value, 32), index * 32)
  }
  return blob
}

function polynomialOf(blob: Uint8Array): bigint[] {
  const coefficients = coefficientsOf(blob)
  if (coefficients === undefined) throw new RangeError('not a blob')
  return coefficients
}

/** What the polynomial divided by X^degree - root is, without the rest. */
function quotientOf(polynomial: readonly bigint[], degree: number, root: bigint): bigint[] {
  const quotient: bigint[] = new Array(polynomial.length - degree).fill(0n)
  for (let index = quotient.length - 1; index >= 0; index--) {
    const above = index + degree < quotient.length ? quotient[index + degree]! : 0n
    quotient[index] = (polynomial[index + degree]! + root * above) % MODULUS
  }
  return quotient
}
