/** Prices that saturate: hostile inputs claim sizes whose price has no 64 bits. */

/** More than any gas limit: the price of what nobody can pay, or what fails whatever is paid. */
export const UNPAYABLE: u64 = i64.MAX_VALUE

/** a * b, or UNPAYABLE when it is more. */
export function saturatedProduct(a: u64, b: u64): u64 {
  return a != 0 && b > UNPAYABLE / a ? UNPAYABLE : a * b
}

/** a / b; UNPAYABLE stays what it is. */
export function quotient(a: u64, b: u64): u64 {
  return a >= UNPAYABLE ? UNPAYABLE : a / b
}
