/** Sums and products modulo a third word, whose intermediate value is longer than a word. */

import { kernelScratch } from '../memory/thread'
import { numberModulo } from './divide'
import { addProduct } from './limb'
import { significantLimbs } from './long-division'
import { wordAdd, wordClear, wordCopy, wordLess, wordSet, wordSubtract } from './word'

/** Behind what the division uses of the scratch. */
const NUMBER: usize = 256

/** out = (a + b) modulo m without wrapping at 2^256, 0 when m is 0 (ADDMOD). */
export function wordAddModulo(out: usize, a: usize, b: usize, m: usize): void {
  const sum = kernelScratch() + NUMBER
  const areReduced = wordLess(a, m) && wordLess(b, m)
  const carry = wordAdd(sum, a, b)
  if (areReduced) {
    const excess = sum + 32
    const borrow = wordSubtract(excess, sum, m)
    wordCopy(out, borrow && !carry ? sum : excess)
    return
  }
  store<u64>(sum, u64(carry), 32)
  numberModulo(out, sum, significantLimbs(sum, 5), m)
}

/** out = (a * b) modulo m without wrapping at 2^256, 0 when m is 0 (MULMOD). */
export function wordMultiplyModulo(out: usize, a: usize, b: usize, m: usize): void {
  const product = kernelScratch() + NUMBER
  const limbs = significantLimbs(a, 4)
  wordClear(product)
  wordClear(product + 32)
  const end = <usize>limbs << 3
  for (let i: usize = 0; i < end; i += 8) addRow(product + i, load<u64>(a + i), b)
  if (isFull(m)) foldHalves(out, product)
  else numberModulo(out, product, significantLimbs(product, limbs + 4), m)
}

/** True for 2^256 - 1, by which contracts find the high half of a product. */
@inline
function isFull(m: usize): bool {
  return (load<u64>(m) & load<u64>(m, 8) & load<u64>(m, 16) & load<u64>(m, 24)) == u64.MAX_VALUE
}

/** out = a product modulo 2^256 - 1, where 2^256 is 1: the sum of its halves and of the carry. */
function foldHalves(out: usize, product: usize): void {
  const carry = product + 64
  wordSet(carry, u64(wordAdd(out, product, product + 32)))
  wordAdd(out, out, carry)
  if (isFull(out)) wordClear(out)
}

/** product += a * b; the fifth limb is written, not added to. */
@inline
function addRow(product: usize, a: u64, b: usize): void {
  let carry = addProduct(product, a, load<u64>(b), 0)
  carry = addProduct(product + 8, a, load<u64>(b, 8), carry)
  carry = addProduct(product + 16, a, load<u64>(b, 16), carry)
  store<u64>(product, addProduct(product + 24, a, load<u64>(b, 24), carry), 32)
}
