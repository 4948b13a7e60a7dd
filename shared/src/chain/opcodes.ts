/**
 * The opcodes: since which fork there are, what they take from the stack and leave there, and what
 * they cost before anything that depends on their operands. Tools read the rows; the core's EVM gets
 * the opcodes of one fork as a table that it looks into before each instruction.
 */

import * as op from '../layout/opcodes.ts'
import type { Hardfork } from './hardforks.ts'
import { isAtLeast } from './hardforks.ts'

/** What an opcode costs from each fork on, oldest first. */
type GasByFork = readonly (readonly [since: Hardfork, gas: number])[]

export interface Opcode {
  readonly code: number
  readonly mnemonic: string
  readonly since: Hardfork
  /** Words on the stack: how many there must be, and how many are in their place afterwards. */
  readonly inputs: number
  readonly outputs: number
  readonly gas: GasByFork
}

/** The most words that a stack holds. */
const STACK_LIMIT = 1024

/** Least stack height of an opcode that the fork does not have: more than there can be. */
const UNDEFINED_HEIGHT = 0xffffn
const LEAST_HEIGHT_SHIFT = 16n
const HEIGHT_RANGE_SHIFT = 32n

/** Frontier; EIP-150; EIP-1884; EIP-2929, where a cold account or slot costs more. */
const BALANCE_GAS: GasByFork = [
  ['frontier', 20],
  ['tangerineWhistle', 400],
  ['istanbul', 700],
  ['berlin', 100],
]
const CODE_OF_OTHERS_GAS: GasByFork = [
  ['frontier', 20],
  ['tangerineWhistle', 700],
  ['berlin', 100],
]
const CODE_HASH_GAS: GasByFork = [
  ['constantinople', 400],
  ['istanbul', 700],
  ['berlin', 100],
]
const STORAGE_READ_GAS: GasByFork = [
  ['frontier', 50],
  ['tangerineWhistle', 200],
  ['istanbul', 800],
  ['berlin', 100],
]
const CALL_GAS: GasByFork = [
  ['frontier', 40],
  ['tangerineWhistle', 700],
  ['berlin', 100],
]
const SELFDESTRUCT_GAS: GasByFork = [
  ['frontier', 0],
  ['tangerineWhistle', 5000],
]
const CREATE_GAS = 32000
const LOG_GAS = 375

