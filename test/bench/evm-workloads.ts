/**
 * Micro workloads: contracts that repeat a few instructions until their gas is nearly used up. Call
 * data is copied to memory first. Each part of a loop leaves the stack as it found it.
 */

import { bytesToHex, concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import secp256k1 from 'secp256k1'
import { assemble } from '../kit/bytecode.ts'
import { addressOf, word } from '../kit/test-world.ts'

export interface EvmWorkload {
  readonly group: string
  readonly name: string
  /** Put on the stack before the loop, the last on top. */
  readonly stack?: string
  /** May jump to `@fail`. */
  readonly body: string
  /** How often the body stands in the loop; default 1. */
  readonly unrolled?: number
  /** More gas than one pass of the loop takes; default 30,000. */
  readonly reserve?: number
  readonly data?: Uint8Array
}

const DEFAULT_RESERVE = 30_000

/** A contract that returns at once. */
export const CALLEE = addressOf('callee')
export const CALLEE_CODE = assemble('0 0 RETURN')
const CALLEE_PUSH = bytesToHex(CALLEE)

export function workloadCode({ stack, body, unrolled, reserve }: EvmWorkload): Uint8Array {
  const passes = Array.from({ length: unrolled ?? 1 }, () => body).join(' ')
  return assemble(`
    CALLDATASIZE 0 0 CALLDATACOPY ${stack ?? ''}
    :again ${passes} GAS ${reserve ?? DEFAULT_RESERVE} LT @again JUMPI STOP
    :fail INVALID`)
}

const WIDE = `0x${'f1e2d3c4b5a69788'.repeat(4)}`
const HALF = `0x${'9e3779b97f4a7c15'.repeat(2)}`

const ARITHMETIC: readonly EvmWorkload[] = [
  {
    group: 'arithmetic',
    name: '256-bit multiply and add',
    stack: `${WIDE} 3`,
    body: 'DUP2 MUL 1 ADD',
    unrolled: 32,
  },
  {
    group: 'arithmetic',
    name: '64-bit values',
    stack: '7',
    body: 'DUP1 3 MUL 0xffffffff AND ADD 0xffffffffffff AND',
    unrolled: 16,
  },
  {
    group: 'arithmetic',
    name: 'division, 256 by 128 bits',
    stack: `${HALF} ${WIDE}`,
    body: 'DUP2 DUP2 DIV NOT SWAP1 POP',
    unrolled: 32,
  },
  {
    group: 'arithmetic',
    name: 'mulmod',
    stack: `${WIDE} 0x${'c3'.repeat(32)} 5`,
    body: 'DUP2 SWAP1 DUP4 MULMOD 1 ADD',
    unrolled: 32,
  },
  {
    group: 'arithmetic',
    name: 'exp, 64-bit exponents',
    stack: '3',
    body: '0xfedcba9876543211 SWAP1 EXP',
    unrolled: 16,
  },
]

const MEMORY: readonly EvmWorkload[] = [
  {
    group: 'memory',
    name: 'MLOAD and MSTORE',
    body: '64 MLOAD 1 ADD 64 MSTORE 64 MLOAD 96 MSTORE',
    unrolled: 16,
  },
  {
    group: 'memory',
    name: 'MCOPY of 1 KiB',
    stack: '1 8192 MSTORE',
    body: '1024 0 4096 MCOPY',
    unrolled: 16,
  },
]

const HASHES: readonly EvmWorkload[] = [
  {
    group: 'keccak',
    name: 'mapping keys, 16 of them',
    stack: '0',
    body: '1 ADD DUP1 15 AND 0 MSTORE 64 0 KECCAK256 POP',
    unrolled: 8,
  },
  {
    group: 'keccak',
    name: 'mapping keys, each new',
    stack: '0',
    body: '1 ADD DUP1 0 MSTORE 64 0 KECCAK256 POP',
    unrolled: 8,
  },
  {
    group: 'keccak',
    name: 'inputs of 4 KiB',
    stack: '0',
    body: '1 ADD DUP1 0 MSTORE 4096 0 KECCAK256 POP',
    unrolled: 4,
  },
]

const STORAGE: readonly EvmWorkload[] = [
  {
    group: 'storage',
    name: 'warm SLOAD, 4 slots',
    body: '0 SLOAD POP 1 SLOAD POP 2 SLOAD POP 3 SLOAD POP',
    unrolled: 4,
  },
  {
    group: 'storage',
    name: 'warm SSTORE, 4 slots',
    stack: '1',
    body: '1 ADD DUP1 0 SSTORE DUP1 1 SSTORE DUP1 2 SSTORE DUP1 3 SSTORE',
    reserve: 200_000,
  },
  { group: 'storage', name: 'cold SLOAD', stack: '0', body: '1 ADD DUP1 SLOAD POP' },
  {
    group: 'storage',
    name: 'cold SSTORE',
    stack: '0',
    body: '1 ADD DUP1 DUP1 SSTORE',
    reserve: 60_000,
  },
]

const CALLS: readonly EvmWorkload[] = [
  {
    group: 'calls',
    name: 'CALL',
    body: `0 0 0 0 0 ${CALLEE_PUSH} GAS CALL POP`,
    unrolled: 4,
  },
  {
    group: 'calls',
    name: 'STATICCALL',
    body: `0 0 0 0 ${CALLEE_PUSH} GAS STATICCALL POP`,
    unrolled: 4,
  },
  {
    group: 'calls',
    name: 'DELEGATECALL',
    body: `0 0 0 0 ${CALLEE_PUSH} GAS DELEGATECALL POP`,
    unrolled: 4,
  },
  {
    group: 'calls',
    name: 'CREATE of an empty contract',
    body: '0 0 0 CREATE POP',
    reserve: 100_000,
  },
  {
    group: 'calls',
    name: 'CREATE2 of 32 bytes of code',
    stack: '0',
    // 32 zero bytes from memory, by init code that stands there: PUSH1 32 PUSH1 0 RETURN.
    body: '1 ADD 0x60206000f3 0 MSTORE DUP1 5 27 0 CREATE2 POP',
    reserve: 100_000,
  },
]

/** Calls the precompile with the call data in memory; its output goes behind. */
function precompile(name: string, address: number, data: Uint8Array): EvmWorkload {
  const output = Math.ceil(data.length / 32) * 32
  return {
    group: 'precompiles',
    name,
    body: `64 ${output} ${data.length} 0 ${address} GAS STATICCALL ISZERO @fail JUMPI`,
    reserve: 300_000,
    data,
  }
}

const FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const G1 = concatBytes(word(1), word(2))
const MINUS_G1 = concatBytes(word(1), word(FIELD - 2n))
const G2 = hexToBytes(
  '0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2' +
    '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed' +
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b' +
    '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
)

function ecrecoverData(): Uint8Array {
  const hash = keccak256(word(1))
  const { signature, recid } = secp256k1.ecdsaSign(hash, word(7))
  return concatBytes(hash, word(27 + recid), signature)
}

/** base ** exponent % modulus, with odd numbers of `bytes` bytes. */
function modexpData(bytes: number, exponent: Uint8Array): Uint8Array {
  const lengths = [bytes, exponent.length, bytes].map(word)
  const [base, modulus] = [new Uint8Array(bytes).fill(0xa5), new Uint8Array(bytes).fill(0xff)]
  return concatBytes(...lengths, base, exponent, modulus)
}

const PRECOMPILES: readonly EvmWorkload[] = [
  precompile('ecrecover', 1, ecrecoverData()),
  precompile('sha256, 64 bytes', 2, new Uint8Array(64).fill(1)),
  precompile('sha256, 4 KiB', 2, new Uint8Array(4096).fill(1)),
  precompile('identity, 1 KiB', 4, new Uint8Array(1024).fill(1)),
  precompile('modexp, 256 bits', 5, modexpData(32, new Uint8Array(32).fill(0xff))),
  precompile('modexp, 2048 bits, 65537', 5, modexpData(256, Uint8Array.of(1, 0, 1))),
  precompile('bn254 add', 6, concatBytes(G1, G1)),
  precompile('bn254 multiply', 7, concatBytes(G1, new Uint8Array(32).fill(0x2f))),
  precompile('bn254 pairing, 2 pairs', 8, concatBytes(G1, G2, MINUS_G1, G2)),
]

/** Those that need no state but their own. */
export const EVM_WORKLOADS: readonly EvmWorkload[] = [
  ...ARITHMETIC,
  ...MEMORY,
  ...HASHES,
  ...STORAGE,
  ...CALLS,
  ...PRECOMPILES,
]
