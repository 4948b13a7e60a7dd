/**
 * Ending a frame: a failed one is taken back, a creation pays for its code and stores it, and the
 * caller gets its result on the stack, the output in its memory, and the gas that is left.
 */

import {
  REVISION_HOMESTEAD,
  REVISION_LONDON,
  REVISION_SPURIOUS_DRAGON,
} from '../../src/layout/environment'
import {
  END_CODE_UNPAID,
  END_REVERT,
  END_SUCCESS,
  FAULT_CODE_PREFIX,
  FAULT_CODE_SIZE,
  FAULT_OUT_OF_GAS,
  FRAME_ADDRESS,
  FRAME_CHECKPOINT,
  FRAME_GAS,
  FRAME_OUTPUT,
  FRAME_OUTPUT_BYTES,
  FRAME_REFUND,
  FRAME_STACK,
} from '../../src/layout/frame'
import { createCode, setCode } from '../journal/account'
import { revertTo } from '../journal/state'
import { wordClear, wordCopy, wordSet } from '../u256/word'
import { copyBytes } from './bytes'
import { accountOf, callerOf, isCreation } from './frame'
import {
  clearReturnData,
  keepReturnData,
  output,
  outputBytes,
  revision,
  setOutput,
  setRefund,
} from './machine'

/** Gas for each byte of a new contract's code. */
const CODE_BYTE_GAS: i64 = 200
/** EIP-170. */
const CODE_BYTES_MAX: u32 = 24576
/** EIP-3541. */
const CODE_PREFIX: u8 = 0xef

/**
 * Ends a frame whose code ended with `end` (END_*, FAULT_*). Returns how the frame has ended; the
 * gas that is left stands in it.
 */
export function endFrame(frame: usize, end: i64): i64 {
  if (end == END_SUCCESS && isCreation(frame)) end = storeCode(frame)
  if (end == END_SUCCESS || end == END_CODE_UNPAID) return end
  revertTo(load<u32>(frame, FRAME_CHECKPOINT))
  setRefund(load<i64>(frame, FRAME_REFUND))
  if (end != END_REVERT) {
    store<i64>(frame, 0, FRAME_GAS)
    setOutput(0, 0)
  }
  return end
}

/** Pays for the code that the initcode returned and stores it. */
function storeCode(frame: usize): i64 {
  const bytes = outputBytes()
  const now = revision()
  if (now >= REVISION_SPURIOUS_DRAGON && bytes > CODE_BYTES_MAX) return FAULT_CODE_SIZE
  const left = load<i64>(frame, FRAME_GAS) - <i64>bytes * CODE_BYTE_GAS
  if (left < 0) return now >= REVISION_HOMESTEAD ? FAULT_OUT_OF_GAS : END_CODE_UNPAID
  if (bytes == 0) return END_SUCCESS
  if (now >= REVISION_LONDON && load<u8>(output()) == CODE_PREFIX) return FAULT_CODE_PREFIX
  store<i64>(frame, left, FRAME_GAS)
  setCode(accountOf(frame), createCode(output(), bytes))
  return END_SUCCESS
}

/** Hands what a frame that ended with `end` has left to the frame that called it. */
export function returnToCaller(frame: usize, end: i64): void {
  const caller = callerOf(frame)
  store<i64>(caller, load<i64>(caller, FRAME_GAS) + load<i64>(frame, FRAME_GAS), FRAME_GAS)
  const result = <usize>load<u32>(caller, FRAME_STACK)
  if (isCreation(frame)) {
    if (end == END_SUCCESS || end == END_CODE_UNPAID) wordCopy(result, frame + FRAME_ADDRESS)
    else wordClear(result)
    if (end == END_REVERT) keepReturnData(output(), outputBytes())
    else clearReturnData()
    return
  }
  wordSet(result, u64(end == END_SUCCESS))
  const room = load<u32>(frame, FRAME_OUTPUT_BYTES)
  copyBytes(<usize>load<u32>(frame, FRAME_OUTPUT), output(), min<u32>(room, outputBytes()))
  keepReturnData(output(), outputBytes())
}
