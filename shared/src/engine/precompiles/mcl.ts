/**
 * Curves with pairings by mcl, prebuilt WebAssembly. Its C interface is called directly on objects
 * that stay in the library's own memory, because the package's objects copy every operand twice.
 *
 * An instance has one curve. Objects have the size of the library's largest field whatever the
 * curve: an element of Fp 48 bytes, of Fp2 two of them, a point three coordinates (Jacobian, zero z
 * for infinity), an element of GT twelve, a scalar (Fr) 32.
 */

import { BaseError } from '../../primitives/base-error.ts'

export const FP_BYTES = 48
export const FP2_BYTES = 2 * FP_BYTES
export const G1_BYTES = 3 * FP_BYTES
export const G2_BYTES = 3 * FP2_BYTES
export const GT_BYTES = 12 * FP_BYTES
export const FR_BYTES = 32

/** Numbers of curves in the library. */
export const CURVE_BN254 = 4
export const CURVE_BLS12_381 = 5

/** Scalars and base fields of the build, which `mclBn_init` checks. */
const COMPILED_LIMBS = 4 * 10 + 6
/** `mclBn_setMapToMode`: the maps of RFC 9380. */
const MAP_TO_MODE_RFC9380 = 5

type Test = (operand: number) => number
type Unary = (result: number, operand: number) => void
type Binary = (result: number, left: number, right: number) => void
/** Reads big-endian bytes into an object. */
type Read = (object: number, bytes: number, length: number) => number
type VectorProduct = (result: number, points: number, factors: number, count: number) => void

/** The part of the C interface that is used; all parameters are pointers or counts. */
interface MclLibrary {
  /** The memory, viewed anew once it has grown. */
  readonly HEAP8: Int8Array<ArrayBuffer>
  _malloc(bytes: number): number
  _mclBn_init(curve: number, compiledLimbs: number): number
  _mclBn_verifyOrderG1(isOn: number): void
  _mclBn_verifyOrderG2(isOn: number): void
  _mclBn_setETHserialization(isOn: number): void
  _mclBn_setMapToMode(mode: number): number
  /** The number modulo the order; 0 when it went well, as with up to twice its length it does. */
  readonly _mclBnFr_setBigEndianMod: Read
  readonly _mclBnFp_setBigEndianMod: Read
  readonly _mclBnFr_neg: Unary
  _mclBnFp_setInt32(result: number, value: number): void
  /** How many bytes were read, 0 when the number is not below the order. On BLS12-381 only. */
  readonly _mclBnFp_deserialize: Read
  /** Big-endian on BLS12-381, little-endian on BN254. */
  _mclBnFp_serialize(bytes: number, room: number, object: number): number
  readonly _mclBnFp_neg: Unary
  readonly _mclBnFp_mapToG1: Unary
  readonly _mclBnFp2_mul: Binary
  readonly _mclBnFp2_mapToG2: Unary
  /** Compressed points; how many bytes were read, 0 when there is none. Lax about infinity. */
  readonly _mclBnG1_deserialize: Read
  readonly _mclBnG2_deserialize: Read
  /** Compressed, to `room` bytes; how many were written. */
  _mclBnG1_serialize(bytes: number, room: number, object: number): number
  _mclBnG1_clear(result: number): void
  _mclBnG2_clear(result: number): void
  readonly _mclBnG1_isZero: Test
  readonly _mclBnG2_isZero: Test
  /** Whether the point is on the curve. */
  readonly _mclBnG1_isValid: Test
  readonly _mclBnG2_isValid: Test
  /** Whether the point is in the subgroup. */
  readonly _mclBnG1_isValidOrder: Test
  readonly _mclBnG2_isValidOrder: Test
  _mclBnG2_isEqual(left: number, right: number): number
  readonly _mclBnG1_normalize: Unary
  readonly _mclBnG2_normalize: Unary
  readonly _mclBnG2_neg: Unary
  readonly _mclBnG2_dbl: Unary
  readonly _mclBnG1_add: Binary
  readonly _mclBnG2_add: Binary
  readonly _mclBnG1_mul: Binary
  readonly _mclBnG1_mulVec: VectorProduct
  readonly _mclBnG2_mulVec: VectorProduct
  _mclBnGT_setInt32(result: number, value: number): void
  readonly _mclBnGT_isOne: Test
  readonly _mclBnGT_mul: Binary
  readonly _mclBn_millerLoopVec: VectorProduct
  readonly _mclBn_finalExp: Unary
  _mclBn_getUint64NumToPrecompute(): number
  readonly _mclBn_precomputeG2: Unary
  _mclBn_precomputedMillerLoop2(
    result: number,
    p1: number,
    precomputedQ1: number,
    p2: number,
    precomputedQ2: number,
  ): void
}

export class MclFailedError extends BaseError {
  override readonly name = 'Engine.MclFailedError'
}

/** One instance: the functions for its curve, and its memory. */
export class Mcl {
  readonly calls: MclLibrary
  #bytes: Uint8Array

  private constructor(library: MclLibrary) {
    this.calls = library
    this.#bytes = new Uint8Array(library.HEAP8.buffer)
  }

  /** Takes 50 ms the first time in a process, and 2 MiB each time. */
  static async start(curve: number): Promise<Mcl> {
    const { default: createModule } = await import('mcl-wasm/dist/mcl_c.js')
    const library: MclLibrary = await createModule({ cryptoGetRandomValues: noRandomness })
    const fault = library._mclBn_init(curve, COMPILED_LIMBS)
    if (fault !== 0) throw new MclFailedError(`mcl does not start with curve ${curve}: ${fault}`)
    // Callers check the subgroup where the rules ask for it.
    library._mclBn_verifyOrderG1(0)
    library._mclBn_verifyOrderG2(0)
    library._mclBn_setETHserialization(1)
    library._mclBn_setMapToMode(MAP_TO_MODE_RFC9380)
    return new Mcl(library)
  }

  /** The memory; a view is void once the library has allocated. */
  get bytes(): Uint8Array {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.calls.HEAP8.buffer)
    return this.#bytes
  }

  /** @throws MclFailedError when the memory cannot grow */
  allocate(bytes: number): number {
    const place = this.calls._malloc(bytes)
    if (place === 0) throw new MclFailedError(`mcl has no ${bytes} bytes left`)
    return place
  }

  /** Copies the input to `place`, with zeros up to `room` bytes. */
  put(place: number, input: Uint8Array, room: number): void {
    const { bytes } = this
    if (input.length < room) bytes.fill(0, place + input.length, place + room)
    bytes.set(input.length > room ? input.subarray(0, room) : input, place)
  }

  isZero(place: number, length: number): boolean {
    const { bytes } = this
    for (let i = place; i < place + length; i++) if (bytes[i] !== 0) return false
    return true
  }
}

/** Only signatures and secrets need randomness. */
function noRandomness(): never {
  throw new MclFailedError('mcl asks for random numbers')
}
