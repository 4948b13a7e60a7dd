/**
 * What the transaction in progress pays, as words in the thread's scratch: prices in wei for a unit
 * of gas, amounts in wei. Nothing overflows once `computeMost` has said so: every amount here is at
 * most the one it computes.
 */

import { SCRATCH_CHARGES } from '../../src/layout/control'
import {
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  ENV_FLAG_BASE_FEE,
} from '../../src/layout/environment'
import {
  MESSAGE_BLOB_COUNT,
  MESSAGE_GAS_LIMIT,
  MESSAGE_MAX_BLOB_FEE,
  MESSAGE_MAX_FEE,
  MESSAGE_MAX_PRIORITY_FEE,
  MESSAGE_VALUE,
} from '../../src/layout/message'
import { environment, threadScratch } from '../memory/thread'
import { multiplyHigh } from '../u256/limb'
import { wordAdd, wordCopy, wordLess, wordSubtract } from '../u256/word'
import { hasFlags } from './environment'

/** EIP-4844. */
const GAS_PER_BLOB: u64 = 131072

const GAS_PRICE: usize = 0
const TIP_PRICE: usize = 32
const MOST: usize = 64
const AMOUNT: usize = 96
const BLOB_FEE: usize = 128
const SPARE: usize = 160

@inline
function charges(): usize {
  return threadScratch() + SCRATCH_CHARGES
}

/** The price of gas (EIP-1559). */
@inline
export function gasPrice(): usize {
  return charges() + GAS_PRICE
}

/** The part of the price that the beneficiary gets. */
@inline
export function tipPrice(): usize {
  return charges() + TIP_PRICE
}

/** What the sender must own: gas and blobs at their caps, and the value. */
@inline
export function most(): usize {
  return charges() + MOST
}

/** A word for whoever needs one for a moment. */
@inline
export function spareWord(): usize {
  return charges() + SPARE
}

@inline
export function blobGas(message: usize): u64 {
  return <u64>load<u32>(message, MESSAGE_BLOB_COUNT) * GAS_PER_BLOB
}

/** Computes `most`; false when it does not fit 256 bits. */
export function computeMost(message: usize): bool {
  const sum = most()
  const amount = charges() + AMOUNT
  if (multiply(sum, message + MESSAGE_MAX_FEE, load<u64>(message, MESSAGE_GAS_LIMIT)) != 0) {
    return false
  }
  if (multiply(amount, message + MESSAGE_MAX_BLOB_FEE, blobGas(message)) != 0) return false
  if (wordAdd(sum, sum, amount)) return false
  return !wordAdd(sum, sum, message + MESSAGE_VALUE)
}

/** Computes the prices; the fee cap covers the base fee. */
export function computePrices(message: usize): void {
  const price = gasPrice()
  const tip = tipPrice()
  if (!hasFlags(ENV_FLAG_BASE_FEE)) {
    wordCopy(price, message + MESSAGE_MAX_FEE)
    wordCopy(tip, price)
    return
  }
  const baseFee = environment() + ENV_BASE_FEE
  const isAboveAll = wordAdd(price, baseFee, message + MESSAGE_MAX_PRIORITY_FEE)
  if (isAboveAll || wordLess(message + MESSAGE_MAX_FEE, price)) {
    wordCopy(price, message + MESSAGE_MAX_FEE)
  }
  wordSubtract(tip, price, baseFee)
}

/** What the sender pays before execution: all gas at its price, and the blobs. */
export function upfrontCost(message: usize): usize {
  const cost = amountFor(load<u64>(message, MESSAGE_GAS_LIMIT), gasPrice())
  const blobs = charges() + BLOB_FEE
  multiply(blobs, environment() + ENV_BLOB_BASE_FEE, blobGas(message))
  wordAdd(cost, cost, blobs)
  return cost
}

/** Price of `gas` units; valid until the next amount is asked for. */
export function amountFor(gas: u64, price: usize): usize {
  const amount = charges() + AMOUNT
  multiply(amount, price, gas)
  return amount
}

/** out = word * factor modulo 2^256; returns what is above. */
function multiply(out: usize, word: usize, factor: u64): u64 {
  let carry: u64 = 0
  for (let i: usize = 0; i < 32; i += 8) {
    const limb = load<u64>(word + i)
    const low = limb * factor + carry
    carry = multiplyHigh(limb, factor) + u64(low < carry)
    store<u64>(out + i, low)
  }
  return carry
}
