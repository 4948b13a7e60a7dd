/**
 * The loop that executes code, as long as an instruction needs nothing but its operands and the
 * frame. There is no call in it, so that its variables stay in the machine's registers; what needs
 * one is left to `step.ts`. The instructions that contracts are mostly made of are told apart by
 * branches, which a processor foresees better than jumps through a table; a table finds the rest.
 *
 * One look at the opcode's entry in the environment (ENV_OPCODES) has charged the base gas and made
 * sure of the stack: an instruction finds its operands, and has room for what it pushes. The
 * operand stack grows downwards, the top word at `sp`, the one below at `sp + 32`; `pc` leads to
 * the byte behind the opcode.
 */

import {
  ENV_NUMBER,
  ENV_OPCODES,
  ENV_TIMESTAMP,
} from '../../src/layout/environment'
import {
  FRAME_ADDRESS,
  FRAME_CALLER,
  FRAME_CODE,
  FRAME_GAS,
  FRAME_INPUT,
  FRAME_INPUT_BYTES,
  FRAME_PC,
  FRAME_STACK,
  FRAME_STACK_BASE,
  FRAME_VALUE,
  FRAME_WORD_LIMIT,
} from '../../src/layout/frame'
import { ENV_OFFSET } from '../../src/layout/memory-map'
import {
  OP_ADD,
  OP_MUL,
  OP_SUB,
  OP_DIV,
  OP_MOD,
  OP_LT,
  OP_GT,
  OP_SLT,
  OP_SGT,
  OP_EQ,
  OP_ISZERO,
  OP_AND,
  OP_OR,
  OP_XOR,
  OP_NOT,
  OP_SHL,
  OP_SHR,
  OP_ADDRESS,
  OP_CALLER,
  OP_CALLVALUE,
  OP_CALLDATALOAD,
  OP_CALLDATASIZE,
  OP_CODESIZE,
  OP_RETURNDATASIZE,
  OP_TIMESTAMP,
  OP_NUMBER,
  OP_POP,
  OP_MLOAD,
  OP_MSTORE,
  OP_JUMP,
  OP_JUMPI,
  OP_GAS,
  OP_JUMPDEST,
  OP_PUSH0,
  OP_PUSH1,
  OP_PUSH2,
  OP_DUP1,
  OP_SWAP1,
  OP_SWAP16,
} from '../../src/layout/opcodes'
import { CODE_DATA, CODE_LENGTH } from '../../src/layout/records'
import { isLess, isSignedLess } from '../instructions/arithmetic'
import { environment } from '../memory/thread'
import { wordMultiply } from '../u256/multiply'
import { wordShiftLeft, wordShiftRight } from '../u256/shift'
import {
  wordAdd,
  wordAnd,
  wordClear,
  wordCopy,
  wordEquals,
  wordFitsLong,
  wordFromBytes,
  wordFromShortBytes,
  wordIsZero,
  wordLong,
  wordNot,
  wordOr,
  wordSet,
  wordSubtract,
  wordSwap,
  wordToBytes,
  wordXor,
} from '../u256/word'
import { destinationOf } from './jump-map'
import { returnDataBytes } from './machine'
import { memoryAt } from './memory'

const OPCODES: usize = ENV_OFFSET + ENV_OPCODES
const ENTRY_SHIFT: u32 = 3
const JUMPDEST_GAS: i64 = 1
/**
 * Gas after which a frame pauses, so that somebody can stop it: about a millisecond. More than any
 * opcode's base gas.
 */
const GAS_SLICE: i64 = 1 << 20

/** PUSH1 to SWAP16, and POP to PUSH0. */
const STACK_OP_COUNT: u32 = OP_SWAP16 - OP_PUSH1 + 1
const FLOW_OP_COUNT: u32 = OP_PUSH0 - OP_POP + 1

/** What `execute` answers when it stopped for none of the instructions that it leaves over. */
export const UNFIT: u32 = 256
export const PAUSED: u32 = 257

/**
 * Runs a frame from where it stands up to an instruction that it leaves to `step`, and answers with
 * it: its base gas is charged, and the frame stands behind it. UNFIT: the instruction where the
 * frame stands may not be executed, needs words of the stack from `floor` on, or a slice of gas is
 * used up. PAUSED: it was to execute one.
 */
