/**
 * The curve of precompiles 0x06 to 0x08 (EIP-196, EIP-197), alt_bn128 or BN254, in prebuilt
 * WebAssembly: a pairing takes a quarter of the time that it takes in JavaScript. Answers and
 * errors are those of `NobleBN254`, which is the oracle of its test.
 *
 * Points are big-endian affine coordinates of 32 bytes, the point at infinity all zeros; a coordinate
 * of G2 is two of them, the imaginary part first.
 */

import type { EVMBN254Interface, PrecompileFunc } from '@ethereumjs/evm'
import { EVMError } from '@ethereumjs/evm'
import type { Fp, Fp2, G1, G2 } from 'mcl-wasm'
import { assert } from '../../../primitives/assert.ts'
import { compareBytes, hexToBytes } from '../../../primitives/bytes.ts'

type Mcl = typeof import('mcl-wasm')

const COORDINATE_BYTES = 32
const G1_BYTES = 64
const PAIR_BYTES = 192
const FIELD_ORDER = hexToBytes('0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47')

let mcl: Mcl | undefined
let loading: Promise<void> | undefined

/**
 * Loads the library, once per thread. That takes 50 to 150 ms, which would lengthen the start of
 * every worker by half, so it waits for the first call that needs the curve.
 */
export function loadBn254(): Promise<void> {
  loading ??= import('mcl-wasm').then(async (library) => {
    await library.init(library.BN_SNARK1)
    // Points of G2 outside the subgroup are then not valid; those of G1 all lie in it.
    library.verifyOrderG2(true)
    mcl = library
  })
  return loading
}

/** The precompile, which waits for the library where it has to. */
export function withBn254(run: PrecompileFunc): PrecompileFunc {
  return async (input) => {
    await loadBn254()
    return run(input)
  }
}

/** To be used when `loadBn254` has come to its end. All throw EVMError at points that are none. */
export const MCL_BN254: EVMBN254Interface = {
  /** The sum of two points of G1: 128 bytes to 64. */
  add(input) {
    const first = pointOfG1(input, 0)
    const second = pointOfG1(input, G1_BYTES)
    return bytesOfG1(library().add(first, second))
  },

  /** A point of G1 times a scalar, which may exceed the group's order: 96 bytes or more to 64. */
  mul(input) {
    const { Fr, mul } = library()
    const point = pointOfG1(input, 0)
    const scalar = new Fr()
    scalar.setBigEndianMod(input.subarray(G1_BYTES, G1_BYTES + COORDINATE_BYTES))
    return bytesOfG1(mul(point, scalar))
  },

  /** Whether the product of all pairings is one: 192 bytes a pair to a word that is 1 or 0. */
  pairing(input) {
    const { GT, millerLoop, mul, finalExp } = library()
    let product = new GT()
    product.setInt(1)
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const p = pointOfG1(input, offset)
      const q = pointOfG2(input, offset + G1_BYTES)
      if (!p.isZero() && !q.isZero()) product = mul(product, millerLoop(p, q))
    }
    const word = new Uint8Array(COORDINATE_BYTES)
    word[COORDINATE_BYTES - 1] = finalExp(product).isOne() ? 1 : 0
    return word
  },
}

function library(): Mcl {
  assert(mcl !== undefined, 'the curve is loaded before it is used')
  return mcl
}

/** @throws EVMError when the 64 bytes at `offset` are no point of the curve */
function pointOfG1(input: Uint8Array, offset: number): G1 {
  const { Fp, G1 } = library()
  const point = new G1()
  if (isZero(input.subarray(offset, offset + G1_BYTES))) return point
  const x = coordinate(input, offset, EVMError.errorMessages.REVERT)
  const y = coordinate(input, offset + COORDINATE_BYTES, EVMError.errorMessages.REVERT)
  const one = new Fp()
  one.setInt(1)
  point.setX(x)
  point.setY(y)
  point.setZ(one)
  if (!point.isValid()) throw new EVMError(EVMError.errorMessages.REVERT)
  return point
}

/** @throws EVMError when the 128 bytes at `offset` are no point of the subgroup */
function pointOfG2(input: Uint8Array, offset: number): G2 {
  const { Fp2, G2 } = library()
  const point = new G2()
  if (isZero(input.subarray(offset, offset + 2 * G1_BYTES))) return point
  const one = new Fp2()
  one.setInt(1, 0)
  point.setX(pairOfCoordinates(input, offset))
  point.setY(pairOfCoordinates(input, offset + 2 * COORDINATE_BYTES))
  point.setZ(one)
  if (!point.isValid()) throw new EVMError(EVMError.errorMessages.REVERT)
  return point
}

function pairOfCoordinates(input: Uint8Array, offset: number): Fp2 {
  const { BN254_FP_NOT_IN_FIELD } = EVMError.errorMessages
  const value = new (library().Fp2)()
  value.set_b(coordinate(input, offset, BN254_FP_NOT_IN_FIELD))
  value.set_a(coordinate(input, offset + COORDINATE_BYTES, BN254_FP_NOT_IN_FIELD))
  return value
}

function coordinate(input: Uint8Array, offset: number, fault: EVMError['error']): Fp {
  const bytes = input.subarray(offset, offset + COORDINATE_BYTES)
  if (compareBytes(bytes, FIELD_ORDER) >= 0) throw new EVMError(fault)
  const value = new (library().Fp)()
  value.setBigEndianMod(bytes)
  return value
}

function bytesOfG1(point: G1): Uint8Array {
  const bytes = new Uint8Array(G1_BYTES)
  if (point.isZero()) return bytes
  point.normalize()
  // The library writes numbers with their lowest byte first.
  bytes.set(point.getX().serialize().reverse(), 0)
  bytes.set(point.getY().serialize().reverse(), COORDINATE_BYTES)
  return bytes
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}
