/**
 * The loop that executes code, as long as an instruction needs nothing but its operands and the
 * frame. There is no call in it, so that its variables stay in the machine's registers; with one
 * that cannot be inlined they would be saved around every instruction. What is left over goes to
 * `step.ts`.
 *
 * Before the switch one look at the opcode's entry in the environment (ENV_OPCODES) has charged its
 * base gas and made sure of the stack: the instruction finds its operands, and has room for what it
 * pushes. The operand stack grows downwards, the top word at `sp`, the one below at `sp + 32`; `pc`
 * leads to the byte behind the opcode.
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
  FRAME_MEMORY_BYTES,
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
  OP_PC,
  OP_MSIZE,
  OP_GAS,
  OP_JUMPDEST,
  OP_PUSH0,
  OP_PUSH1,
  OP_PUSH2,
  OP_PUSH3,
  OP_PUSH4,
  OP_PUSH5,
  OP_PUSH6,
  OP_PUSH7,
  OP_PUSH8,
  OP_PUSH9,
  OP_PUSH10,
  OP_PUSH11,
  OP_PUSH12,
  OP_PUSH13,
  OP_PUSH14,
  OP_PUSH15,
  OP_PUSH16,
  OP_PUSH17,
  OP_PUSH18,
  OP_PUSH19,
  OP_PUSH20,
  OP_PUSH21,
  OP_PUSH22,
  OP_PUSH23,
  OP_PUSH24,
  OP_PUSH25,
  OP_PUSH26,
  OP_PUSH27,
  OP_PUSH28,
  OP_PUSH29,
  OP_PUSH30,
  OP_PUSH31,
  OP_PUSH32,
  OP_DUP1,
  OP_DUP2,
  OP_DUP3,
  OP_DUP4,
  OP_DUP5,
  OP_DUP6,
  OP_DUP7,
  OP_DUP8,
  OP_DUP9,
  OP_DUP10,
  OP_DUP11,
  OP_DUP12,
  OP_DUP13,
  OP_DUP14,
  OP_DUP15,
  OP_DUP16,
  OP_SWAP1,
  OP_SWAP2,
  OP_SWAP3,
  OP_SWAP4,
  OP_SWAP5,
  OP_SWAP6,
  OP_SWAP7,
  OP_SWAP8,
  OP_SWAP9,
  OP_SWAP10,
  OP_SWAP11,
  OP_SWAP12,
  OP_SWAP13,
  OP_SWAP14,
  OP_SWAP15,
  OP_SWAP16,
} from '../../src/layout/opcodes'
import { CODE_DATA, CODE_LENGTH } from '../../src/layout/records'
import { isLess, isSignedLess } from '../instructions/arithmetic'
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

/** What `execute` answers when it stopped for no instruction: a fault, or it was to execute one. */
export const UNFIT: u32 = 256
export const PAUSED: u32 = 257

/**
 * Runs a frame from where it stands up to an instruction that it leaves to `step`, and answers with
 * it: its base gas is charged, and the frame stands behind it. UNFIT: the instruction where the
 * frame stands may not be executed.
 */
