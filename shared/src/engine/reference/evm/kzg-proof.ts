/**
 * The proof check of the point evaluation precompile (EIP-4844): a pairing on BLS12-381. Of the
 * trusted setup it needs one point alone, so that the setup of some hundred kilobytes, and seconds
 * of loading, can stay away.
 */

import { bls12_381 } from '@noble/curves/bls12-381.js'
import { hexToBytes } from '../../../primitives/bytes.ts'

/** The secret times the generator of G2: `g2_monomial[1]` of the KZG ceremony's output. */
const SETUP_G2_HEX =
  'b5bfd7dd8cdeb128843bc287230af38926187075cbfbefa81009a2ce615ac53d' +
  '2914e5870cb452d2afaaab24f3499f72185cbfee53492714734429b7b38608e2' +
  '3926c911cceceac9a36851477ba4c60b087041de621000edc98edada20c1def2'

const { G1, G2 } = bls12_381
const { Fp12 } = bls12_381.fields
const SCALARS = G1.Point.Fn

/**
 * Whether the polynomial behind `commitment` has the value `y` at `z`. All are hex with `0x`: points
 * of 48 bytes, scalars of 32 bytes. Malformed ones have no proof.
 */
export function verifyKzgProof(commitment: string, z: string, y: string, proof: string): boolean {
  try {
    const [point, value] = [scalarOf(z), scalarOf(y)]
    const setup = G2.Point.fromHex(SETUP_G2_HEX)
    const polynomial = pointOf(commitment)
    const quotient = pointOf(proof)
    const left = polynomial.subtract(G1.Point.BASE.multiplyUnsafe(value))
    const right = setup.subtract(G2.Point.BASE.multiplyUnsafe(point))
    const pairs = [
      { g1: left, g2: G2.Point.BASE.negate() },
      { g1: quotient, g2: right },
    ]
    // The library refuses the point at infinity, which pairs with anything to one.
    const product = bls12_381.pairingBatch(pairs.filter(({ g1, g2 }) => !g1.is0() && !g2.is0()))
    return Fp12.eql(product, Fp12.ONE)
  } catch {
    return false
  }
}

type G1Point = typeof G1.Point.BASE

/** A point on the curve and in the right subgroup; the point at infinity is one too. */
function pointOf(hex: string): G1Point {
  const point = G1.Point.fromBytes(hexToBytes(hex))
  if (!point.is0()) point.assertValidity()
  return point
}

/** @throws RangeError when the number is not below the group's order */
function scalarOf(hex: string): bigint {
  const scalar = BigInt(hex)
  if (!SCALARS.isValid(scalar)) throw new RangeError('not a scalar of BLS12-381')
  return scalar
}
