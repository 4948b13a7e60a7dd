/**
 * A read-only call: a message that nobody signed, on the state behind the newest committed step. It
 * reads multi-version memory as a transaction of that index would, where everything below is final:
 * nothing is recorded and nothing validated. What it changes stays in its journal.
 *
 * Only the thread of calls executes them, inside the gate: `beginCall`, overrides, the message into
 * `allocateCall`, `executeCall`.
 */

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
  CALL_RESULT_BYTES,
} from '../../src/layout/call'
import { CALL_STOP } from '../../src/layout/control'
import { ENV_CALL_BYTES } from '../../src/layout/environment'
import { END_SUCCESS } from '../../src/layout/frame'
import { CALL_ENV_OFFSET, CONTROL_OFFSET, ENV_OFFSET } from '../../src/layout/memory-map'
import { REASON_INSUFFICIENT_FUNDS } from '../../src/layout/reasons'
import { resultEnd, resultOutput, resultOutputBytes } from '../interpreter/call'
import { encodeAccessed, encodedCount } from '../journal/accessed'
import { allocateEntry } from '../journal/entries'
import { copyLogs, encodedLogBytes } from '../journal/logs'
import { beginState, hasStopped, STOPPED_BY_FUNDS, stoppedCause } from '../journal/state'
import { listenTo } from '../memory/halt'
import { useCallHeap } from '../memory/heap'
import { becomeReadOnly, useEnvironment } from '../memory/thread'
import { commitIndex } from '../stm/commit'
import { ignoreReads } from '../stm/read-set'
import { hasRunMessage, hasSucceeded, runUnsigned, settledGas, settledRefund } from './execution'
import { VALID } from './validity'

/** Makes the calling thread that of calls, for good. */
export function becomeCallThread(): void {
  useCallHeap()
  useEnvironment(CALL_ENV_OFFSET)
  listenTo(CONTROL_OFFSET + CALL_STOP)
  becomeReadOnly()
  ignoreReads()
}

/** Starts over behind the newest committed step, in the open block or the last one. */
export function beginCall(): void {
  memory.copy(CALL_ENV_OFFSET, ENV_OFFSET, ENV_CALL_BYTES)
  beginState(commitIndex().load(), true)
}

/** Address of `bytes` bytes, 8-aligned, for the message of the call that has begun. */
export function allocateCall(bytes: u32): usize {
  return allocateEntry(bytes)
}

/**
 * Executes the message (layout/message.ts) for the sender at 20 bytes. Address of the result
 * (layout/call.ts), or 0: something was not final that must be.
 */
export function executeCall(message: usize, sender: usize): usize {
  const result = allocateEntry(CALL_RESULT_BYTES)
  memory.fill(result, 0, CALL_RESULT_BYTES)
  const reason = runUnsigned(message, sender)
  if (hasStopped()) {
    if (stoppedCause() != STOPPED_BY_FUNDS) return 0
    store<i32>(result, REASON_INSUFFICIENT_FUNDS, CALL_REASON)
    return result
  }
  store<i32>(result, reason, CALL_REASON)
  if (reason == VALID) describe(result)
  return result
}

function describe(result: usize): void {
  store<u64>(result, settledGas(), CALL_GAS_USED)
  store<u64>(result, settledRefund(), CALL_GAS_REFUND)
  store<i32>(result, <i32>END_SUCCESS, CALL_END)
  if (hasRunMessage()) {
    store<i32>(result, <i32>resultEnd(), CALL_END)
    store<u32>(result, <u32>resultOutput(), CALL_OUTPUT)
    store<u32>(result, resultOutputBytes(), CALL_OUTPUT_BYTES)
  }
  if (hasSucceeded()) {
    const logs = allocateEntry(encodedLogBytes())
    copyLogs(logs)
    store<u32>(result, <u32>logs, CALL_LOGS)
    store<u32>(result, encodedLogBytes(), CALL_LOG_BYTES)
  }
  store<u32>(result, <u32>encodeAccessed(), CALL_ACCESSED)
  store<u32>(result, encodedCount(), CALL_ACCESSED_COUNT)
}
