/**
 * Numbers modulo an odd modulus in Montgomery's form (Montgomery 1985; Handbook of Applied
 * Cryptography 14.32: x stands for x / 2^(64 limbs)), or modulo 2^(64 limbs) in plain form.
 */

import { multiplyHigh } from '../../u256/limb'
import {
  addMultiple,
  clearLimbs,
  copyLimbs,
  multiplyLimbs,
  multiplyLow,
  squareLimbs,
  subtractLimbs,
} from './limbs'

@unmanaged
export class Ring {
  limbs: usize
  /** 0 for the ring modulo 2^(64 limbs). */
  modulus: usize
  /** -1 / modulus modulo 2^64. */
  inverse: u64
  /** Room for twice as many limbs. */
  product: usize

  /** out = a * b; `out` may be either. */
  multiply(out: usize, a: usize, b: usize): void {
    if (this.limbs == 1) {
      store<u64>(out, this.limbProduct(load<u64>(a), load<u64>(b)))
      return
    }
    if (this.modulus == 0) {
      multiplyLow(this.product, a, b, this.limbs)
      copyLimbs(out, this.product, this.limbs)
      return
    }
    multiplyLimbs(this.product, a, b, this.limbs)
    this.reduce(out)
  }

  /** out = a * a; `out` may be `a`. */
  square(out: usize, a: usize): void {
    if (this.limbs == 1 || this.modulus == 0) {
      this.multiply(out, a, a)
      return
    }
    squareLimbs(this.product, a, this.limbs)
    this.reduce(out)
  }

  /** out = a, from Montgomery's form to the plain one. */
  plain(out: usize, a: usize): void {
    copyLimbs(this.product, a, this.limbs)
    clearLimbs(this.product + (this.limbs << 3), this.limbs)
    this.reduce(out)
  }

  /** a * b in a ring of one limb. */
  @inline
  private limbProduct(a: u64, b: u64): u64 {
    const low = a * b
    if (this.modulus == 0) return low
    const modulus = load<u64>(this.modulus)
    const high = multiplyHigh(a, b)
    // Subtracting what clears the low limb, instead of adding it, cannot overflow.
    const taken = multiplyHigh(0 - low * this.inverse, modulus)
    return high < taken ? high - taken + modulus : high - taken
  }

  /** out = product / 2^(64 limbs) modulo the modulus. */
  private reduce(out: usize): void {
    const bytes = this.limbs << 3
    let carry: u64 = 0
    for (let i = this.product; i < this.product + bytes; i += 8) {
      const multiple = load<u64>(i) * this.inverse
      const high = addMultiple(i, this.modulus, this.limbs, multiple)
      const sum = load<u64>(i + bytes) + high
      const total = sum + carry
      carry = u64(sum < high) | u64(total < carry)
      store<u64>(i + bytes, total)
    }
    const result = this.product + bytes
    const borrow = subtractLimbs(out, result, this.modulus, this.limbs)
    if (carry < borrow) copyLimbs(out, result, this.limbs)
  }
}

/** 1 / x modulo 2^64 for an odd x: each step of Newton's doubles the bits that are right. */
export function inverseLimb(x: u64): u64 {
  let inverse = (x * 3) ^ 2
  for (let bits = 5; bits < 64; bits <<= 1) inverse *= 2 - x * inverse
  return inverse
}
