/**
 * Numbers of any length in limbs of 64 bits, least significant first: what modular powers need
 * besides division (`u256/long-division.ts`). No output may overlap an input unless it says so.
 */

import { addProduct } from '../../u256/limb'

/** number += a * x, `limbs` limbs each; returns the carry above them. */
@inline
export function addMultiple(number: usize, a: usize, limbs: usize, x: u64): u64 {
  let carry: u64 = 0
  const end = a + (limbs << 3)
  for (; a + 32 <= end; a += 32) {
    carry = addProduct(number, x, load<u64>(a), carry)
    carry = addProduct(number + 8, x, load<u64>(a, 8), carry)
    carry = addProduct(number + 16, x, load<u64>(a, 16), carry)
    carry = addProduct(number + 24, x, load<u64>(a, 24), carry)
    number += 32
  }
  for (; a < end; a += 8) {
    carry = addProduct(number, x, load<u64>(a), carry)
    number += 8
  }
  return carry
}

/** product = a * b; `product` has twice as many limbs. */
export function multiplyLimbs(product: usize, a: usize, b: usize, limbs: usize): void {
  const bytes = limbs << 3
  clearLimbs(product, limbs)
  for (let i: usize = 0; i < bytes; i += 8) {
    const carry = addMultiple(product + i, a, limbs, load<u64>(b + i))
    store<u64>(product + i + bytes, carry)
  }
}

/**
 * product = a * a; `product` has twice as many limbs. Products of different limbs are taken once
 * and doubled.
 */
export function squareLimbs(product: usize, a: usize, limbs: usize): void {
  const bytes = limbs << 3
  clearLimbs(product, limbs + 1)
  for (let i: usize = 0; i + 8 < bytes; i += 8) {
    const above = limbs - 1 - (i >> 3)
    const carry = addMultiple(product + 2 * i + 8, a + i + 8, above, load<u64>(a + i))
    store<u64>(product + i + bytes, carry)
  }
  store<u64>(product + 2 * bytes - 8, 0)
  let carry: u64 = 0
  let shifted: u64 = 0
  for (let i: usize = 0; i < bytes; i += 8) {
    const x = load<u64>(a + i)
    const at = product + 2 * i
    const low = load<u64>(at)
    const high = load<u64>(at, 8)
    store<u64>(at, (low << 1) | shifted)
    store<u64>(at, (high << 1) | (low >> 63), 8)
    shifted = high >> 63
    const above = addProduct(at, x, x, carry)
    const total = load<u64>(at, 8) + above
    carry = u64(total < above)
    store<u64>(at, total, 8)
  }
}

/** product = the low limbs of a * b. */
export function multiplyLow(product: usize, a: usize, b: usize, limbs: usize): void {
  clearLimbs(product, limbs)
  for (let i: usize = 0; i < limbs; i++) {
    const limb = load<u64>(b + (i << 3))
    if (limb != 0) addMultiple(product + (i << 3), a, limbs - i, limb)
  }
}

@inline
export function clearLimbs(number: usize, limbs: usize): void {
  for (let i: usize = 0; i < limbs << 3; i += 8) store<u64>(number + i, 0)
}

@inline
export function copyLimbs(out: usize, number: usize, limbs: usize): void {
  for (let i: usize = 0; i < limbs << 3; i += 8) store<u64>(out + i, load<u64>(number + i))
}

/** number += a; returns the carry. */
export function addLimbs(number: usize, a: usize, limbs: usize): u64 {
  let carry: u64 = 0
  for (let i: usize = 0; i < limbs << 3; i += 8) {
    const sum = load<u64>(number + i) + load<u64>(a + i)
    const total = sum + carry
    carry = u64(sum < load<u64>(a + i)) | u64(total < carry)
    store<u64>(number + i, total)
  }
  return carry
}

/** out = a - b; returns the borrow. `out` may be `a` or `b`. */
export function subtractLimbs(out: usize, a: usize, b: usize, limbs: usize): u64 {
  let borrow: u64 = 0
  for (let i: usize = 0; i < limbs << 3; i += 8) {
    const x = load<u64>(a + i)
    const y = load<u64>(b + i)
    const difference = x - y
    const taken = u64(x < y) | u64(difference < borrow)
    store<u64>(out + i, difference - borrow)
    borrow = taken
  }
  return borrow
}

/** The number of `bytes` big-endian bytes; limbs above them become zero. */
export function limbsFromBytes(out: usize, limbs: usize, input: usize, bytes: usize): void {
  memory.fill(out, 0, limbs << 3)
  let end = input + bytes
  let at = out
  for (; bytes >= 8; bytes -= 8) {
    end -= 8
    store<u64>(at, bswap<u64>(load<u64>(end)))
    at += 8
  }
  for (; bytes != 0; bytes--) {
    end--
    store<u8>(at, load<u8>(end))
    at++
  }
}

/** The number's low `bytes` bytes, big-endian. */
export function limbsToBytes(out: usize, bytes: usize, number: usize): void {
  for (let i: usize = 0; i < bytes; i++) {
    store<u8>(out + bytes - 1 - i, load<u8>(number + i))
  }
}
