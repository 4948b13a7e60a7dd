/**
 * The EVM as transactions and system calls use it: one message at a time, from its first frame to
 * its result. Addresses are 20 bytes, values words. What a message changes in the state stands in
 * the journal when it returns; what a failed message changed has been taken back there.
 */

import {
  END_REVERT,
  END_STOPPED,
  END_SUCCESS,
  FAULT_BALANCE_OVERFLOW,
  FAULT_PRECOMPILE,
  FRAME_CALLER,
  FRAME_GAS,
  FRAME_INPUT,
  FRAME_INPUT_BYTES,
  FRAME_VALUE,
} from '../../src/layout/frame'
import { CODE_LENGTH } from '../../src/layout/records'
import { contractAddress } from '../instructions/contract-address'
import { beginContractAt, newContract } from '../instructions/create'
import { accountAt, codeOf, debit, warmAccount } from '../journal/account'
import { checkpoint, hasStopped, revertTo } from '../journal/state'
import { memoryBase, operandsEnd } from '../memory/heap'
import {
  precompileAt,
  precompileOutput,
  precompileOutputBytes,
  runPrecompile,
} from '../precompiles/precompile'
import { wordCopy, wordFromAddress } from '../u256/word'
import { delegateOf } from './delegation'
import { enterCode, enterInitcode, firstFrame, setAccount } from './frame'
import { beginMachine, output, outputBytes, refund, setContext, setOutput } from './machine'
import { run } from './run'
import { receive } from './transfer'
import { beginWatch, watchMessageEnd } from './watch'

/** Everything the message changed was taken back. */
const RESULT_FAILURE: i32 = 0
export const RESULT_SUCCESS: i32 = 1
/** As a failure, with gas that is left, and with output. */
const RESULT_REVERT: i32 = 2
/** The execution met an ESTIMATE (`hasStopped`): all that remains is to unwind. */
const RESULT_STOPPED: i32 = 3

const SYSTEM_CALL_GAS: i64 = 30_000_000
const SYSTEM_ADDRESS: usize = memory.data<u8>([
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
])
const ZERO: usize = memory.data<u64>([0, 0, 0, 0])
/** Bytes for computing an address, below the operand stacks' first word. */
const SCRATCH_BYTES: usize = 128

// Worker-local: the result of the last message.
let gasLeft: i64 = 0
let gasRefund: i64 = 0
let messageEnd: i64 = 0

/**
 * What ORIGIN, GASPRICE and BLOBHASH answer from now on: `origin` 20 bytes, `gasPrice` a word,
 * `blobHashes` words. The pointers are kept, so what they lead to must stay.
 */
export function setTransactionContext(
  origin: usize,
  gasPrice: usize,
  blobHashes: usize,
  blobCount: u32,
): void {
  setContext(origin, gasPrice, blobHashes, blobCount)
}

/**
 * Calls `to` with code, precompile or nothing behind it. Takes `value` from `caller` without asking
 * whether it is there (the transaction requires it), touches `to` and credits it. From Prague on a
 * delegation is followed, and the account it names becomes warm.
 */
export function runCall(
  caller: usize,
  to: usize,
  value: usize,
  input: usize,
  inputBytes: u32,
  gas: i64,
): i32 {
  begin()
  const point = checkpoint()
  const recipient = accountAt(to)
  debit(accountAt(caller), value)
  if (!receive(recipient, value)) return conclude(takenBack(point, FAULT_BALANCE_OVERFLOW), gas)
  const number = precompileAt(to)
  if (number != 0) return callPrecompile(number, input, inputBytes, gas, point)
  const code = executedCode(recipient)
  if (hasStopped()) return RESULT_STOPPED
  if (code == 0 || load<u32>(code, CODE_LENGTH) == 0) return conclude(END_SUCCESS, gas)
  const frame = firstFrame()
  store<u32>(frame, <u32>input, FRAME_INPUT)
  store<u32>(frame, inputBytes, FRAME_INPUT_BYTES)
  introduce(frame, recipient, caller, value)
  enterCode(frame, code, gas, point, 0)
  return runFirst(frame)
}

