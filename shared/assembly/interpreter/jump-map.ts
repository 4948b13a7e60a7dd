/**
 * Where a code may be jumped to: a bit for each byte, set where a JUMPDEST stands that is no
 * operand of a PUSH (Yellow Paper 9.4.3). It stands behind the code in its record
 * (layout/records.ts).
 */

import { FRAME_CODE, FRAME_JUMP_MAP } from '../../src/layout/frame'
import { OP_JUMPDEST, OP_PUSH1 } from '../../src/layout/opcodes'
import { CODE_DATA, CODE_LENGTH, CODE_PADDING } from '../../src/layout/records'
import { wordFitsLong, wordLong } from '../u256/word'

/** Where the map of jump destinations begins in the record. */
@inline
export function jumpMapOffset(length: u32): usize {
  return (<usize>length + CODE_DATA + CODE_PADDING + 7) & ~7
}

/** Fills the map of jump destinations of a code record whose length and bytes are in place. */
export function analyseJumps(code: usize): void {
  const length = load<u32>(code, CODE_LENGTH)
  const map = code + jumpMapOffset(length)
  memory.fill(map, 0, (<usize>length + 7) >> 3)
  const data = code + CODE_DATA
  for (let i: usize = 0; i < <usize>length; i++) {
    // As signed bytes, PUSH1 to PUSH32 are the greatest of all.
    const op = <i32>load<i8>(data + i)
    if (op >= OP_PUSH1) i += op - OP_PUSH1 + 1
    else if (op == OP_JUMPDEST) {
      const byte = map + (i >> 3)
      store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(i & 7)))
    }
  }
}

/**
 * Address of the instruction that the frame may jump to at the offset that a word holds; 0 if there
 * is none, or the code is not analysed.
 */
@inline
export function destinationOf(frame: usize, word: usize): usize {
  const code = <usize>load<u32>(frame, FRAME_CODE)
  const map = <usize>load<u32>(frame, FRAME_JUMP_MAP)
  const offset = <usize>wordLong(word)
  const isInside = wordFitsLong(word) && wordLong(word) < <u64>load<u32>(code, CODE_LENGTH)
  if (!isInside || map == 0) return 0
  const isMarked = (<u32>load<u8>(map + (offset >> 3)) >> <u32>(offset & 7)) & 1
  return isMarked != 0 ? code + CODE_DATA + offset : 0
}