/** Code, mnemonic, words taken and left, gas, first fork if it is not Frontier. */
const DEFINITIONS: readonly (readonly [
  number,
  string,
  number,
  number,
  number | GasByFork,
  Hardfork?,
])[] = [
  [op.OP_STOP, 'STOP', 0, 0, 0],
  [op.OP_ADD, 'ADD', 2, 1, 3],
  [op.OP_MUL, 'MUL', 2, 1, 5],
  [op.OP_SUB, 'SUB', 2, 1, 3],
  [op.OP_DIV, 'DIV', 2, 1, 5],
  [op.OP_SDIV, 'SDIV', 2, 1, 5],
  [op.OP_MOD, 'MOD', 2, 1, 5],
  [op.OP_SMOD, 'SMOD', 2, 1, 5],
  [op.OP_ADDMOD, 'ADDMOD', 3, 1, 8],
  [op.OP_MULMOD, 'MULMOD', 3, 1, 8],
  [op.OP_EXP, 'EXP', 2, 1, 10],
  [op.OP_SIGNEXTEND, 'SIGNEXTEND', 2, 1, 5],
  [op.OP_LT, 'LT', 2, 1, 3],
  [op.OP_GT, 'GT', 2, 1, 3],
  [op.OP_SLT, 'SLT', 2, 1, 3],
  [op.OP_SGT, 'SGT', 2, 1, 3],
  [op.OP_EQ, 'EQ', 2, 1, 3],
  [op.OP_ISZERO, 'ISZERO', 1, 1, 3],
  [op.OP_AND, 'AND', 2, 1, 3],
  [op.OP_OR, 'OR', 2, 1, 3],
  [op.OP_XOR, 'XOR', 2, 1, 3],
  [op.OP_NOT, 'NOT', 1, 1, 3],
  [op.OP_BYTE, 'BYTE', 2, 1, 3],
  [op.OP_SHL, 'SHL', 2, 1, 3, 'constantinople'],
  [op.OP_SHR, 'SHR', 2, 1, 3, 'constantinople'],
  [op.OP_SAR, 'SAR', 2, 1, 3, 'constantinople'],
  [op.OP_CLZ, 'CLZ', 1, 1, 5, 'osaka'],
  [op.OP_KECCAK256, 'KECCAK256', 2, 1, 30],
  [op.OP_ADDRESS, 'ADDRESS', 0, 1, 2],
  [op.OP_BALANCE, 'BALANCE', 1, 1, BALANCE_GAS],
  [op.OP_ORIGIN, 'ORIGIN', 0, 1, 2],
  [op.OP_CALLER, 'CALLER', 0, 1, 2],
  [op.OP_CALLVALUE, 'CALLVALUE', 0, 1, 2],
  [op.OP_CALLDATALOAD, 'CALLDATALOAD', 1, 1, 3],
  [op.OP_CALLDATASIZE, 'CALLDATASIZE', 0, 1, 2],
  [op.OP_CALLDATACOPY, 'CALLDATACOPY', 3, 0, 3],
  [op.OP_CODESIZE, 'CODESIZE', 0, 1, 2],
  [op.OP_CODECOPY, 'CODECOPY', 3, 0, 3],
  [op.OP_GASPRICE, 'GASPRICE', 0, 1, 2],
  [op.OP_EXTCODESIZE, 'EXTCODESIZE', 1, 1, CODE_OF_OTHERS_GAS],
  [op.OP_EXTCODECOPY, 'EXTCODECOPY', 4, 0, CODE_OF_OTHERS_GAS],
  [op.OP_RETURNDATASIZE, 'RETURNDATASIZE', 0, 1, 2, 'byzantium'],
  [op.OP_RETURNDATACOPY, 'RETURNDATACOPY', 3, 0, 3, 'byzantium'],
  [op.OP_EXTCODEHASH, 'EXTCODEHASH', 1, 1, CODE_HASH_GAS, 'constantinople'],
  [op.OP_BLOCKHASH, 'BLOCKHASH', 1, 1, 20],
  [op.OP_COINBASE, 'COINBASE', 0, 1, 2],
  [op.OP_TIMESTAMP, 'TIMESTAMP', 0, 1, 2],
  [op.OP_NUMBER, 'NUMBER', 0, 1, 2],
  [op.OP_PREVRANDAO, 'PREVRANDAO', 0, 1, 2],
  [op.OP_GASLIMIT, 'GASLIMIT', 0, 1, 2],
  [op.OP_CHAINID, 'CHAINID', 0, 1, 2, 'istanbul'],
  [op.OP_SELFBALANCE, 'SELFBALANCE', 0, 1, 5, 'istanbul'],
  [op.OP_BASEFEE, 'BASEFEE', 0, 1, 2, 'london'],
  [op.OP_BLOBHASH, 'BLOBHASH', 1, 1, 3, 'cancun'],
  [op.OP_BLOBBASEFEE, 'BLOBBASEFEE', 0, 1, 2, 'cancun'],
  [op.OP_POP, 'POP', 1, 0, 2],
  [op.OP_MLOAD, 'MLOAD', 1, 1, 3],
  [op.OP_MSTORE, 'MSTORE', 2, 0, 3],
  [op.OP_MSTORE8, 'MSTORE8', 2, 0, 3],
  [op.OP_SLOAD, 'SLOAD', 1, 1, STORAGE_READ_GAS],
  [op.OP_SSTORE, 'SSTORE', 2, 0, 0],
  [op.OP_JUMP, 'JUMP', 1, 0, 8],
  [op.OP_JUMPI, 'JUMPI', 2, 0, 10],
  [op.OP_PC, 'PC', 0, 1, 2],
  [op.OP_MSIZE, 'MSIZE', 0, 1, 2],
  [op.OP_GAS, 'GAS', 0, 1, 2],
  [op.OP_JUMPDEST, 'JUMPDEST', 0, 0, 1],
  [op.OP_TLOAD, 'TLOAD', 1, 1, 100, 'cancun'],
  [op.OP_TSTORE, 'TSTORE', 2, 0, 100, 'cancun'],
  [op.OP_MCOPY, 'MCOPY', 3, 0, 3, 'cancun'],
  [op.OP_PUSH0, 'PUSH0', 0, 1, 2, 'shanghai'],
  [op.OP_CREATE, 'CREATE', 3, 1, CREATE_GAS],
  [op.OP_CALL, 'CALL', 7, 1, CALL_GAS],
  [op.OP_CALLCODE, 'CALLCODE', 7, 1, CALL_GAS],
  [op.OP_RETURN, 'RETURN', 2, 0, 0],
  [op.OP_DELEGATECALL, 'DELEGATECALL', 6, 1, CALL_GAS, 'homestead'],
  [op.OP_CREATE2, 'CREATE2', 4, 1, CREATE_GAS, 'constantinople'],
  [op.OP_STATICCALL, 'STATICCALL', 6, 1, CALL_GAS, 'byzantium'],
  [op.OP_REVERT, 'REVERT', 2, 0, 0, 'byzantium'],
  [op.OP_INVALID, 'INVALID', 0, 0, 0],
  [op.OP_SELFDESTRUCT, 'SELFDESTRUCT', 1, 0, SELFDESTRUCT_GAS],
]

