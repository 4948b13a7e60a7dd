/** Points of G1 on BLS12-381, each with a factor in two sums. */

import { assert } from '../../primitives/assert.ts'
import { bigIntToBytes } from '../../primitives/bytes.ts'
import type { KzgPairing } from '../precompiles/kzg-pairing.ts'
import type { Mcl } from '../precompiles/mcl.ts'
import { FR_BYTES, G1_BYTES } from '../precompiles/mcl.ts'
import { MODULUS, SCALAR_BYTES } from './blob-polynomial.ts'

export class WeightedPoints {
  readonly #mcl: Mcl
  readonly #pairing: KzgPairing
  readonly #countMax: number
  readonly #points: number
  readonly #scalars: number
  #factors: (readonly [bigint, bigint])[] = []

  constructor(mcl: Mcl, pairing: KzgPairing, countMax: number) {
    this.#mcl = mcl
    this.#pairing = pairing
    this.#countMax = countMax
    this.#points = mcl.allocate(countMax * G1_BYTES)
    this.#scalars = mcl.allocate(countMax * FR_BYTES)
  }

  clear(): void {
    this.#factors = []
  }

  /** False when the 48 bytes are no point in compressed form. */
  read(compressed: Uint8Array, first: bigint, second: bigint): boolean {
    const place = this.#next()
    if (!this.#pairing.readPoint(place, compressed)) return false
    // Infinity adds nothing, and the library cannot do with it.
    if (this.#mcl.calls._mclBnG1_isZero(place) === 0) this.#factors.push([first, second])
    return true
  }

  /** A point that stands in the library's memory. */
  copy(point: number, first: bigint, second: bigint): void {
    this.#mcl.bytes.copyWithin(this.#next(), point, point + G1_BYTES)
    this.#factors.push([first, second])
  }

  /** Writes both sums to where they are to stand. */
  sum(first: number, second: number): void {
    this.#sumTo(first, 0)
    this.#sumTo(second, 1)
  }

  #next(): number {
    assert(this.#factors.length < this.#countMax, 'there is room for one more point')
    return this.#points + this.#factors.length * G1_BYTES
  }

  #sumTo(result: number, which: 0 | 1): void {
    const { calls } = this.#mcl
    for (const [index, factors] of this.#factors.entries()) {
      const place = this.#scalars + index * FR_BYTES
      const bytes = bigIntToBytes(factors[which] % MODULUS, SCALAR_BYTES)
      const isRead = this.#pairing.readScalar(place, bytes)
      assert(isRead, 'a remainder is below the order')
    }
    calls._mclBnG1_mulVec(result, this.#points, this.#scalars, this.#factors.length)
  }
}