export function execute(frame: usize, floor: usize, isSingle: bool): u32 {
  let pc = <usize>load<u32>(frame, FRAME_PC)
  let sp = <usize>load<u32>(frame, FRAME_STACK)
  let gas = load<i64>(frame, FRAME_GAS)
  const withheld = max<i64>(gas - GAS_SLICE, 0)
  gas -= withheld
  const wordsBelow = <u64>(<usize>load<u32>(frame, FRAME_STACK_BASE) - floor) >> 5
  do {
    const op = <u32>load<u8>(pc)
    const entry = load<u64>(<usize>op << ENTRY_SHIFT, OPCODES)
    const left = gas - <i64>(entry & 0xffff)
    const above = <u32>((floor - sp) >> 5) - (<u32>entry >> 16)
    // One branch for both: gas below zero, or the height out of its range.
    if ((left | <i64>((entry >> 32) - wordsBelow - <u64>above)) < 0) {
      return suspend(frame, pc, sp, gas + withheld, UNFIT)
    }
    gas = left
    pc++
    if (op - OP_PUSH1 < STACK_OP_COUNT) {
      if (op < <u32>OP_DUP1) {
        sp -= 32
        pc = push(sp, pc, op)
      } else if (op < <u32>OP_SWAP1) {
        const from = sp + (<usize>(op - OP_DUP1) << 5)
        sp -= 32
        wordCopy(sp, from)
      } else {
        wordSwap(sp, sp + (<usize>(op - OP_SWAP1 + 1) << 5))
      }
      continue
    }
    if (op - OP_POP < FLOW_OP_COUNT) {
      if (op == OP_JUMPDEST) continue
      if (op == OP_POP) {
        sp += 32
        continue
      }
      if (op == OP_JUMPI) {
        if (!wordIsZero(sp + 32)) {
          const destination = destinationOf(frame, sp)
          if (destination == 0) return suspend(frame, pc, sp, gas + withheld, op)
          pc = destination
          // The JUMPDEST there is executed at once; the next instruction finds missing gas.
          if (!isSingle) {
            gas -= JUMPDEST_GAS
            pc++
          }
        }
        sp += 64
        continue
      }
      if (op == OP_JUMP) {
        const destination = destinationOf(frame, sp)
        if (destination == 0) return suspend(frame, pc, sp, gas + withheld, op)
        pc = destination
        if (!isSingle) {
          gas -= JUMPDEST_GAS
          pc++
        }
        sp += 32
        continue
      }
      if (op == OP_MSTORE) {
        if (isOutside(frame, sp)) return suspend(frame, pc, sp, gas + withheld, op)
        wordToBytes(memoryAt(frame, sp), sp + 32)
        sp += 64
        continue
      }
      if (op == OP_MLOAD) {
        if (isOutside(frame, sp)) return suspend(frame, pc, sp, gas + withheld, op)
        wordFromBytes(sp, memoryAt(frame, sp))
        continue
      }
      if (op == OP_PUSH0) {
        sp -= 32
        wordClear(sp)
        continue
      }
      if (op == OP_GAS) {
        sp -= 32
        wordSet(sp, <u64>(gas + withheld))
        continue
      }
      return suspend(frame, pc, sp, gas + withheld, op)
    }
    switch (op) {
      case OP_ADD:
        sp += 32
        wordAdd(sp, sp - 32, sp)
        break
      case OP_MUL:
        sp += 32
        wordMultiply(sp, sp - 32, sp)
        break
      case OP_SUB:
        sp += 32
        wordSubtract(sp, sp - 32, sp)
        break
      case OP_DIV: {
        sp += 32
        const divisor = wordLong(sp)
        if (!wordFitsLong(sp - 32) || !wordFitsLong(sp) || divisor == 0) {
          return suspend(frame, pc, sp - 32, gas + withheld, op)
        }
        wordSet(sp, wordLong(sp - 32) / divisor)
        break
      }
      case OP_MOD: {
        sp += 32
        const divisor = wordLong(sp)
        if (!wordFitsLong(sp - 32) || !wordFitsLong(sp) || divisor == 0) {
          return suspend(frame, pc, sp - 32, gas + withheld, op)
        }
        wordSet(sp, wordLong(sp - 32) % divisor)
        break
      }
      case OP_LT:
        sp += 32
        wordSet(sp, u64(isLess(sp - 32, sp)))
        break
      case OP_GT:
        sp += 32
        wordSet(sp, u64(isLess(sp, sp - 32)))
        break
      case OP_SLT:
        sp += 32
        wordSet(sp, u64(isSignedLess(sp - 32, sp)))
        break
      case OP_SGT:
        sp += 32
        wordSet(sp, u64(isSignedLess(sp, sp - 32)))
        break
      case OP_EQ:
        sp += 32
        wordSet(sp, u64(wordEquals(sp - 32, sp)))
        break
      case OP_ISZERO:
        wordSet(sp, u64(wordIsZero(sp)))
        break
      case OP_AND:
        sp += 32
        wordAnd(sp, sp - 32, sp)
        break
      case OP_OR:
        sp += 32
        wordOr(sp, sp - 32, sp)
        break
      case OP_XOR:
        sp += 32
        wordXor(sp, sp - 32, sp)
        break
      case OP_NOT:
        wordNot(sp, sp)
        break
      case OP_SHL:
        sp += 32
        wordShiftLeft(sp, sp - 32, sp)
        break
      case OP_SHR:
        sp += 32
        wordShiftRight(sp, sp - 32, sp)
        break
      case OP_ADDRESS:
        sp -= 32
        wordCopy(sp, frame + FRAME_ADDRESS)
        break
      case OP_CALLER:
        sp -= 32
        wordCopy(sp, frame + FRAME_CALLER)
        break
      case OP_CALLVALUE:
        sp -= 32
        wordCopy(sp, frame + FRAME_VALUE)
        break
      case OP_CALLDATALOAD: {
        const offset = wordLong(sp)
        const length = <u64>load<u32>(frame, FRAME_INPUT_BYTES)
        const isInside = wordFitsLong(sp) && offset < length && length - offset >= 32
        if (!isInside) return suspend(frame, pc, sp, gas + withheld, op)
        wordFromBytes(sp, <usize>load<u32>(frame, FRAME_INPUT) + <usize>offset)
        break
      }
      case OP_CALLDATASIZE:
        sp -= 32
        wordSet(sp, <u64>load<u32>(frame, FRAME_INPUT_BYTES))
        break
      case OP_CODESIZE:
        sp -= 32
        wordSet(sp, <u64>load<u32>(load<u32>(frame, FRAME_CODE), CODE_LENGTH))
        break
      case OP_RETURNDATASIZE:
        sp -= 32
        wordSet(sp, <u64>returnDataBytes())
        break
      case OP_TIMESTAMP:
        sp -= 32
        wordSet(sp, load<u64>(environment() + ENV_TIMESTAMP))
        break
      case OP_NUMBER:
        sp -= 32
        wordSet(sp, load<u64>(environment() + ENV_NUMBER))
        break
      default:
        return suspend(frame, pc, sp, gas + withheld, op)
    }
  } while (!isSingle)
  return suspend(frame, pc, sp, gas + withheld, PAUSED)
}

/** Whether the word at the offset that the top of the stack holds is beyond the memory so far. */
@inline
function isOutside(frame: usize, sp: usize): bool {
  return !wordFitsLong(sp) || wordLong(sp) >= load<u64>(frame, FRAME_WORD_LIMIT)
}

/** Writes the operand of a PUSH at `pc` to `out`; returns where the next instruction stands. */
@inline
function push(out: usize, pc: usize, op: u32): usize {
  if (op == OP_PUSH1) {
    wordSet(out, <u64>load<u8>(pc))
    return pc + 1
  }
  if (op == OP_PUSH2) {
    wordSet(out, <u64>bswap<u16>(load<u16>(pc)))
    return pc + 2
  }
  const bytes = <usize>(op - OP_PUSH1 + 1)
  wordFromShortBytes(out, pc, bytes)
  return pc + bytes
}

@inline
function suspend(frame: usize, pc: usize, sp: usize, gas: i64, answer: u32): u32 {
  store<u32>(frame, <u32>pc, FRAME_PC)
  store<u32>(frame, <u32>sp, FRAME_STACK)
  store<i64>(frame, gas, FRAME_GAS)
  return answer
}
