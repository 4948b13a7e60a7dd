/** Whether a call's request and options say something that can be executed. */

import type { CallOptions, CallRequest, StateOverride } from '../chain/call.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import { InvalidCallError } from './call-result.ts'

const UINT64_LIMIT = 1n << 64n
const UINT256_LIMIT = 1n << 256n
/** The core counts gas with a sign. */
const GAS_LIMIT = 1n << 63n
/** The longest delay of a timer, 24 days. */
const TIME_MS_MAX = 2 ** 31 - 1
const ADDRESS_BYTES = 20
const WORD_BYTES = 32

/** @throws InvalidCallError */
export function checkCall(request: CallRequest, options: CallOptions): void {
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas } = request
  if (gasPrice !== undefined && (maxFeePerGas ?? maxPriorityFeePerGas) !== undefined) {
    throw new InvalidCallError('gasPrice stands beside maxFeePerGas or maxPriorityFeePerGas')
  }
  checkLength('from', request.from, ADDRESS_BYTES)
  checkLength('to', request.to, ADDRESS_BYTES)
  checkNumber('gas', request.gas, GAS_LIMIT)
  checkNumber('gasPrice', gasPrice)
  checkNumber('maxFeePerGas', maxFeePerGas)
  checkNumber('maxPriorityFeePerGas', maxPriorityFeePerGas)
  checkNumber('maxFeePerBlobGas', request.maxFeePerBlobGas)
  checkNumber('value', request.value)
  for (const { address, storageKeys } of request.accessList ?? []) {
    checkLength('accessList address', address, ADDRESS_BYTES)
    for (const key of storageKeys) checkLength('accessList key', key, WORD_BYTES)
  }
  for (const hash of request.blobVersionedHashes ?? []) checkLength('blob hash', hash, WORD_BYTES)
  checkOptions(options)
}

function checkOptions({ timeMs, gasLimit, blockOverrides = {}, stateOverrides }: CallOptions) {
  checkNumber('gasLimit', gasLimit, GAS_LIMIT)
  if (timeMs !== undefined && !(timeMs > 0 && timeMs <= TIME_MS_MAX)) {
    throw new InvalidCallError(`timeMs is ${timeMs}, not between 0 and ${TIME_MS_MAX}`)
  }
  checkNumber('block number', blockOverrides.number, UINT64_LIMIT)
  checkNumber('block time', blockOverrides.time, UINT64_LIMIT)
  checkNumber('block gasLimit', blockOverrides.gasLimit, UINT64_LIMIT)
  checkLength('feeRecipient', blockOverrides.feeRecipient, ADDRESS_BYTES)
  checkLength('prevRandao', blockOverrides.prevRandao, WORD_BYTES)
  checkNumber('baseFeePerGas', blockOverrides.baseFeePerGas)
  checkNumber('blobBaseFee', blockOverrides.blobBaseFee)
  const seen = new Set<Hex>()
  for (const override of stateOverrides ?? []) {
    checkStateOverride(override)
    const address = bytesToHex(override.address)
    if (seen.has(address)) throw new InvalidCallError(`${address} is overridden twice`)
    seen.add(address)
  }
}

function checkStateOverride({ address, balance, nonce, state, stateDiff }: StateOverride): void {
  checkLength('override address', address, ADDRESS_BYTES)
  checkNumber('override balance', balance)
  checkNumber('override nonce', nonce, UINT64_LIMIT)
  if (state !== undefined && stateDiff !== undefined) {
    throw new InvalidCallError('an override has both state and stateDiff')
  }
  for (const { key, value } of state ?? stateDiff ?? []) {
    checkLength('override key', key, WORD_BYTES)
    checkLength('override value', value, WORD_BYTES)
  }
}

function checkLength(name: string, bytes: Uint8Array | undefined, length: number): void {
  if (bytes === undefined || bytes.length === length) return
  throw new InvalidCallError(`${name} has ${bytes.length} bytes, not ${length}`)
}

function checkNumber(name: string, value: bigint | undefined, limit = UINT256_LIMIT): void {
  if (value === undefined || (value >= 0n && value < limit)) return
  throw new InvalidCallError(`${name} is ${value}, not between 0 and ${limit - 1n}`)
}