export function execute(frame: usize, isSingle: bool): u32 {
  let pc = <usize>load<u32>(frame, FRAME_PC)
  let sp = <usize>load<u32>(frame, FRAME_STACK)
  let gas = load<i64>(frame, FRAME_GAS)
  const stackBase = <usize>load<u32>(frame, FRAME_STACK_BASE)
  do {
    const op = <u32>load<u8>(pc)
    const entry = load<u64>(<usize>op << ENTRY_SHIFT, OPCODES)
    const left = gas - <i64>(entry & 0xffff)
    const above = <u32>((stackBase - sp) >> 5) - (<u32>entry >> 16)
    // One branch for both: gas below zero, or the height out of its range.
    if ((left | <i64>((entry >> 32) - <u64>above)) < 0) {
      return suspend(frame, pc, sp, gas, UNFIT)
    }
    gas = left
    pc++
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
          return suspend(frame, pc, sp - 32, gas, op)
        }
        wordSet(sp, wordLong(sp - 32) / divisor)
        break
      }
      case OP_MOD: {
        sp += 32
        const divisor = wordLong(sp)
        if (!wordFitsLong(sp - 32) || !wordFitsLong(sp) || divisor == 0) {
          return suspend(frame, pc, sp - 32, gas, op)
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
        if (!isInside) return suspend(frame, pc, sp, gas, op)
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
        wordSet(sp, load<u64>(ENV_OFFSET + ENV_TIMESTAMP))
        break
      case OP_NUMBER:
        sp -= 32
        wordSet(sp, load<u64>(ENV_OFFSET + ENV_NUMBER))
        break
      case OP_POP:
        sp += 32
        break
      case OP_MLOAD:
        if (!wordFitsLong(sp) || wordLong(sp) >= load<u64>(frame, FRAME_WORD_LIMIT)) {
          return suspend(frame, pc, sp, gas, op)
        }
        wordFromBytes(sp, memoryAt(frame, sp))
        break
      case OP_MSTORE:
        if (!wordFitsLong(sp) || wordLong(sp) >= load<u64>(frame, FRAME_WORD_LIMIT)) {
          return suspend(frame, pc, sp, gas, op)
        }
        wordToBytes(memoryAt(frame, sp), sp + 32)
        sp += 64
        break
      case OP_JUMP: {
        const destination = destinationOf(frame, sp)
        if (destination == 0) return suspend(frame, pc, sp, gas, op)
        pc = destination
        sp += 32
        if (isSingle) break
        // The JUMPDEST there is executed at once; the next instruction finds missing gas.
        gas -= JUMPDEST_GAS
        pc++
        break
      }
      case OP_JUMPI:
        if (!wordIsZero(sp + 32)) {
          const destination = destinationOf(frame, sp)
          if (destination == 0) return suspend(frame, pc, sp, gas, op)
          pc = destination
          if (!isSingle) {
            gas -= JUMPDEST_GAS
            pc++
          }
        }
        sp += 64
        break
      case OP_PC:
        sp -= 32
        wordSet(sp, <u64>(pc - 1 - CODE_DATA - <usize>load<u32>(frame, FRAME_CODE)))
        break
      case OP_MSIZE:
        sp -= 32
        wordSet(sp, load<u64>(frame, FRAME_MEMORY_BYTES))
        break
      case OP_GAS:
        sp -= 32
        wordSet(sp, <u64>gas)
        break
      case OP_JUMPDEST:
        break
      case OP_PUSH0:
        sp -= 32
        wordClear(sp)
        break
      case OP_PUSH1:
        sp -= 32
        wordSet(sp, <u64>load<u8>(pc))
        pc++
        break
      case OP_PUSH2:
        sp -= 32
        wordSet(sp, <u64>bswap<u16>(load<u16>(pc)))
        pc += 2
        break
      case OP_PUSH3:
        sp -= 32
        wordSet(sp, <u64>(bswap<u32>(load<u32>(pc)) >> 8))
        pc += 3
        break
      case OP_PUSH4:
        sp -= 32
        wordSet(sp, <u64>bswap<u32>(load<u32>(pc)))
        pc += 4
        break
      case OP_PUSH5:
      case OP_PUSH6:
      case OP_PUSH7:
      case OP_PUSH8:
      case OP_PUSH9:
      case OP_PUSH10:
      case OP_PUSH11:
      case OP_PUSH12:
      case OP_PUSH13:
      case OP_PUSH14:
      case OP_PUSH15:
      case OP_PUSH16:
      case OP_PUSH17:
      case OP_PUSH18:
      case OP_PUSH19:
      case OP_PUSH20:
      case OP_PUSH21:
      case OP_PUSH22:
      case OP_PUSH23:
      case OP_PUSH24:
      case OP_PUSH25:
      case OP_PUSH26:
      case OP_PUSH27:
      case OP_PUSH28:
      case OP_PUSH29:
      case OP_PUSH30:
      case OP_PUSH31: {
        const bytes = <usize>(op - OP_PUSH1 + 1)
        sp -= 32
        wordFromShortBytes(sp, pc, bytes)
        pc += bytes
        break
      }
      case OP_PUSH32:
        sp -= 32
        wordFromBytes(sp, pc)
        pc += 32
        break
      case OP_DUP1:
        sp -= 32
        wordCopy(sp, sp + 32)
        break
      case OP_DUP2:
        sp -= 32
        wordCopy(sp, sp + 64)
        break
      case OP_DUP3:
        sp -= 32
        wordCopy(sp, sp + 96)
        break
      case OP_DUP4:
        sp -= 32
        wordCopy(sp, sp + 128)
        break
      case OP_DUP5:
        sp -= 32
        wordCopy(sp, sp + 160)
        break
      case OP_DUP6:
        sp -= 32
        wordCopy(sp, sp + 192)
        break
      case OP_DUP7:
        sp -= 32
        wordCopy(sp, sp + 224)
        break
      case OP_DUP8:
        sp -= 32
        wordCopy(sp, sp + 256)
        break
      case OP_DUP9:
        sp -= 32
        wordCopy(sp, sp + 288)
        break
      case OP_DUP10:
        sp -= 32
        wordCopy(sp, sp + 320)
        break
      case OP_DUP11:
        sp -= 32
        wordCopy(sp, sp + 352)
        break
      case OP_DUP12:
        sp -= 32
        wordCopy(sp, sp + 384)
        break
      case OP_DUP13:
        sp -= 32
        wordCopy(sp, sp + 416)
        break
      case OP_DUP14:
        sp -= 32
        wordCopy(sp, sp + 448)
        break
      case OP_DUP15:
        sp -= 32
        wordCopy(sp, sp + 480)
        break
      case OP_DUP16:
        sp -= 32
        wordCopy(sp, sp + 512)
        break
      case OP_SWAP1:
        wordSwap(sp, sp + 32)
        break
      case OP_SWAP2:
        wordSwap(sp, sp + 64)
        break
      case OP_SWAP3:
        wordSwap(sp, sp + 96)
        break
      case OP_SWAP4:
        wordSwap(sp, sp + 128)
        break
      case OP_SWAP5:
        wordSwap(sp, sp + 160)
        break
      case OP_SWAP6:
        wordSwap(sp, sp + 192)
        break
      case OP_SWAP7:
        wordSwap(sp, sp + 224)
        break
      case OP_SWAP8:
        wordSwap(sp, sp + 256)
        break
      case OP_SWAP9:
        wordSwap(sp, sp + 288)
        break
      case OP_SWAP10:
        wordSwap(sp, sp + 320)
        break
      case OP_SWAP11:
        wordSwap(sp, sp + 352)
        break
      case OP_SWAP12:
        wordSwap(sp, sp + 384)
        break
      case OP_SWAP13:
        wordSwap(sp, sp + 416)
        break
      case OP_SWAP14:
        wordSwap(sp, sp + 448)
        break
      case OP_SWAP15:
        wordSwap(sp, sp + 480)
        break
      case OP_SWAP16:
        wordSwap(sp, sp + 512)
        break
      default:
        return suspend(frame, pc, sp, gas, op)
    }
  } while (!isSingle)
  return suspend(frame, pc, sp, gas, PAUSED)
}

@inline
function suspend(frame: usize, pc: usize, sp: usize, gas: i64, answer: u32): u32 {
  store<u32>(frame, <u32>pc, FRAME_PC)
  store<u32>(frame, <u32>sp, FRAME_STACK)
  store<i64>(frame, gas, FRAME_GAS)
  return answer
}
