/**
 * Watching a message, instruction by instruction for a trace, or only those instructions that touch
 * words of the stack that rest on a guess. The loop executes the watched ones singly, and that is
 * all that the others have to do with it.
 */

import { ENV_FLAG_TRACE, ENV_FLAGS } from '../../src/layout/environment'
import {
  FRAME_CODE,
  FRAME_GAS,
  FRAME_PC,
  FRAME_STACK,
  FRAME_STACK_BASE,
} from '../../src/layout/frame'
import { CODE_DATA } from '../../src/layout/records'
import { environment } from '../memory/thread'
import { clearTags, endTagsOfFrame, followTags, hasTags, nearestTag, tag } from './lazy'
import { output, outputBytes, refund, returnData, returnDataBytes } from './machine'

/**
 * Before an instruction (`end` 0), when a frame has ended (`end` END_* or FAULT_*, `op` 0), and
 * when the message has (`frame` 0). `frame` leads to the record that layout/frame.ts describes,
 * `sp` to the top of its stack; `data` is the return data, at an end the output. What the
 * instruction costs shows at the next call: in its `gas`, for a call or creation in
 * FRAME_CALL_PRICE.
 */
// @ts-ignore: decorator
@external('env', 'trace')
declare function hostTrace(
  end: i32,
  frame: usize,
  pc: u32,
  op: u32,
  sp: usize,
  gas: i64,
  refund: i64,
  data: usize,
  dataBytes: u32,
): void

// Worker-local: whether the host is told of every instruction, and whether the next one is watched.
let traced: bool = false
let watched: bool = false

@inline
export function isWatched(): bool {
  return watched
}

/** A message begins: what it is watched for is known now. */
export function beginWatch(): void {
  traced = (load<u32>(environment() + ENV_FLAGS) & ENV_FLAG_TRACE) != 0
  watched = traced
  clearTags()
}

/** The word at `place` of the stack rests on the guess of `slot`: what becomes of it is watched. */
@inline
export function watchGuess(place: usize, slot: usize): void {
  tag(place, slot)
}

/** Words of the frame's stack from here on may not be touched unwatched. */
@inline
export function watchFloor(frame: usize): usize {
  const base = <usize>load<u32>(frame, FRAME_STACK_BASE)
  return hasTags() ? nearestTag(<usize>load<u32>(frame, FRAME_STACK), base) : base
}

/** An instruction that is fit to be executed was held up: its words may have to be watched. */
export function holdUp(): void {
  if (hasTags()) watched = true
}

/** Before the instruction where the frame stands. */
export function watch(frame: usize): void {
  const op = <u32>load<u8>(load<u32>(frame, FRAME_PC))
  if (traced) report(0, frame, op, returnData(), returnDataBytes())
  if (hasTags()) followTags(op, <usize>load<u32>(frame, FRAME_STACK), frame)
  watched = traced
}

/** `frame` has ended with `end`. */
export function watchEnd(frame: usize, end: i64): void {
  if (traced) report(<i32>end, frame, 0, output(), outputBytes())
}

/** `frame` goes on behind its call. */
export function watchReturn(frame: usize): void {
  endTagsOfFrame(<usize>load<u32>(frame, FRAME_STACK))
}

export function watchMessageEnd(end: i64): void {
  if (traced) hostTrace(<i32>end, 0, 0, 0, 0, 0, 0, output(), outputBytes())
}

function report(end: i32, frame: usize, op: u32, data: usize, dataBytes: u32): void {
  const pc = load<u32>(frame, FRAME_PC) - load<u32>(frame, FRAME_CODE) - CODE_DATA
  const sp = <usize>load<u32>(frame, FRAME_STACK)
  hostTrace(end, frame, pc, op, sp, load<i64>(frame, FRAME_GAS), refund(), data, dataBytes)
}
