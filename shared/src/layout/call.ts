/**
 * What the thread of read-only calls and the host hand each other. Constants only; compiled by tsc and
 * by asc.
 *
 *   Result record, in the call's journal region, valid until the next call begins.
 *   Accessed accounts: the form of an access list (layout/message.ts).
 */

/** CALL_STOP: why the call leaves the core. The host wants the gate; the call's time is over. */
export const CALL_STOP_GATE = 1
export const CALL_STOP_TIME = 2

/** REASON_*, or CALL_VALID. */
export const CALL_REASON = 0
export const CALL_VALID = -1
/** END_* or FAULT_*, i32. */
export const CALL_END = 4
export const CALL_GAS_USED = 8
export const CALL_GAS_REFUND = 16
export const CALL_OUTPUT = 24
export const CALL_OUTPUT_BYTES = 28
/** As src/engine/output.ts describes them. */
export const CALL_LOGS = 32
export const CALL_LOG_BYTES = 36
export const CALL_ACCESSED = 40
/** Accounts. */
export const CALL_ACCESSED_COUNT = 44
export const CALL_RESULT_BYTES = 48
