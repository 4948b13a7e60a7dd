/**
 * Opcodes as the generator needs them: byte, name, operands, results, and the fork they came with.
 * Written down once more on purpose: what is tested may not tell the test what it should be.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { assert } from '@shredcast/shared/primitives/assert'

export interface Opcode {
  readonly code: number
  readonly name: string
  readonly inputs: number
  readonly outputs: number
  readonly since: Hardfork
}

/** By fork: byte, name, operands, results. */
const TABLE: readonly (readonly [Hardfork, string])[] = [
  [
    'frontier',
    `00 STOP 0 0, 01 ADD 2 1, 02 MUL 2 1, 03 SUB 2 1, 04 DIV 2 1, 05 SDIV 2 1, 06 MOD 2 1,
    07 SMOD 2 1, 08 ADDMOD 3 1, 09 MULMOD 3 1, 0a EXP 2 1, 0b SIGNEXTEND 2 1, 10 LT 2 1, 11 GT 2 1,
    12 SLT 2 1, 13 SGT 2 1, 14 EQ 2 1, 15 ISZERO 1 1, 16 AND 2 1, 17 OR 2 1, 18 XOR 2 1, 19 NOT 1 1,
    1a BYTE 2 1, 20 KECCAK256 2 1, 30 ADDRESS 0 1, 31 BALANCE 1 1, 32 ORIGIN 0 1, 33 CALLER 0 1,
    34 CALLVALUE 0 1, 35 CALLDATALOAD 1 1, 36 CALLDATASIZE 0 1, 37 CALLDATACOPY 3 0,
    38 CODESIZE 0 1, 39 CODECOPY 3 0, 3a GASPRICE 0 1, 3b EXTCODESIZE 1 1, 3c EXTCODECOPY 4 0,
    40 BLOCKHASH 1 1, 41 COINBASE 0 1, 42 TIMESTAMP 0 1, 43 NUMBER 0 1, 44 PREVRANDAO 0 1,
    45 GASLIMIT 0 1, 50 POP 1 0, 51 MLOAD 1 1, 52 MSTORE 2 0, 53 MSTORE8 2 0, 54 SLOAD 1 1,
    55 SSTORE 2 0, 56 JUMP 1 0, 57 JUMPI 2 0, 58 PC 0 1, 59 MSIZE 0 1, 5a GAS 0 1, 5b JUMPDEST 0 0,
    a0 LOG0 2 0, a1 LOG1 3 0, a2 LOG2 4 0, a3 LOG3 5 0, a4 LOG4 6 0, f0 CREATE 3 1, f1 CALL 7 1,
    f2 CALLCODE 7 1, f3 RETURN 2 0, fe INVALID 0 0, ff SELFDESTRUCT 1 0`,
  ],
  ['homestead', 'f4 DELEGATECALL 6 1'],
  ['byzantium', '3d RETURNDATASIZE 0 1, 3e RETURNDATACOPY 3 0, fa STATICCALL 6 1, fd REVERT 2 0'],
  ['constantinople', '1b SHL 2 1, 1c SHR 2 1, 1d SAR 2 1, 3f EXTCODEHASH 1 1, f5 CREATE2 4 1'],
  ['istanbul', '46 CHAINID 0 1, 47 SELFBALANCE 0 1'],
  ['london', '48 BASEFEE 0 1'],
  ['shanghai', '5f PUSH0 0 1'],
  ['cancun', '49 BLOBHASH 1 1, 4a BLOBBASEFEE 0 1, 5c TLOAD 1 1, 5d TSTORE 2 0, 5e MCOPY 3 0'],
  ['osaka', '1e CLZ 1 1'],
]

export const PUSH0 = 0x5f
export const PUSH1 = 0x60
const DUP1 = 0x80
const SWAP1 = 0x90

function numbered(name: string, first: number, count: number, heights: number[]): Opcode[] {
  return Array.from({ length: count }, (_, i) => ({
    code: first + i,
    name: `${name}${i + 1}`,
    inputs: heights[0] === 0 ? 0 : heights[0]! + i,
    outputs: heights[0] === 0 ? 1 : heights[1]! + i,
    since: 'frontier' as const,
  }))
}

/** All opcodes there are, in ascending order. */
export const OPCODES: readonly Opcode[] = [
  ...TABLE.flatMap(([since, text]) =>
    text.split(',').map((entry) => {
      const [code, name, inputs, outputs] = entry.trim().split(/\s+/)
      return {
        code: Number.parseInt(code!, 16),
        name: name!,
        inputs: Number(inputs),
        outputs: Number(outputs),
        since,
      }
    }),
  ),
  ...numbered('PUSH', PUSH1, 32, [0, 1]),
  ...numbered('DUP', DUP1, 16, [1, 2]),
  ...numbered('SWAP', SWAP1, 16, [2, 2]),
].sort((a, b) => a.code - b.code)

const BY_NAME = new Map(OPCODES.map((opcode) => [opcode.name, opcode]))
const BY_CODE = new Map(OPCODES.map((opcode) => [opcode.code, opcode]))

export function opcodeNamed(name: string): Opcode {
  const opcode = BY_NAME.get(name)
  assert(opcode !== undefined, `${name} is an opcode`)
  return opcode
}

/** Undefined when no fork has such an opcode. */
export function opcodeOf(code: number): Opcode | undefined {
  return BY_CODE.get(code)
}
