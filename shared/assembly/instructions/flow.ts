/** Jumps, the end of a frame, and words of memory where the loop leaves them over. */

import { FAULT_INVALID_JUMP, FRAME_GAS, FRAME_PC } from '../../src/layout/frame'
import { requireJumpMap } from '../interpreter/frame'
import { destinationOf } from '../interpreter/jump-map'
import { setOutput } from '../interpreter/machine'
import { memoryAt, rangeAt, reach, reachRange } from '../interpreter/memory'
import { wordFromBytes, wordLong, wordToBytes } from '../u256/word'

/** A jump that is taken. Initcode is analysed when it first jumps. */
export function jump(frame: usize, sp: usize, gas: i64): i64 {
  requireJumpMap(frame)
  const destination = destinationOf(frame, sp)
  if (destination == 0) return FAULT_INVALID_JUMP
  store<u32>(frame, <u32>destination, FRAME_PC)
  return gas
}

/** The offset gives way to the word. */
export function mload(frame: usize, sp: usize, gas: i64): i64 {
  const left = reach(frame, sp, 32, gas)
  if (left >= 0) wordFromBytes(sp, memoryAt(frame, sp))
  return left
}

/** Operands: offset, value. */
export function mstore(frame: usize, sp: usize, gas: i64): i64 {
  const left = reach(frame, sp, 32, gas)
  if (left >= 0) wordToBytes(memoryAt(frame, sp), sp + 32)
  return left
}

/** Operands: offset, value. */
export function mstore8(frame: usize, sp: usize, gas: i64): i64 {
  const left = reach(frame, sp, 1, gas)
  if (left >= 0) store<u8>(memoryAt(frame, sp), load<u8>(sp, 32))
  return left
}

/** Operands: offset, size of the output. Returns `end`, or a fault. */
export function finish(frame: usize, sp: usize, gas: i64, end: i64): i64 {
  const left = reachRange(frame, sp, sp + 32, gas)
  if (left < 0) return left
  setOutput(rangeAt(frame, sp, sp + 32), <u32>wordLong(sp + 32))
  store<i64>(frame, left, FRAME_GAS)
  return end
}
