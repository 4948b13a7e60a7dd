/**
 * Beginning a frame. The records of a message's frames follow each other in the worker's heap by
 * depth (src/layout/frame.ts); a frame's stack and memory begin where its caller's end.
 */

import {
  FRAME_ACCOUNT,
  FRAME_ADDRESS,
  FRAME_CHECKPOINT,
  FRAME_CODE,
  FRAME_DEPTH,
  FRAME_FLAGS,
  FRAME_GAS,
  FRAME_INPUT_BYTES,
  FRAME_IS_CREATION,
  FRAME_IS_STATIC,
  FRAME_JUMP_MAP,
  FRAME_MEMORY,
  FRAME_MEMORY_BYTES,
  FRAME_OUTPUT_BYTES,
  FRAME_PC,
  FRAME_REFUND,
  FRAME_STACK,
  FRAME_STACK_BASE,
  FRAME_WORD_LIMIT,
} from '../../src/layout/frame'
import { CODE_DATA, CODE_LENGTH, CODE_PADDING } from '../../src/layout/records'
import { codeRecordBytes } from '../host/code'
import { ACCOUNT_ADDRESS } from '../journal/entries'
import {
  FRAME_STRIDE,
  framesBase,
  haltHeapFull,
  memoryBase,
  operandsBase,
  operandsEnd,
  REGION_MEMORY,
  REGION_OPERANDS,
} from '../memory/heap'
import { wordFromAddress } from '../u256/word'
import { clearBytes, copyBytes } from './bytes'
import { analyseJumps, jumpMapOffset } from './jump-map'
import { memoryLimit, refund } from './machine'
import { memoryTop } from './memory'

/** No frame is deeper (Yellow Paper 9.1). */
export const DEPTH_MAX: u32 = 1024

/** A stack's 1024 words, and below them room that an instruction may use for itself. */
const STACK_BYTES: usize = 1024 * 32 + 256

@inline
export function isStatic(frame: usize): bool {
  return (load<u32>(frame, FRAME_FLAGS) & FRAME_IS_STATIC) != 0
}

@inline
export function isCreation(frame: usize): bool {
  return (load<u32>(frame, FRAME_FLAGS) & FRAME_IS_CREATION) != 0
}

@inline
export function depthOf(frame: usize): u32 {
  return load<u32>(frame, FRAME_DEPTH)
}

/** Journal's account that the frame works on. */
@inline
export function accountOf(frame: usize): usize {
  return <usize>load<u32>(frame, FRAME_ACCOUNT)
}

/** Its address, 20 bytes. */
@inline
export function addressOf(frame: usize): usize {
  return accountOf(frame) + ACCOUNT_ADDRESS
}

@inline
export function callerOf(frame: usize): usize {
  return frame - FRAME_STRIDE
}

/** The frame of depth 0. */
export function firstFrame(): usize {
  const frame = framesBase()
  store<u32>(frame, 0, FRAME_DEPTH)
  store<u32>(frame, <u32>operandsEnd(), FRAME_STACK_BASE)
  store<u32>(frame, <u32>memoryBase(), FRAME_MEMORY)
  store<u32>(frame, 0, FRAME_OUTPUT_BYTES)
  return frame
}

/** The frame that `caller` calls with its stack pointer at `sp`. */
export function frameAbove(caller: usize, sp: usize): usize {
  const frame = caller + FRAME_STRIDE
  store<u32>(frame, depthOf(caller) + 1, FRAME_DEPTH)
  store<u32>(frame, <u32>sp, FRAME_STACK_BASE)
  store<u32>(frame, <u32>memoryTop(caller), FRAME_MEMORY)
  store<u32>(frame, 0, FRAME_OUTPUT_BYTES)
  return frame
}

export function setAccount(frame: usize, account: usize): void {
  store<u32>(frame, <u32>account, FRAME_ACCOUNT)
  wordFromAddress(frame + FRAME_ADDRESS, account + ACCOUNT_ADDRESS)
}

/**
 * Readies a frame to run a published code. When it fails, the journal goes back to `checkpoint` and
 * the refund counter to what it is now.
 */
export function enterCode(
  frame: usize,
  code: usize,
  gas: i64,
  checkpoint: u32,
  flags: u32,
): void {
  store<u32>(frame, <u32>(code + jumpMapOffset(load<u32>(code, CODE_LENGTH))), FRAME_JUMP_MAP)
  enter(frame, code, gas, checkpoint, flags)
}

/** Readies a frame to run initcode, which is copied to the front of the frame's memory. */
export function enterInitcode(
  frame: usize,
  initcode: usize,
  bytes: u32,
  gas: i64,
  checkpoint: u32,
): void {
  const code = <usize>load<u32>(frame, FRAME_MEMORY)
  const end = (code + codeRecordBytes(bytes) + 31) & ~31
  if (end > memoryLimit() || end < code) haltHeapFull(REGION_MEMORY)
  store<u32>(code, bytes, CODE_LENGTH)
  copyBytes(code + CODE_DATA, initcode, bytes)
  clearBytes(code + CODE_DATA + bytes, CODE_PADDING)
  store<u32>(frame, <u32>end, FRAME_MEMORY)
  store<u32>(frame, 0, FRAME_JUMP_MAP)
  store<u32>(frame, 0, FRAME_INPUT_BYTES)
  enter(frame, code, gas, checkpoint, FRAME_IS_CREATION)
}

function enter(frame: usize, code: usize, gas: i64, checkpoint: u32, flags: u32): void {
  const stackBase = load<u32>(frame, FRAME_STACK_BASE)
  if (<usize>stackBase - operandsBase() < STACK_BYTES) haltHeapFull(REGION_OPERANDS)
  store<u32>(frame, <u32>code + CODE_DATA, FRAME_PC)
  store<u32>(frame, stackBase, FRAME_STACK)
  store<i64>(frame, gas, FRAME_GAS)
  store<u32>(frame, <u32>code, FRAME_CODE)
  store<u64>(frame, 0, FRAME_MEMORY_BYTES)
  store<u64>(frame, 0, FRAME_WORD_LIMIT)
  store<u32>(frame, checkpoint, FRAME_CHECKPOINT)
  store<u32>(frame, flags, FRAME_FLAGS)
  store<i64>(frame, refund(), FRAME_REFUND)
}

/** Analyses the code of a frame that has no map of jump destinations yet. */
export function requireJumpMap(frame: usize): void {
  if (load<u32>(frame, FRAME_JUMP_MAP) != 0) return
  const code = <usize>load<u32>(frame, FRAME_CODE)
  analyseJumps(code)
  const map = code + jumpMapOffset(load<u32>(code, CODE_LENGTH))
  store<u32>(frame, <u32>map, FRAME_JUMP_MAP)
}
