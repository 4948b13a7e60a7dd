/**
 * Instructions that the loop leaves over, because they call functions: what touches the state or
 * the memory's size, what has a price by its operands, calls, and long arithmetic. As in the loop,
 * base gas is charged and the stack is sure.
 */

import {
  ENV_BASE_FEE,
  ENV_BENEFICIARY,
  ENV_BLOB_BASE_FEE,
  ENV_CHAIN_ID,
  ENV_GAS_LIMIT,
  ENV_PREV_RANDAO,
} from '../../src/layout/environment'
import {
  END_REVERT,
  END_SUCCESS,
  FAULT_UNDEFINED_OPCODE,
  FRAME_CODE,
  FRAME_GAS,
  FRAME_MEMORY_BYTES,
  FRAME_PC,
  FRAME_STACK,
} from '../../src/layout/frame'
import {
  OP_STOP,
  OP_DIV,
  OP_SDIV,
  OP_MOD,
  OP_SMOD,
  OP_ADDMOD,
  OP_MULMOD,
  OP_EXP,
  OP_SIGNEXTEND,
  OP_BYTE,
  OP_SAR,
  OP_CLZ,
  OP_KECCAK256,
  OP_BALANCE,
  OP_ORIGIN,
  OP_CALLDATALOAD,
  OP_CALLDATACOPY,
  OP_CODECOPY,
  OP_GASPRICE,
  OP_EXTCODESIZE,
  OP_EXTCODECOPY,
  OP_RETURNDATACOPY,
  OP_EXTCODEHASH,
  OP_BLOCKHASH,
  OP_COINBASE,
  OP_PREVRANDAO,
  OP_GASLIMIT,
  OP_CHAINID,
  OP_SELFBALANCE,
  OP_BASEFEE,
  OP_BLOBHASH,
  OP_BLOBBASEFEE,
  OP_MLOAD,
  OP_MSTORE,
  OP_MSTORE8,
  OP_SLOAD,
  OP_SSTORE,
  OP_JUMP,
  OP_JUMPI,
  OP_PC,
  OP_MSIZE,
  OP_TLOAD,
  OP_TSTORE,
  OP_MCOPY,
  OP_LOG0,
  OP_LOG4,
  OP_CREATE,
  OP_CALL,
  OP_CALLCODE,
  OP_RETURN,
  OP_DELEGATECALL,
  OP_CREATE2,
  OP_STATICCALL,
  OP_REVERT,
  OP_SELFDESTRUCT,
} from '../../src/layout/opcodes'
import { CODE_DATA } from '../../src/layout/records'
import {
  balance,
  extCodeCopy,
  extCodeHash,
  extCodeSize,
  selfBalance,
} from '../instructions/account'
import { exp } from '../instructions/arithmetic'
import { blobHash, blockHash } from '../instructions/block'
import { call } from '../instructions/call'
import {
  callDataCopy,
  codeCopy,
  keccak,
  loadInputEnd,
  log,
  mcopy,
  returnDataCopy,
} from '../instructions/copy'
import { create } from '../instructions/create'
import { finish, jump, mload, mstore, mstore8 } from '../instructions/flow'
import { selfDestruct } from '../instructions/selfdestruct'
import { sload, sstore, tload, tstore } from '../instructions/storage'
import { environment } from '../memory/thread'
import {
  wordDivide,
  wordModulo,
  wordSignedDivide,
  wordSignedModulo,
} from '../u256/divide'
import { wordAddModulo, wordMultiplyModulo } from '../u256/modular'
import {
  wordByte,
  wordLeadingZeros,
  wordShiftRightSigned,
  wordSignExtend,
} from '../u256/shift'
import { wordCopy, wordFromAddress, wordSet } from '../u256/word'
import { gasPrice, origin, setOutput } from './machine'

/**
 * Executes `op`, behind which the frame stands. Returns 0 when the frame goes on, or how it ends
 * (END_*, FAULT_*).
 */
