/** Instructions that move bytes into memory, and hash or log bytes of it. */

import {
  FAULT_OUT_OF_GAS,
  FAULT_RETURN_DATA_BOUNDS,
  FAULT_STATIC_VIOLATION,
  FRAME_CODE,
  FRAME_INPUT,
  FRAME_INPUT_BYTES,
} from '../../src/layout/frame'
import { CODE_DATA, CODE_LENGTH } from '../../src/layout/records'
import { copyBytes, copyPadded } from '../interpreter/bytes'
import { addressOf, isStatic } from '../interpreter/frame'
import { returnData, returnDataBytes } from '../interpreter/machine'
import { memoryAt, rangeAt, reachRange, wordsGas } from '../interpreter/memory'
import { appendLog } from '../journal/logs'
import { keccakInto } from '../keccak/keccak-cache'
import {
  wordClear,
  wordFitsLong,
  wordFromBytes,
  wordLess,
  wordLong,
  wordToBytes,
} from '../u256/word'

const COPY_WORD_GAS: i64 = 3
const HASH_WORD_GAS: i64 = 6
const LOG_BYTE_GAS: i64 = 8

/** Operands: offset in memory, offset in the input, size. */
export function callDataCopy(frame: usize, sp: usize, gas: i64): i64 {
  const input = <usize>load<u32>(frame, FRAME_INPUT)
  return copyFrom(frame, input, load<u32>(frame, FRAME_INPUT_BYTES), sp, gas)
}

/** Operands: offset in memory, offset in the code, size. */
export function codeCopy(frame: usize, sp: usize, gas: i64): i64 {
  const code = <usize>load<u32>(frame, FRAME_CODE)
  return copyFrom(frame, code + CODE_DATA, load<u32>(code, CODE_LENGTH), sp, gas)
}

function copyFrom(frame: usize, source: usize, length: u32, sp: usize, gas: i64): i64 {
  const left = reachCopy(frame, sp, sp + 64, gas)
  if (left < 0) return left
  const bytes = <usize>wordLong(sp + 64)
  if (bytes != 0) copyPadded(memoryAt(frame, sp), source, length, sp + 32, bytes)
  return left
}

/** EIP-211: behind the end of the return data there are no zeros. */
export function returnDataCopy(frame: usize, sp: usize, gas: i64): i64 {
  const offset = sp + 32
  const size = sp + 64
  if (!wordFitsLong(offset) || !wordFitsLong(size)) return FAULT_RETURN_DATA_BOUNDS
  const length = <u64>returnDataBytes()
  if (wordLong(offset) > length || wordLong(size) > length - wordLong(offset)) {
    return FAULT_RETURN_DATA_BOUNDS
  }
  const left = reachCopy(frame, sp, size, gas)
  if (left < 0) return left
  const bytes = <usize>wordLong(size)
  const from = returnData() + <usize>wordLong(offset)
  if (bytes != 0) copyBytes(memoryAt(frame, sp), from, bytes)
  return left
}

/** EIP-5656. Operands: offset to write to, offset to read from, size. */
export function mcopy(frame: usize, sp: usize, gas: i64): i64 {
  const size = sp + 64
  const farther = wordLess(sp, sp + 32) ? sp + 32 : sp
  const left = reachCopy(frame, farther, size, gas)
  if (left < 0) return left
  const bytes = <usize>wordLong(size)
  if (bytes != 0) memory.copy(memoryAt(frame, sp), memoryAt(frame, sp + 32), bytes)
  return left
}

function reachCopy(frame: usize, offset: usize, size: usize, gas: i64): i64 {
  let left = reachRange(frame, offset, size, gas)
  if (left < 0) return left
  left -= wordsGas(wordLong(size), COPY_WORD_GAS)
  return left < 0 ? FAULT_OUT_OF_GAS : left
}

/** Operands: offset, size, which gives way to the hash. */
export function keccak(frame: usize, sp: usize, gas: i64): i64 {
  const size = sp + 32
  let left = reachRange(frame, sp, size, gas)
  if (left < 0) return left
  const bytes = wordLong(size)
  left -= wordsGas(bytes, HASH_WORD_GAS)
  if (left < 0) return FAULT_OUT_OF_GAS
  keccakInto(size, memoryAt(frame, sp), <usize>bytes)
  return left
}

/** Operands: offset, size, topics. */
export function log(frame: usize, topicCount: u32, sp: usize, gas: i64): i64 {
  if (isStatic(frame)) return FAULT_STATIC_VIOLATION
  const size = sp + 32
  let left = reachRange(frame, sp, size, gas)
  if (left < 0) return left
  left -= <i64>wordLong(size) * LOG_BYTE_GAS
  if (left < 0) return FAULT_OUT_OF_GAS
  const topics = sp - 128
  for (let i: usize = 0; i < <usize>topicCount << 5; i += 32) {
    wordToBytes(topics + i, sp + 64 + i)
  }
  const data = rangeAt(frame, sp, size)
  appendLog(addressOf(frame), topics, topicCount, data, <u32>wordLong(size))
  return left
}

/** CALLDATALOAD where less than a word is left: the offset gives way to what there is. */
export function loadInputEnd(frame: usize, sp: usize): void {
  const length = load<u32>(frame, FRAME_INPUT_BYTES)
  if (!wordFitsLong(sp) || wordLong(sp) >= length) {
    wordClear(sp)
    return
  }
  const padded = sp - 32
  copyPadded(padded, <usize>load<u32>(frame, FRAME_INPUT), length, sp, 32)
  wordFromBytes(sp, padded)
}
