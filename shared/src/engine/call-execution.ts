/**
 * Executes one read-only call on the core, from its request to its result. Thread of calls only,
 * inside the gate.
 */

import type { AccessListEntry } from '../chain/access-list.ts'
import type { CallOptions, CallRequest } from '../chain/call.ts'
import { callTransaction } from '../chain/call-transaction.ts'
import {
  CALL_ACCESSED,
  CALL_ACCESSED_COUNT,
  CALL_END,
  CALL_GAS_REFUND,
  CALL_GAS_USED,
  CALL_LOG_BYTES,
  CALL_LOGS,
  CALL_OUTPUT,
  CALL_OUTPUT_BYTES,
  CALL_REASON,
  CALL_VALID,
} from '../layout/call.ts'
import { ENV_BENEFICIARY, ENV_REVISION, REVISION_SHANGHAI } from '../layout/environment.ts'
import {
  END_CODE_UNPAID,
  END_REVERT,
  END_SUCCESS,
  FAULT_BALANCE_OVERFLOW,
  FAULT_CODE_PREFIX,
  FAULT_CODE_SIZE,
  FAULT_COLLISION,
  FAULT_INITCODE_SIZE,
  FAULT_INVALID_JUMP,
  FAULT_OUT_OF_GAS,
  FAULT_PRECOMPILE,
  FAULT_RETURN_DATA_BOUNDS,
  FAULT_STACK_OVERFLOW,
  FAULT_STACK_UNDERFLOW,
  FAULT_STATIC_VIOLATION,
  FAULT_UNDEFINED_OPCODE,
} from '../layout/frame.ts'
import { CALL_ENV_OFFSET } from '../layout/memory-map.ts'
import { ACCESS_KEYS, ACCESS_SLOT_COUNT } from '../layout/message.ts'
import { assert } from '../primitives/assert.ts'
import { compareBytes, equalBytes } from '../primitives/bytes.ts'
import type { CallFailure } from './call-failure.ts'
import { overrideBlock, overrideState } from './call-overrides.ts'
import type { CallResult } from './call-result.ts'
import { CALL_GAS_LIMIT } from './call-result.ts'
import type { CoreThread } from './core-thread.ts'
import { loadLong, loadWord, readReversed } from './core-thread.ts'
import { writeMessage } from './message.ts'
import { decodeLogs } from './output.ts'
import { INVALID_REASONS } from './reference/execution-result.ts'

const ZERO_ADDRESS = new Uint8Array(20)
const ADDRESS_BYTES = 20
const KEY_BYTES = 32

const FAILURES: ReadonlyMap<number, CallFailure> = new Map([
  [FAULT_OUT_OF_GAS, 'out of gas'],
  // Frontier's way to run out of gas for a contract's code.
  [END_CODE_UNPAID, 'out of gas'],
  [FAULT_STACK_UNDERFLOW, 'stack underflow'],
  [FAULT_STACK_OVERFLOW, 'stack overflow'],
  [FAULT_UNDEFINED_OPCODE, 'invalid opcode'],
  [FAULT_INVALID_JUMP, 'invalid jump destination'],
  [FAULT_STATIC_VIOLATION, 'write protection'],
  [FAULT_RETURN_DATA_BOUNDS, 'return data out of bounds'],
  [FAULT_INITCODE_SIZE, 'max initcode size exceeded'],
  [FAULT_CODE_SIZE, 'max code size exceeded'],
  [FAULT_CODE_PREFIX, 'invalid code: must not begin with 0xef'],
  [FAULT_COLLISION, 'contract address collision'],
  [FAULT_BALANCE_OVERFLOW, 'balance overflow'],
  [FAULT_PRECOMPILE, 'precompile failed'],
])

/**
 * Executes the call behind the newest committed step.
 * @throws HeapFullError, LibraryNeededError, CoreHaltedError when it is to stop
 */
