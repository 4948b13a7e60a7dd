/** What a run of each precompile costs, by fork. */

import { REVISION_ISTANBUL } from '../../src/layout/environment'
import {
  PRECOMPILE_BLAKE2F,
  PRECOMPILE_BLS_G1_ADD,
  PRECOMPILE_BLS_G1_MSM,
  PRECOMPILE_BLS_G2_ADD,
  PRECOMPILE_BLS_G2_MSM,
  PRECOMPILE_BLS_MAP_FP2_TO_G2,
  PRECOMPILE_BLS_MAP_FP_TO_G1,
  PRECOMPILE_BLS_PAIRING,
  PRECOMPILE_BN254_ADD,
  PRECOMPILE_BN254_MUL,
  PRECOMPILE_BN254_PAIRING,
  PRECOMPILE_ECRECOVER,
  PRECOMPILE_IDENTITY,
  PRECOMPILE_KZG,
  PRECOMPILE_MODEXP,
  PRECOMPILE_P256VERIFY,
  PRECOMPILE_RIPEMD160,
  PRECOMPILE_SHA256,
} from '../../src/layout/precompiles'
import { modexpGas } from './modexp-gas'
import { g1MsmDiscount, g2MsmDiscount } from './msm-discount'
import { UNPAYABLE } from './price'

/** Bytes of a point, and of a point with a scalar or a pair of points, as inputs hold them. */
const BN254_PAIR_BYTES: u32 = 192
const BLS_G1_TERM_BYTES: u32 = 160
const BLS_G2_TERM_BYTES: u32 = 288
const BLS_PAIR_BYTES: u32 = 384
const BLAKE2F_INPUT_BYTES: u32 = 213

/** The price of running precompile `number`; UNPAYABLE when it cannot succeed. */
export function precompileGas(revision: i32, number: u32, input: usize, inputBytes: u32): u64 {
  switch (number) {
    case PRECOMPILE_ECRECOVER: return 3000
    case PRECOMPILE_SHA256: return 60 + 12 * words(inputBytes)
    case PRECOMPILE_RIPEMD160: return 600 + 120 * words(inputBytes)
    case PRECOMPILE_IDENTITY: return 15 + 3 * words(inputBytes)
    case PRECOMPILE_MODEXP: return modexpGas(revision, input, inputBytes)
    case PRECOMPILE_BN254_ADD:
    case PRECOMPILE_BN254_MUL:
    case PRECOMPILE_BN254_PAIRING: return bn254Gas(revision, number, inputBytes)
    case PRECOMPILE_BLAKE2F: return blake2fGas(input, inputBytes)
    case PRECOMPILE_KZG: return 50000
    case PRECOMPILE_P256VERIFY: return 6900
    default: return blsGas(number, inputBytes)
  }
}

/** EIP-196 and EIP-197, cheaper from EIP-1108 on. */
function bn254Gas(revision: i32, number: u32, inputBytes: u32): u64 {
  const isCheap = revision >= REVISION_ISTANBUL
  if (number == PRECOMPILE_BN254_ADD) return isCheap ? 150 : 500
  if (number == PRECOMPILE_BN254_MUL) return isCheap ? 6000 : 40000
  const pairs = <u64>(inputBytes / BN254_PAIR_BYTES)
  return isCheap ? 45000 + 34000 * pairs : 100000 + 80000 * pairs
}

/** EIP-152: one gas a round; the rounds are the first four bytes of the input. */
function blake2fGas(input: usize, inputBytes: u32): u64 {
  return inputBytes == BLAKE2F_INPUT_BYTES ? <u64>bswap<u32>(load<u32>(input)) : UNPAYABLE
}

/** EIP-2537. */
function blsGas(number: u32, inputBytes: u32): u64 {
  switch (number) {
    case PRECOMPILE_BLS_G1_ADD: return 375
    case PRECOMPILE_BLS_G2_ADD: return 600
    case PRECOMPILE_BLS_G1_MSM: {
      const terms = inputBytes / BLS_G1_TERM_BYTES
      return (<u64>terms * 12000 * g1MsmDiscount(terms)) / 1000
    }
    case PRECOMPILE_BLS_G2_MSM: {
      const terms = inputBytes / BLS_G2_TERM_BYTES
      return (<u64>terms * 22500 * g2MsmDiscount(terms)) / 1000
    }
    case PRECOMPILE_BLS_PAIRING: return 37700 + 32600 * <u64>(inputBytes / BLS_PAIR_BYTES)
    case PRECOMPILE_BLS_MAP_FP_TO_G1: return 5500
    case PRECOMPILE_BLS_MAP_FP2_TO_G2: return 23800
    default: return UNPAYABLE
  }
}

@inline
function words(bytes: u32): u64 {
  return (<u64>bytes + 31) >> 5
}