/** Every opcode of every fork, in order of its code. */
export const OPCODES: readonly Opcode[] = [
  ...DEFINITIONS.map(([code, mnemonic, inputs, outputs, gas, since = 'frontier']): Opcode => {
    const gasByFork: GasByFork = typeof gas === 'number' ? [[since, gas]] : gas
    return { code, mnemonic, since, inputs, outputs, gas: gasByFork }
  }),
  ...family(op.OP_PUSH1, op.OP_PUSH32, (i) => ['PUSH', i + 1, 0, 1, 3]),
  ...family(op.OP_DUP1, op.OP_DUP16, (i) => ['DUP', i + 1, i + 1, i + 2, 3]),
  ...family(op.OP_SWAP1, op.OP_SWAP16, (i) => ['SWAP', i + 1, i + 2, i + 2, 3]),
  ...family(op.OP_LOG0, op.OP_LOG4, (i) => ['LOG', i, i + 2, 0, LOG_GAS * (i + 1)]),
].sort((a, b) => a.code - b.code)

/** Opcodes in a row that differ by a number: its name, the number, words taken and left, gas. */
function family(
  first: number,
  last: number,
  define: (index: number) => readonly [string, number, number, number, number],
): Opcode[] {
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const [name, number, inputs, outputs, gas] = define(index)
    const mnemonic = `${name}${number}`
    return {
      code: first + index,
      mnemonic,
      since: 'frontier',
      inputs,
      outputs,
      gas: [['frontier', gas]],
    }
  })
}

/** Gas of `opcode` in a fork that has it, before what depends on its operands. */
export function baseGas(opcode: Opcode, fork: Hardfork): number {
  const price = opcode.gas.findLast(([since]) => isAtLeast(fork, since))
  return price?.[1] ?? 0
}

/** What the core looks up before each instruction: 256 entries as `ENV_OPCODES` describes them. */
export function opcodeTableOf(fork: Hardfork): BigUint64Array {
  const table = new BigUint64Array(256).fill(UNDEFINED_HEIGHT << LEAST_HEIGHT_SHIFT)
  for (const opcode of OPCODES) {
    if (!isAtLeast(fork, opcode.since) || opcode.code === op.OP_INVALID) continue
    const growth = Math.max(opcode.outputs - opcode.inputs, 0)
    table[opcode.code] =
      BigInt(baseGas(opcode, fork)) |
      (BigInt(opcode.inputs) << LEAST_HEIGHT_SHIFT) |
      (BigInt(STACK_LIMIT - growth - opcode.inputs) << HEIGHT_RANGE_SHIFT)
  }
  return table
}