export function executeCall(
  thread: CoreThread,
  request: CallRequest,
  options: CallOptions,
): CallResult {
  const { core } = thread
  core.beginCall()
  overrideBlock(thread, request, options.blockOverrides)
  overrideState(thread, options.stateOverrides ?? [])
  const transaction = callTransaction(request, options.gasLimit ?? CALL_GAS_LIMIT)
  const allocate = (bytes: number) => {
    const at = core.allocateCall(bytes) >>> 0
    thread.bytes.fill(0, at, at + bytes)
    return at
  }
  const sender = allocate(ADDRESS_BYTES)
  thread.bytes.set(request.from ?? ZERO_ADDRESS, sender)
  const message = writeMessage(thread, transaction, allocate)
  const result = core.executeCall(message, sender) >>> 0
  assert(result !== 0, 'what is below the commit index is final')
  return readResult(thread, result, request, transaction.gasLimit, options)
}

function readResult(
  thread: CoreThread,
  result: number,
  request: CallRequest,
  gasLimit: bigint,
  options: CallOptions,
): CallResult {
  const reason = loadWord(thread, result + CALL_REASON) | 0
  if (reason !== CALL_VALID) {
    const text = INVALID_REASONS[reason]
    assert(text !== undefined, 'a call that may not begin has a reason')
    return { status: 'invalid', reason: text }
  }
  const gasUsed = loadLong(thread, result + CALL_GAS_USED)
  const executed = {
    gasUsed,
    gasRefund: loadLong(thread, result + CALL_GAS_REFUND),
    gasLeft: gasLimit - gasUsed,
    ...(options.collectAccessList === true && {
      accessList: readAccessed(thread, result, request),
    }),
  }
  const end = loadWord(thread, result + CALL_END) | 0
  if (end !== END_SUCCESS && end !== END_REVERT) {
    const failure = FAILURES.get(end)
    assert(failure !== undefined, `a failed call has a reason (${end})`)
    return { ...executed, status: 'failed', reason: failure }
  }
  const output = copyAt(thread, result + CALL_OUTPUT, result + CALL_OUTPUT_BYTES)
  if (end === END_REVERT) return { ...executed, status: 'reverted', output }
  const logs = decodeLogs(copyAt(thread, result + CALL_LOGS, result + CALL_LOG_BYTES))
  return { ...executed, status: 'success', output, logs }
}

function copyAt(thread: CoreThread, ptr: number, length: number): Uint8Array {
  const at = loadWord(thread, ptr)
  return thread.bytes.slice(at, at + loadWord(thread, length))
}

/** In ascending order, without those that are warm in any case and of which no slot was accessed. */
function readAccessed(
  thread: CoreThread,
  result: number,
  { from = ZERO_ADDRESS, to }: CallRequest,
): AccessListEntry[] {
  const warm = to === undefined ? [from] : [from, to]
  // EIP-3651.
  if (loadWord(thread, CALL_ENV_OFFSET + ENV_REVISION) >= REVISION_SHANGHAI) {
    const beneficiary = CALL_ENV_OFFSET + ENV_BENEFICIARY
    warm.push(thread.bytes.slice(beneficiary, beneficiary + ADDRESS_BYTES))
  }
  const entries: AccessListEntry[] = []
  let at = loadWord(thread, result + CALL_ACCESSED)
  for (let left = loadWord(thread, result + CALL_ACCESSED_COUNT); left > 0; left--) {
    const address = thread.bytes.slice(at, at + ADDRESS_BYTES)
    const slotCount = loadWord(thread, at + ACCESS_SLOT_COUNT)
    at += ACCESS_KEYS
    const slots = at
    const storageKeys = Array.from({ length: slotCount }, (_, index) => {
      return readReversed(thread, slots + index * KEY_BYTES)
    })
    at += slotCount * KEY_BYTES
    if (slotCount === 0 && warm.some((known) => equalBytes(known, address))) continue
    entries.push({ address, storageKeys: storageKeys.sort(compareBytes) })
  }
  return entries.sort((a, b) => compareBytes(a.address, b.address))
}
