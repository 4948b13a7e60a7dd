/**
 * The precompiled contracts: which address is one in the open block's fork, and running it. What is
 * cheap enough in WebAssembly runs here (`kernels/`); elliptic curves run in the host's libraries
 * through the import `env.precompile` (`src/engine/precompiles/`).
 *
 * Inputs are hostile: every outcome follows from the EIP, and nothing is read beyond the input.
 */

import {
  ENV_REVISION,
  REVISION_BYZANTIUM,
  REVISION_CANCUN,
  REVISION_ISTANBUL,
  REVISION_OSAKA,
  REVISION_PRAGUE,
} from '../../src/layout/environment'
import {
  HOST_OUTPUT_BYTES_MAX,
  PRECOMPILE_BLAKE2F,
  PRECOMPILE_BLS_MAP_FP2_TO_G2,
  PRECOMPILE_BN254_PAIRING,
  PRECOMPILE_ECRECOVER,
  PRECOMPILE_IDENTITY,
  PRECOMPILE_KZG,
  PRECOMPILE_MODEXP,
  PRECOMPILE_P256VERIFY,
  PRECOMPILE_RIPEMD160,
  PRECOMPILE_SHA256,
} from '../../src/layout/precompiles'
import { keccak256 } from '../keccak/keccak'
import { environment } from '../memory/thread'
import { precompileGas } from './gas'
import { blake2f } from './kernels/blake2f'
import { ripemd160 } from './kernels/ripemd160'
import { sha256 } from './kernels/sha256'
import { runModexp } from './modexp-run'
import { aligned, requireRoom } from './workspace'

const FAILED: i32 = -1
const WORD_BYTES: usize = 32
const ADDRESS_BYTES: usize = 20

/** Bytes of output written at `output`, or FAILED; throws when a library has to be loaded first. */
// @ts-ignore: decorator
@external('env', 'precompile')
declare function hostPrecompile(number: i32, input: usize, inputBytes: u32, output: usize): i32

// Worker-local: the output of the last run.
let output: usize = 0
let outputBytes: u32 = 0

@inline
function revision(): i32 {
  return load<i32>(environment() + ENV_REVISION)
}

/** The number of the precompile at 20 bytes, its last two; 0 when the fork has none there. */
export function precompileAt(address: usize): u32 {
  if ((load<u64>(address) | load<u64>(address, 8) | <u64>load<u16>(address, 16)) != 0) return 0
  const number = <u32>bswap<u16>(load<u16>(address, 18))
  if (number <= lastInRow(revision())) return number
  return number == PRECOMPILE_P256VERIFY && revision() >= REVISION_OSAKA ? number : 0
}

/** The highest number of those that follow each other from 1 on. */
function lastInRow(revision: i32): u32 {
  if (revision >= REVISION_PRAGUE) return PRECOMPILE_BLS_MAP_FP2_TO_G2
  if (revision >= REVISION_CANCUN) return PRECOMPILE_KZG
  if (revision >= REVISION_ISTANBUL) return PRECOMPILE_BLAKE2F
  return revision >= REVISION_BYZANTIUM ? PRECOMPILE_BN254_PAIRING : PRECOMPILE_IDENTITY
}

/**
 * Runs precompile `number` and answers the gas that is left, or -1 when it failed, which costs all
 * gas and gives no output. `workspace` is the free EVM memory above the caller's, up to
 * `memoryEnd()`; all of it may be overwritten, so that the return data of the call before is gone.
 * The input may lie anywhere else.
 */
export function runPrecompile(
  number: u32,
  input: usize,
  inputBytes: u32,
  gas: i64,
  workspace: usize,
): i64 {
  output = aligned(workspace)
  outputBytes = 0
  const price = precompileGas(revision(), number, input, inputBytes)
  if (price > <u64>gas) return -1
  const written = compute(number, input, inputBytes)
  if (written == FAILED) return -1
  outputBytes = written
  return gas - <i64>price
}

/** Output of the last run, in its workspace; valid until that memory is written. */
export function precompileOutput(): usize {
  return output
}

export function precompileOutputBytes(): u32 {
  return outputBytes
}

/** Writes the output; how many bytes, or FAILED. */
function compute(number: u32, input: usize, inputBytes: u32): i32 {
  if (number == PRECOMPILE_MODEXP) return runModexp(output, input, inputBytes)
  if (number == PRECOMPILE_IDENTITY) {
    requireRoom(output, inputBytes)
    memory.copy(output, input, inputBytes)
    return inputBytes
  }
  requireRoom(output, HOST_OUTPUT_BYTES_MAX)
  switch (number) {
    case PRECOMPILE_ECRECOVER: return runEcrecover(input, inputBytes)
    case PRECOMPILE_SHA256:
      sha256(output, input, inputBytes)
      return <i32>WORD_BYTES
    case PRECOMPILE_RIPEMD160:
      memory.fill(output, 0, WORD_BYTES - ADDRESS_BYTES)
      ripemd160(output + WORD_BYTES - ADDRESS_BYTES, input, inputBytes)
      return <i32>WORD_BYTES
    case PRECOMPILE_BLAKE2F: return runBlake2f(input)
    default: return hostPrecompile(number, input, inputBytes, output)
  }
}

/** The host finds the public key; its address as a word is the answer. */
function runEcrecover(input: usize, inputBytes: u32): i32 {
  const keyBytes = hostPrecompile(PRECOMPILE_ECRECOVER, input, inputBytes, output)
  if (keyBytes == 0) return 0
  keccak256(output, output, keyBytes)
  memory.fill(output, 0, WORD_BYTES - ADDRESS_BYTES)
  return <i32>WORD_BYTES
}

/** EIP-152: rounds (big-endian), state, message, two counters, whether the block is the last. */
function runBlake2f(input: usize): i32 {
  const isFinal = load<u8>(input, 212)
  if (isFinal > 1) return FAILED
  const rounds = bswap<u32>(load<u32>(input))
  blake2f(output, rounds, input + 4, input + 68, input + 196, isFinal == 1)
  return 64
}
