/**
 * Whether a point of BN254's twist is in G2, by El Housni, Guillevic and Piellard (ePrint 2022/348):
 * with x the seed and psi the Frobenius map carried over to the twist, a point P is in G2 exactly
 * when (x + 1) P + psi(x P) + psi^2(x P) = psi^3(2 x P). That takes a third of the time of a
 * multiplication with the group's order.
 */

import { hexToBytes } from '../../primitives/bytes.ts'
import type { Mcl } from './mcl.ts'
import { FP_BYTES, FP2_BYTES, G2_BYTES } from './mcl.ts'

const COORDINATE_BYTES = 32

/** The number that the curve's parameters are polynomials of. */
const SEED = 4965661367192848881n
const SEED_DIGITS = nonAdjacentForm(SEED)

/** (9 + i)^((p - 1) / 3) and (9 + i)^((p - 1) / 2): imaginary and real part of each. */
const FROBENIUS_X = [
  '0x16c9e55061ebae204ba4cc8bd75a079432ae2a1d0b7c9dce1665d51c640fcba2',
  '0x2fb347984f7911f74c0bec3cf559b143b78cc310c2c3330c99e39557176f553d',
] as const
const FROBENIUS_Y = [
  '0x07c03cbcac41049a0704b5a7ec796f2b21807dc98fa25bd282d37f632623b0e3',
  '0x063cf305489af5dcdc5ec698b6e2f9b9dbaae0eda9c95998dc54014671a0135a',
] as const

export class SubgroupCheck {
  readonly #mcl: Mcl
  readonly #multiple: number
  readonly #negative: number
  readonly #image: number
  readonly #sum: number
  readonly #factors: number

  constructor(mcl: Mcl) {
    this.#mcl = mcl
    this.#multiple = mcl.allocate(G2_BYTES)
    this.#negative = mcl.allocate(G2_BYTES)
    this.#image = mcl.allocate(G2_BYTES)
    this.#sum = mcl.allocate(G2_BYTES)
    this.#factors = mcl.allocate(2 * FP2_BYTES)
    const room = mcl.allocate(COORDINATE_BYTES)
    const [xImaginary, xReal] = FROBENIUS_X
    const [yImaginary, yReal] = FROBENIUS_Y
    for (const [i, hex] of [xReal, xImaginary, yReal, yImaginary].entries()) {
      mcl.put(room, hexToBytes(hex), COORDINATE_BYTES)
      mcl.calls._mclBnFp_setBigEndianMod(this.#factors + i * FP_BYTES, room, COORDINATE_BYTES)
    }
  }

  /** `twist` is a point of the curve, with z = 1. */
  isInSubgroup(twist: number): boolean {
    const { calls } = this.#mcl
    this.#multiplyBySeed(twist)
    calls._mclBnG2_add(this.#sum, this.#multiple, twist)
    this.#mcl.bytes.copyWithin(this.#image, this.#multiple, this.#multiple + G2_BYTES)
    for (let power = 1; power <= 2; power++) {
      this.#mapImage()
      calls._mclBnG2_add(this.#sum, this.#sum, this.#image)
    }
    this.#mapImage()
    calls._mclBnG2_dbl(this.#image, this.#image)
    return calls._mclBnG2_isEqual(this.#sum, this.#image) === 1
  }

  #multiplyBySeed(twist: number): void {
    const { bytes, calls } = this.#mcl
    const multiple = this.#multiple
    bytes.copyWithin(multiple, twist, twist + G2_BYTES)
    calls._mclBnG2_neg(this.#negative, twist)
    for (const digit of SEED_DIGITS) {
      calls._mclBnG2_dbl(multiple, multiple)
      if (digit !== 0) calls._mclBnG2_add(multiple, multiple, digit > 0 ? twist : this.#negative)
    }
  }

  /** psi: conjugates the coordinates and takes x and y back to the twist. */
  #mapImage(): void {
    const { calls } = this.#mcl
    const x = this.#image
    const y = this.#image + FP2_BYTES
    for (let i = 0; i < 3; i++) {
      const imaginary = this.#image + i * FP2_BYTES + FP_BYTES
      calls._mclBnFp_neg(imaginary, imaginary)
    }
    calls._mclBnFp2_mul(x, x, this.#factors)
    calls._mclBnFp2_mul(y, y, this.#factors + FP2_BYTES)
  }
}

/** Digits -1, 0 and 1, highest first without the leading 1; no two neighbours are both not 0. */
function nonAdjacentForm(value: bigint): number[] {
  const digits: number[] = []
  for (let rest = value; rest > 0n; rest >>= 1n) {
    const digit = (rest & 1n) === 0n ? 0 : 2 - Number(rest & 3n)
    digits.push(digit)
    rest -= BigInt(digit)
  }
  return digits.reverse().slice(1)
}
