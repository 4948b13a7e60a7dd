/**
 * The precompiles that the core leaves to the host, its import `env.precompile`: elliptic curves, in
 * the libraries that compute them best.
 */

import {
  HOST_OUTPUT_BYTES_MAX,
  PRECOMPILE_BLS_G1_ADD,
  PRECOMPILE_BLS_G1_MSM,
  PRECOMPILE_BLS_G2_ADD,
  PRECOMPILE_BLS_G2_MSM,
  PRECOMPILE_BLS_MAP_FP_TO_G1,
  PRECOMPILE_BLS_MAP_FP2_TO_G2,
  PRECOMPILE_BLS_PAIRING,
  PRECOMPILE_BN254_ADD,
  PRECOMPILE_BN254_MUL,
  PRECOMPILE_BN254_PAIRING,
  PRECOMPILE_ECRECOVER,
  PRECOMPILE_KZG,
  PRECOMPILE_P256VERIFY,
} from '../../layout/precompiles.ts'
import { Bls12381 } from './bls12-381.ts'
import { Bn254 } from './bn254.ts'
import { recoverKey } from './ecrecover.ts'
import { KzgVerifier } from './kzg.ts'
import { Library } from './library.ts'
import { FAILED } from './outcome.ts'
import { verifyP256 } from './p256.ts'

/** Writes the output and answers its length, or FAILED. The input may have any length. */
type Precompile = (input: Uint8Array, output: Uint8Array) => number

/**
 * Runs precompile `number` on `inputBytes` bytes at `input` and writes up to HOST_OUTPUT_BYTES_MAX
 * bytes at `output`. Answers how many, or -1 when the precompile failed. ECRECOVER answers the
 * public key, 64 bytes.
 * @throws LibraryNeededError
 */
export type HostPrecompiles = (
  number: number,
  input: number,
  inputBytes: number,
  output: number,
) => number

/** The import for the thread that calls this; its libraries are the thread's own. */
export function createHostPrecompiles(memory: WebAssembly.Memory): HostPrecompiles {
  const bytes = new Uint8Array(memory.buffer)
  const byNumber = precompilesByNumber()
  return (number, input, inputBytes, output) => {
    const run = byNumber.get(number)
    if (run === undefined) return FAILED
    const given = bytes.subarray(input, input + inputBytes)
    return run(given, bytes.subarray(output, output + HOST_OUTPUT_BYTES_MAX))
  }
}

function precompilesByNumber(): ReadonlyMap<number, Precompile> {
  const bn254 = new Library(() => Bn254.start())
  const bls = new Library(() => Bls12381.start())
  const kzg = new Library(async () => {
    await bls.load()
    return new KzgVerifier(bls.get().mcl)
  })
  return new Map<number, Precompile>([
    [PRECOMPILE_ECRECOVER, recoverKey],
    [PRECOMPILE_BN254_ADD, (input, output) => bn254.get().add(input, output)],
    [PRECOMPILE_BN254_MUL, (input, output) => bn254.get().mul(input, output)],
    [PRECOMPILE_BN254_PAIRING, (input, output) => bn254.get().pairing(input, output)],
    [PRECOMPILE_KZG, (input, output) => kzg.get().evaluate(input, output)],
    [PRECOMPILE_BLS_G1_ADD, (input, output) => bls.get().addG1(input, output)],
    [PRECOMPILE_BLS_G1_MSM, (input, output) => bls.get().msmG1(input, output)],
    [PRECOMPILE_BLS_G2_ADD, (input, output) => bls.get().addG2(input, output)],
    [PRECOMPILE_BLS_G2_MSM, (input, output) => bls.get().msmG2(input, output)],
    [PRECOMPILE_BLS_PAIRING, (input, output) => bls.get().pairing(input, output)],
    [PRECOMPILE_BLS_MAP_FP_TO_G1, (input, output) => bls.get().mapToG1(input, output)],
    [PRECOMPILE_BLS_MAP_FP2_TO_G2, (input, output) => bls.get().mapToG2(input, output)],
    [PRECOMPILE_P256VERIFY, verifyP256],
  ])
}
