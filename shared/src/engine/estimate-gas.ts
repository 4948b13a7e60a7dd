/**
 * The least gas limit with which a call succeeds (`eth_estimateGas`), found as geth does
 * (eth/gasestimator): a run with all that is allowed, one with what that run consumed and the 64th
 * that each call keeps back (EIP-150), then halving what is left between them.
 */

import { GAS_PER_BLOB } from '../chain/blob-gas.ts'
import type { CallOptions, CallRequest } from '../chain/call.ts'
import { equalBytes } from '../primitives/bytes.ts'
import type { CallResult } from './call-result.ts'
import { CALL_GAS_LIMIT } from './call-result.ts'
import type { Engine } from './engine.ts'
import type { InvalidReason } from './reference/execution-result.ts'

const TRANSFER_GAS = 21_000n
const CALL_STIPEND = 2300n
/** geth's `estimateGasErrorRatio`. */
const ERROR_RATIO = 0.015
const RATIO_UNIT = 1_000_000n
const ZERO_ADDRESS = new Uint8Array(20)

/** What more gas mends. */
const TOO_LITTLE_GAS: ReadonlySet<InvalidReason> = new Set([
  'intrinsic gas too low',
  'gas limit below floor data cost',
])

export interface EstimateOptions extends CallOptions {
  /** How far the estimate may be above the least, as a part of it; 0: not at all. Default: 0.015. */
  readonly errorRatio?: number | undefined
}

export type GasEstimate =
  | { readonly status: 'success'; readonly gas: bigint }
  /** It needs more than request, options or the sender's funds allow. */
  | { readonly status: 'exceeds allowance'; readonly allowance: bigint }
  /** It fails with any gas. */
  | Exclude<CallResult, { status: 'success' }>

/**
 * `options.gasLimit` is the most that may come out: the block's gas limit, or the fork's cap of a
 * transaction. Each run sees the newest committed state of its moment.
 * @throws as `Engine.call`
 */
export async function estimateGas(
  engine: Pick<Engine, 'call' | 'readAccount' | 'readCode'>,
  request: CallRequest,
  { errorRatio = ERROR_RATIO, ...options }: EstimateOptions = {},
): Promise<GasEstimate> {
  const run = (gas: bigint) => engine.call({ ...request, gas }, options)
  const allowance = allowanceOf(engine, request, options)
  if (allowance === undefined) return { status: 'invalid', reason: INSUFFICIENT_FUNDS }
  if (isTransfer(engine, request, options) && allowance >= TRANSFER_GAS) {
    const transfer = await run(TRANSFER_GAS)
    if (transfer.status === 'success') return { status: 'success', gas: TRANSFER_GAS }
  }
  const first = await run(allowance)
  if (first.status !== 'success') {
    return needsGas(first) ? { status: 'exceeds allowance', allowance } : first
  }
  const hasEnough = async (gas: bigint) => (await run(gas)).status === 'success'
  // What the first run consumed is not enough less one unit: no run consumes less with less gas.
  const range = { low: first.gasUsed - 1n, high: allowance }
  const narrow = async (gas: bigint) => {
    if (await hasEnough(gas)) range.high = gas
    else range.low = gas
  }
  const likely = ((first.gasUsed + first.gasRefund + CALL_STIPEND) * 64n) / 63n
  if (likely < range.high) await narrow(likely)
  const ratio = BigInt(Math.round(errorRatio * Number(RATIO_UNIT)))
  while (range.low + 1n < range.high) {
    if ((range.high - range.low) * RATIO_UNIT < ratio * range.high) break
    const middle = (range.low + range.high) / 2n
    // Most need little more than the least that was found.
    await narrow(middle > range.low * 2n ? range.low * 2n : middle)
  }
  return { status: 'success', gas: range.high }
}

const INSUFFICIENT_FUNDS: InvalidReason = 'insufficient funds for gas * price + value'

/** The most gas to try; undefined: the sender cannot even pay the value. */
function allowanceOf(
  engine: Pick<Engine, 'readAccount'>,
  request: CallRequest,
  { gasLimit = CALL_GAS_LIMIT, stateOverrides = [] }: CallOptions,
): bigint | undefined {
  const { gas, value = 0n, from = ZERO_ADDRESS, blobVersionedHashes = [] } = request
  const most = gas !== undefined && gas >= TRANSFER_GAS && gas < gasLimit ? gas : gasLimit
  const price = request.gasPrice ?? request.maxFeePerGas ?? 0n
  if (price === 0n) return most
  const override = stateOverrides.find(({ address }) => equalBytes(address, from))
  const balance = override?.balance ?? engine.readAccount(from).balance
  const blobGas = BigInt(blobVersionedHashes.length) * GAS_PER_BLOB
  const left = balance - value - blobGas * (request.maxFeePerBlobGas ?? 0n)
  if (left < 0n) return undefined
  const affordable = left / price
  return affordable < most ? affordable : most
}

/** Whether nothing runs, so that the gas of a transfer should do. */
function isTransfer(
  engine: Pick<Engine, 'readCode'>,
  { to, data = ZERO_ADDRESS.subarray(0, 0) }: CallRequest,
  { stateOverrides = [] }: CallOptions,
): boolean {
  if (to === undefined || data.length > 0) return false
  const override = stateOverrides.find(({ address }) => equalBytes(address, to))
  return (override?.code ?? engine.readCode(to)).length === 0
}

function needsGas(result: CallResult): boolean {
  if (result.status === 'invalid') return TOO_LITTLE_GAS.has(result.reason)
  return result.status === 'failed' && result.reason === 'out of gas'
}