export function step(frame: usize, op: u32): i64 {
  if (op >= <u32>OP_LOG0) return stepHigh(frame, op)
  let sp = <usize>load<u32>(frame, FRAME_STACK)
  let gas = load<i64>(frame, FRAME_GAS)
  switch (op) {
    case OP_DIV:
      sp += 32
      wordDivide(sp, sp - 32, sp)
      break
    case OP_SDIV:
      sp += 32
      wordSignedDivide(sp, sp - 32, sp)
      break
    case OP_MOD:
      sp += 32
      wordModulo(sp, sp - 32, sp)
      break
    case OP_SMOD:
      sp += 32
      wordSignedModulo(sp, sp - 32, sp)
      break
    case OP_ADDMOD:
      sp += 64
      wordAddModulo(sp, sp - 64, sp - 32, sp)
      break
    case OP_MULMOD:
      sp += 64
      wordMultiplyModulo(sp, sp - 64, sp - 32, sp)
      break
    case OP_EXP:
      gas = exp(sp, gas)
      sp += 32
      break
    case OP_SIGNEXTEND:
      sp += 32
      wordSignExtend(sp, sp - 32, sp)
      break
    case OP_BYTE:
      sp += 32
      wordByte(sp, sp - 32, sp)
      break
    case OP_SAR:
      sp += 32
      wordShiftRightSigned(sp, sp - 32, sp)
      break
    case OP_CLZ:
      wordLeadingZeros(sp, sp)
      break
    case OP_KECCAK256:
      gas = keccak(frame, sp, gas)
      sp += 32
      break
    case OP_BALANCE:
      gas = balance(sp, gas)
      break
    case OP_ORIGIN:
      sp -= 32
      wordFromAddress(sp, origin())
      break
    case OP_CALLDATALOAD:
      loadInputEnd(frame, sp)
      break
    case OP_CALLDATACOPY:
      gas = callDataCopy(frame, sp, gas)
      sp += 96
      break
    case OP_CODECOPY:
      gas = codeCopy(frame, sp, gas)
      sp += 96
      break
    case OP_GASPRICE:
      sp -= 32
      wordCopy(sp, gasPrice())
      break
    case OP_EXTCODESIZE:
      gas = extCodeSize(sp, gas)
      break
    case OP_EXTCODECOPY:
      gas = extCodeCopy(frame, sp, gas)
      sp += 128
      break
    case OP_RETURNDATACOPY:
      gas = returnDataCopy(frame, sp, gas)
      sp += 96
      break
    case OP_EXTCODEHASH:
      gas = extCodeHash(sp, gas)
      break
    case OP_BLOCKHASH:
      blockHash(sp)
      break
    case OP_COINBASE:
      sp -= 32
      wordFromAddress(sp, environment() + ENV_BENEFICIARY)
      break
    case OP_PREVRANDAO:
      sp -= 32
      wordCopy(sp, environment() + ENV_PREV_RANDAO)
      break
    case OP_GASLIMIT:
      sp -= 32
      wordSet(sp, load<u64>(environment() + ENV_GAS_LIMIT))
      break
    case OP_CHAINID:
      sp -= 32
      wordCopy(sp, environment() + ENV_CHAIN_ID)
      break
    case OP_SELFBALANCE:
      sp -= 32
      gas = selfBalance(frame, sp, gas)
      break
    case OP_BASEFEE:
      sp -= 32
      wordCopy(sp, environment() + ENV_BASE_FEE)
      break
    case OP_BLOBHASH:
      blobHash(sp)
      break
    case OP_BLOBBASEFEE:
      sp -= 32
      wordCopy(sp, environment() + ENV_BLOB_BASE_FEE)
      break
    case OP_MLOAD:
      gas = mload(frame, sp, gas)
      break
    case OP_MSTORE:
      gas = mstore(frame, sp, gas)
      sp += 64
      break
    case OP_MSTORE8:
      gas = mstore8(frame, sp, gas)
      sp += 64
      break
    case OP_SLOAD:
      gas = sload(frame, sp, gas)
      break
    case OP_SSTORE:
      gas = sstore(frame, sp, gas)
      sp += 64
      break
    case OP_JUMP:
      gas = jump(frame, sp, gas)
      sp += 32
      break
    case OP_JUMPI:
      gas = jump(frame, sp, gas)
      sp += 64
      break
    case OP_PC:
      sp -= 32
      wordSet(sp, <u64>pcOf(frame))
      break
    case OP_MSIZE:
      sp -= 32
      wordSet(sp, load<u64>(frame, FRAME_MEMORY_BYTES))
      break
    case OP_TLOAD:
      tload(frame, sp)
      break
    case OP_TSTORE:
      gas = tstore(frame, sp, gas)
      sp += 64
      break
    case OP_MCOPY:
      gas = mcopy(frame, sp, gas)
      sp += 96
      break
    case OP_STOP:
      setOutput(0, 0)
      return END_SUCCESS
    default:
      return FAULT_UNDEFINED_OPCODE
  }
  return goOn(frame, sp, gas)
}

/** Where the instruction stands in the code; the frame stands behind it. */
@inline
function pcOf(frame: usize): u32 {
  return load<u32>(frame, FRAME_PC) - 1 - CODE_DATA - load<u32>(frame, FRAME_CODE)
}

/**
 * The same from LOG0 on: the compiler makes a table of a switch only if few numbers are missing.
 */
function stepHigh(frame: usize, op: u32): i64 {
  let sp = <usize>load<u32>(frame, FRAME_STACK)
  let gas = load<i64>(frame, FRAME_GAS)
  if (op <= <u32>OP_LOG4) {
    gas = log(frame, op - OP_LOG0, sp, gas)
    return goOn(frame, sp + (<usize>(op - OP_LOG0) << 5) + 64, gas)
  }
  switch (op) {
    case OP_CREATE:
    case OP_CREATE2:
      gas = create(frame, op, sp, gas)
      sp = <usize>load<u32>(frame, FRAME_STACK)
      break
    case OP_CALL:
    case OP_CALLCODE:
    case OP_DELEGATECALL:
    case OP_STATICCALL:
      gas = call(frame, op, sp, gas)
      sp = <usize>load<u32>(frame, FRAME_STACK)
      break
    case OP_RETURN:
      return finish(frame, sp, gas, END_SUCCESS)
    case OP_REVERT:
      return finish(frame, sp, gas, END_REVERT)
    case OP_SELFDESTRUCT:
      return selfDestruct(frame, sp, gas)
    default:
      return FAULT_UNDEFINED_OPCODE
  }
  return goOn(frame, sp, gas)
}

@inline
function goOn(frame: usize, sp: usize, gas: i64): i64 {
  if (gas < 0) return gas
  store<u32>(frame, <u32>sp, FRAME_STACK)
  store<i64>(frame, gas, FRAME_GAS)
  return 0
}
