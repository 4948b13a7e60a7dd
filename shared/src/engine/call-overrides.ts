/** What a call finds instead of the state and the block that are there. Thread of calls only. */

import type { BlockOverrides, CallRequest, StateOverride } from '../chain/call.ts'
import {
  ENV_BASE_FEE,
  ENV_BENEFICIARY,
  ENV_BLOB_BASE_FEE,
  ENV_FLAG_TRACE,
  ENV_FLAGS,
  ENV_GAS_LIMIT,
  ENV_NUMBER,
  ENV_PREV_RANDAO,
  ENV_TIMESTAMP,
} from '../layout/environment.ts'
import { CALL_ENV_OFFSET } from '../layout/memory-map.ts'
import { KIND_BALANCE, KIND_NONCE, KIND_SLOT, KIND_STORAGE_EPOCH } from '../layout/records.ts'
import type { CoreThread } from './core-thread.ts'
import {
  loadWord,
  setAddress,
  setKey,
  setValue,
  setValueBytes,
  storeLong,
  storeWord,
  writeBigInt,
  writeReversed,
} from './core-thread.ts'

/**
 * Changes the copy of the environment that `beginCall` made. A call without a price finds a base fee of
 * zero, as in geth, so that price and base fee fit together; so it is with blobs.
 */
export function overrideBlock(
  thread: CoreThread,
  { maxFeePerBlobGas = 0n, ...request }: CallRequest,
  overrides: BlockOverrides = {},
): void {
  const { number, time, gasLimit, feeRecipient, prevRandao } = overrides
  const flags = CALL_ENV_OFFSET + ENV_FLAGS
  storeWord(thread, flags, loadWord(thread, flags) & ~ENV_FLAG_TRACE)
  if (number !== undefined) storeLong(thread, CALL_ENV_OFFSET + ENV_NUMBER, number)
  if (time !== undefined) storeLong(thread, CALL_ENV_OFFSET + ENV_TIMESTAMP, time)
  if (gasLimit !== undefined) storeLong(thread, CALL_ENV_OFFSET + ENV_GAS_LIMIT, gasLimit)
  if (feeRecipient !== undefined) thread.bytes.set(feeRecipient, CALL_ENV_OFFSET + ENV_BENEFICIARY)
  if (prevRandao !== undefined) {
    writeReversed(thread, CALL_ENV_OFFSET + ENV_PREV_RANDAO, prevRandao)
  }
  const isFree = (request.gasPrice ?? request.maxFeePerGas ?? 0n) === 0n
  const baseFee = isFree ? 0n : overrides.baseFeePerGas
  if (baseFee !== undefined) writeBigInt(thread, CALL_ENV_OFFSET + ENV_BASE_FEE, baseFee)
  const blobFee = maxFeePerBlobGas === 0n ? 0n : overrides.blobBaseFee
  if (blobFee !== undefined) writeBigInt(thread, CALL_ENV_OFFSET + ENV_BLOB_BASE_FEE, blobFee)
}

/**
 * Gives the call that has begun the accounts it is to find.
 * @throws HeapFullError
 */
export function overrideState(thread: CoreThread, overrides: readonly StateOverride[]): void {
  for (const override of overrides) overrideAccount(thread, override)
}

function overrideAccount(thread: CoreThread, override: StateOverride): void {
  const { core } = thread
  const { address, balance, nonce, code, state, stateDiff = [] } = override
  setAddress(thread, address)
  if (balance !== undefined) {
    setValue(thread, balance)
    core.overrideValue(KIND_BALANCE)
  }
  if (nonce !== undefined) {
    setValue(thread, nonce)
    core.overrideValue(KIND_NONCE)
  }
  if (code !== undefined) {
    const at = core.allocateCall(code.length) >>> 0
    thread.bytes.set(code, at)
    core.overrideCode(at, code.length)
  }
  // Before its slots: it empties those that are met from then on.
  if (state !== undefined) core.overrideValue(KIND_STORAGE_EPOCH)
  for (const { key, value } of state ?? stateDiff) {
    setKey(thread, key)
    setValueBytes(thread, value)
    core.overrideValue(KIND_SLOT)
  }
}
