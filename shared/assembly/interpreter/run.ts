/**
 * Runs a message: its first frame and every frame that is called from there. A frame that calls
 * another is left where it is, and the loop goes on with the other, so that depth costs no stack of
 * the host's.
 */

import { ENV_OPCODES } from '../../src/layout/environment'
import {
  END_ENTER,
  END_STOPPED,
  FAULT_OUT_OF_GAS,
  FAULT_STACK_OVERFLOW,
  FAULT_STACK_UNDERFLOW,
  FAULT_UNDEFINED_OPCODE,
  FRAME_GAS,
  FRAME_PC,
  FRAME_STACK,
  FRAME_STACK_BASE,
} from '../../src/layout/frame'
import { ENV_OFFSET } from '../../src/layout/memory-map'
import { hasStopped } from '../journal/state'
import { leaveIfStopped } from '../memory/halt'
import { FRAME_STRIDE } from '../memory/heap'
import { endFrame, returnToCaller } from './ending'
import { callerOf, depthOf } from './frame'
import { execute, PAUSED, UNFIT } from './loop'
import { step } from './step'
import { holdUp, isWatched, watch, watchEnd, watchFloor, watchReturn } from './watch'

/** Least height of an opcode that the fork does not have. */
const UNDEFINED_HEIGHT: u32 = 0xffff

/**
 * Runs the frame of depth 0, which is prepared. Returns how it ended (END_*, FAULT_*); the gas that
 * is left stands in it, the output in `output`. Whoever is told to stop leaves through the host,
 * within a slice of gas or the instruction in progress.
 */
export function run(first: usize): i64 {
  let frame = first
  while (true) {
    leaveIfStopped()
    const isSingle = isWatched()
    if (isSingle) watch(frame)
    const floor = isSingle ? <usize>load<u32>(frame, FRAME_STACK_BASE) : watchFloor(frame)
    const op = execute(frame, floor, isSingle)
    if (op == PAUSED) continue
    let end = op == UNFIT ? faultOf(frame) : step(frame, op)
    if (end == 0) continue
    if (end == END_ENTER) {
      frame += FRAME_STRIDE
      continue
    }
    // A fault too may rest on what could not be read.
    if (hasStopped()) return END_STOPPED
    end = endFrame(frame, end)
    watchEnd(frame, end)
    if (depthOf(frame) == 0) return end
    returnToCaller(frame, end)
    frame = callerOf(frame)
    watchReturn(frame)
  }
}

/** Why the instruction where the frame stands may not be executed; 0 if it may. */
function faultOf(frame: usize): i64 {
  const op = <usize>load<u8>(load<u32>(frame, FRAME_PC))
  const entry = load<u64>((op << 3) + ENV_OFFSET + ENV_OPCODES)
  const least = <u32>(entry >> 16) & 0xffff
  const height = (load<u32>(frame, FRAME_STACK_BASE) - load<u32>(frame, FRAME_STACK)) >> 5
  if (least == UNDEFINED_HEIGHT) return FAULT_UNDEFINED_OPCODE
  if (height < least) return FAULT_STACK_UNDERFLOW
  if (height - least > <u32>(entry >> 32)) return FAULT_STACK_OVERFLOW
  if (load<i64>(frame, FRAME_GAS) < <i64>(entry & 0xffff)) return FAULT_OUT_OF_GAS
  holdUp()
  return 0
}
