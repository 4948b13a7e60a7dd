/**
 * CALL, CALLCODE, DELEGATECALL and STATICCALL: what they cost, who pays whom, and the frame that
 * the callee runs in. A call without code, of a precompile or that cannot be made, ends at once.
 *
 * Operands: gas, address, value (CALL and CALLCODE), then offset and size of the input and of the
 * place for the output.
 */

import {
  REVISION_SPURIOUS_DRAGON,
  REVISION_TANGERINE_WHISTLE,
} from '../../src/layout/environment'
import {
  END_ENTER,
  END_STOPPED,
  FAULT_OUT_OF_GAS,
  FAULT_STATIC_VIOLATION,
  FRAME_ADDRESS,
  FRAME_CALL_PRICE,
  FRAME_CALLER,
  FRAME_FLAGS,
  FRAME_GAS,
  FRAME_INPUT,
  FRAME_INPUT_BYTES,
  FRAME_IS_STATIC,
  FRAME_OUTPUT,
  FRAME_OUTPUT_BYTES,
  FRAME_STACK,
  FRAME_VALUE,
} from '../../src/layout/frame'
import { OP_CALL, OP_CALLCODE, OP_DELEGATECALL, OP_STATICCALL } from '../../src/layout/opcodes'
import { CODE_LENGTH } from '../../src/layout/records'
import { copyBytes } from '../interpreter/bytes'
import { delegateOf } from '../interpreter/delegation'
import {
  accountOf,
  DEPTH_MAX,
  depthOf,
  enterCode,
  frameAbove,
  isStatic,
  setAccount,
} from '../interpreter/frame'
import { clearReturnData, keepReturnData, revision } from '../interpreter/machine'
import { memoryTop, rangeAt, reachRange } from '../interpreter/memory'
import { ended } from '../interpreter/stop'
import { receive } from '../interpreter/transfer'
import { accountAt, codeOf, credit, isEmpty, touch, tryDebit } from '../journal/account'
import { ACCOUNT_ADDRESS } from '../journal/entries'
import { checkpoint, hasStopped, revertTo } from '../journal/state'
import {
  precompileAt,
  precompileOutput,
  precompileOutputBytes,
  runPrecompile,
} from '../precompiles/precompile'
import { wordClear, wordCopy, wordFitsLong, wordIsZero, wordLong, wordSet } from '../u256/word'
import {
  accessGas,
  accountAtWord,
  COLD_ACCOUNT_GAS,
  NEW_ACCOUNT_GAS,
  WARM_ACCOUNT_GAS,
  warmUp,
} from './account'

const VALUE_GAS: i64 = 9000
/** Comes with a value and is not the caller's. */
const STIPEND: i64 = 2300

/**
 * Returns the gas left when the call is over, its result at the stack pointer in FRAME_STACK;
 * END_ENTER when the frame above is to run; or a fault.
 */
export function call(frame: usize, op: u32, sp: usize, gas: i64): i64 {
  const hasValue = op == OP_CALL || op == OP_CALLCODE
  const value = sp + 64
  const isPaid = hasValue && !wordIsZero(value)
  if (isPaid && op == OP_CALL && isStatic(frame)) return FAULT_STATIC_VIOLATION
  const ranges = hasValue ? sp + 96 : sp + 64
  let left = reachRange(frame, ranges, ranges + 32, gas)
  if (left < 0) return left
  left = reachRange(frame, ranges + 64, ranges + 96, left)
  if (left < 0) return left
  const target = accountAtWord(sp + 32, sp)
  left -= accessGas(target)
  if (isPaid) left -= VALUE_GAS
  if (op == OP_CALL && makesAccount(target, isPaid)) left -= NEW_ACCOUNT_GAS
  const number = precompileAt(target + ACCOUNT_ADDRESS)
  const code = number == 0 ? codeOf(target) : 0
  const delegate = delegateOf(code)
  if (delegate != 0) left -= delegationGas(delegate)
  if (left < 0) return FAULT_OUT_OF_GAS
  let forwarded = forwardedGas(sp, left)
  if (forwarded > left) return FAULT_OUT_OF_GAS
  left -= forwarded
  const result = ranges + 96
  store<i64>(frame, left, FRAME_GAS)
  store<i64>(frame, gas - left, FRAME_CALL_PRICE)
  if (isPaid) forwarded += STIPEND
  store<u32>(frame, <u32>result, FRAME_STACK)
  clearReturnData()
  if (depthOf(frame) >= DEPTH_MAX) return refused(result, left + forwarded)
  const point = checkpoint()
  if (isPaid && !tryDebit(accountOf(frame), value)) return refused(result, left + forwarded)
  if (!arrives(frame, op, target, value, isPaid)) {
    revertTo(point)
    return refused(result, left + forwarded)
  }
  if (number != 0) return callPrecompile(frame, number, ranges, forwarded, point)
  const runs = delegate != 0 ? codeOf(accountAt(delegate)) : code
  if (hasStopped()) return END_STOPPED
  if (runs == 0 || load<u32>(runs, CODE_LENGTH) == 0) {
    wordSet(result, 1)
    return left + forwarded
  }
  return enterCall(frame, op, target, sp, runs, forwarded, point)
}