/**
 * Creates the contract of `caller` at `nonce`, which the transaction has counted up already. Warms
 * its address (EIP-2929), checks for a collision, runs the initcode, pays and stores the code. In
 * Frontier a creation that cannot pay for its code answers RESULT_FAILURE and keeps all the rest.
 */
export function runCreate(
  caller: usize,
  nonce: u64,
  value: usize,
  initcode: usize,
  initcodeBytes: u32,
  gas: i64,
): i32 {
  begin()
  const contract = newContract(contractAddress(operandsEnd() - SCRATCH_BYTES, caller, nonce))
  const point = checkpoint()
  debit(accountAt(caller), value)
  const end = beginContractAt(contract, value)
  if (end == END_STOPPED) return RESULT_STOPPED
  if (end != END_SUCCESS) {
    return conclude(takenBack(point, end), end == FAULT_BALANCE_OVERFLOW ? gas : 0)
  }
  if (initcodeBytes == 0) return conclude(END_SUCCESS, gas)
  const frame = firstFrame()
  introduce(frame, contract, caller, value)
  enterInitcode(frame, initcode, initcodeBytes, gas, point)
  return runFirst(frame)
}

/** Calls `to`, which has code, from the system's address with its fixed gas; sets the context. */
export function runSystemCall(to: usize, input: usize, inputBytes: u32): i32 {
  setContext(SYSTEM_ADDRESS, ZERO, 0, 0)
  return runCall(SYSTEM_ADDRESS, to, ZERO, input, inputBytes, SYSTEM_CALL_GAS)
}

/** Gas left of what the last message got. */
@inline
export function resultGasLeft(): i64 {
  return gasLeft
}

/** Refund counter at the message's end, before any cap; 0 when it failed. */
@inline
export function resultGasRefund(): i64 {
  return gasRefund
}

/** How the last message ended: END_SUCCESS, END_REVERT, END_CODE_UNPAID or FAULT_*. */
@inline
export function resultEnd(): i64 {
  return messageEnd
}

/** Output of the last message; valid until the next one begins. */
@inline
export function resultOutput(): usize {
  return output()
}

@inline
export function resultOutputBytes(): u32 {
  return outputBytes()
}

function begin(): void {
  beginMachine()
  beginWatch()
}

/** The code that runs at `account`, 0 if there is none. */
function executedCode(account: usize): usize {
  const code = codeOf(account)
  const address = delegateOf(code)
  if (address == 0) return code
  const delegate = accountAt(address)
  warmAccount(delegate)
  return codeOf(delegate)
}

/** Who is called, by whom and with what. */
function introduce(frame: usize, account: usize, caller: usize, value: usize): void {
  setAccount(frame, account)
  wordFromAddress(frame + FRAME_CALLER, caller)
  wordCopy(frame + FRAME_VALUE, value)
}

function callPrecompile(
  number: u32,
  input: usize,
  inputBytes: u32,
  gas: i64,
  point: u32,
): i32 {
  const left = runPrecompile(number, input, inputBytes, gas, memoryBase())
  if (left < 0) return conclude(takenBack(point, FAULT_PRECOMPILE), 0)
  setOutput(precompileOutput(), precompileOutputBytes())
  return conclude(END_SUCCESS, left)
}

function takenBack(point: u32, end: i64): i64 {
  revertTo(point)
  return end
}

function runFirst(frame: usize): i32 {
  const end = run(frame)
  return conclude(end, load<i64>(frame, FRAME_GAS))
}

function conclude(end: i64, gas: i64): i32 {
  if (end == END_STOPPED || hasStopped()) return RESULT_STOPPED
  watchMessageEnd(end)
  gasLeft = gas
  gasRefund = refund()
  messageEnd = end
  if (end == END_SUCCESS) return RESULT_SUCCESS
  return end == END_REVERT ? RESULT_REVERT : RESULT_FAILURE
}