/** Whether a CALL pays for a new account; from EIP-161 on only if it brings a value there. */
function makesAccount(target: usize, isPaid: bool): bool {
  if (revision() >= REVISION_SPURIOUS_DRAGON) return isPaid && isEmpty(target)
  return codeOf(target) == 0
}

/** EIP-7702: the account whose code runs is one more that is accessed. */
function delegationGas(address: usize): i64 {
  return warmUp(accountAt(address)) ? COLD_ACCOUNT_GAS : WARM_ACCOUNT_GAS
}

/** What is asked for, and from EIP-150 on no more than all but a 64th of what is left. */
function forwardedGas(wanted: usize, left: i64): i64 {
  const most = revision() >= REVISION_TANGERINE_WHISTLE ? left - (left >> 6) : i64.MAX_VALUE
  const isMore = !wordFitsLong(wanted) || wordLong(wanted) > <u64>most
  return isMore ? most : <i64>wordLong(wanted)
}

/** The call was not made: its gas comes back. */
function refused(result: usize, gas: i64): i64 {
  wordClear(result)
  return ended(gas)
}

/** Brings the value to where it goes; false when there is no room for it. */
function arrives(frame: usize, op: u32, target: usize, value: usize, isPaid: bool): bool {
  if (op == OP_DELEGATECALL) return true
  if (op == OP_CALLCODE) {
    if (isPaid) credit(accountOf(frame), value)
    return true
  }
  if (isPaid) return receive(target, value)
  touch(target)
  return true
}

function callPrecompile(
  frame: usize,
  number: u32,
  ranges: usize,
  forwarded: i64,
  point: u32,
): i64 {
  const result = ranges + 96
  const left = load<i64>(frame, FRAME_GAS)
  const input = rangeAt(frame, ranges, ranges + 32)
  const inputBytes = <u32>wordLong(ranges + 32)
  const rest = runPrecompile(number, input, inputBytes, forwarded, memoryTop(frame))
  if (rest < 0) {
    revertTo(point)
    wordClear(result)
    return ended(left)
  }
  const bytes = precompileOutputBytes()
  const room = wordLong(ranges + 96) < <u64>bytes ? <u32>wordLong(ranges + 96) : bytes
  copyBytes(rangeAt(frame, ranges + 64, ranges + 96), precompileOutput(), room)
  keepReturnData(precompileOutput(), bytes)
  wordSet(result, 1)
  return ended(left + rest)
}

function enterCall(
  frame: usize,
  op: u32,
  target: usize,
  sp: usize,
  code: usize,
  gas: i64,
  point: u32,
): i64 {
  const hasValue = op == OP_CALL || op == OP_CALLCODE
  const ranges = hasValue ? sp + 96 : sp + 64
  const callee = frameAbove(frame, sp)
  store<u32>(callee, <u32>rangeAt(frame, ranges, ranges + 32), FRAME_INPUT)
  store<u32>(callee, <u32>wordLong(ranges + 32), FRAME_INPUT_BYTES)
  store<u32>(callee, <u32>rangeAt(frame, ranges + 64, ranges + 96), FRAME_OUTPUT)
  store<u32>(callee, <u32>wordLong(ranges + 96), FRAME_OUTPUT_BYTES)
  const isSelf = op == OP_CALLCODE || op == OP_DELEGATECALL
  setAccount(callee, isSelf ? accountOf(frame) : target)
  wordCopy(callee + FRAME_CALLER, frame + (op == OP_DELEGATECALL ? FRAME_CALLER : FRAME_ADDRESS))
  if (hasValue) wordCopy(callee + FRAME_VALUE, sp + 64)
  else if (op == OP_DELEGATECALL) wordCopy(callee + FRAME_VALUE, frame + FRAME_VALUE)
  else wordClear(callee + FRAME_VALUE)
  const flags = load<u32>(frame, FRAME_FLAGS) & FRAME_IS_STATIC
  enterCode(callee, code, gas, point, op == OP_STATICCALL ? FRAME_IS_STATIC : flags)
  return END_ENTER
}
