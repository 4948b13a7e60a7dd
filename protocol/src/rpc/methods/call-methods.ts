/** Messages that leave nothing behind: `eth_call` and what is found by repeating it. */

import type { CallOptions, CallRequest } from '@shredcast/shared/chain/call'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { revertReason } from '@shredcast/shared/chain/revert-reason'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { CallExecutor, CallResult, RpcBackend } from '../backend.ts'
import type { BlockSelector } from '../block-selector.ts'
import { parseBlockOverrides, parseCallRequest, parseStateOverrides } from '../call-params.ts'
import { findState, isNewest, requireBlock } from '../find-block.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { quantity } from '../quantity.ts'
import { EXECUTION_REVERTED, METHOD_NOT_FOUND, RpcError, SERVER_ERROR } from '../rpc-error.ts'
import { accessListJson } from '../shapes/transaction-json.ts'

/** EIP-7825, from Osaka on. */
const TRANSACTION_GAS_CAP = 2n ** 24n

/** Each round can only add to the list; code that looks at its gas may never come to rest. */
const ACCESS_LIST_ROUNDS = 16

export const callMethods: MethodTable = {
  eth_call: { least: 1, most: 4, run: call },
  eth_estimateGas: { least: 1, most: 4, run: estimate },
  eth_createAccessList: { least: 1, most: 2, run: createAccessList },
}

async function call(params: Params, context: RpcContext) {
  const { calls, request, options } = readCall(params, context)
  const result = await calls.call(request, options)
  if (result.status === 'success') return bytesToHex(result.output)
  throw failureOf(result)
}

async function estimate(params: Params, context: RpcContext) {
  return quantity(await gasFor(readCall(params, context), context))
}

/**
 * The least gas that the message succeeds with.
 * @throws RpcError
 */
export async function gasFor(
  { calls, request, options }: ReadCall,
  context: RpcContext,
): Promise<bigint> {
  const estimated = await calls.estimateGas(request, { ...options, gasLimit: gasLimit(context) })
  if (estimated.status === 'success') return estimated.gas
  if (estimated.status !== 'exceeds allowance') throw failureOf(estimated)
  throw new RpcError(SERVER_ERROR, `gas required exceeds allowance (${estimated.allowance})`)
}

/** The first list is what the message touches; a list changes gas and so perhaps what is touched. */
async function createAccessList(params: Params, context: RpcContext) {
  const { calls, request, options } = readCall(params, context)
  let accessList = request.accessList ?? []
  for (let round = 0; round < ACCESS_LIST_ROUNDS; round++) {
    const result = await calls.call(
      { ...request, accessList },
      { ...options, collectAccessList: true },
    )
    if (result.status === 'invalid') throw failureOf(result)
    const touched = result.accessList ?? []
    const [before, after] = [accessListJson(accessList), accessListJson(touched)]
    accessList = touched
    if (JSON.stringify(before) !== JSON.stringify(after)) continue
    const error = result.status === 'success' ? undefined : failureOf(result).shortMessage
    return { accessList: after, gasUsed: quantity(result.gasUsed), ...(error && { error }) }
  }
  throw new RpcError(
    SERVER_ERROR,
    `the access list changes even after ${ACCESS_LIST_ROUNDS} rounds`,
  )
}

export interface ReadCall {
  readonly calls: CallExecutor
  readonly request: CallRequest
  readonly options: CallOptions
}

function readCall(params: Params, { backend }: RpcContext): ReadCall {
  const { chainId } = backend.chain.config
  return {
    calls: callsAt(params.block(1), backend),
    request: parseCallRequest(params.object(0), chainId),
    options: {
      stateOverrides: parseStateOverrides(params.value(2)),
      blockOverrides: parseBlockOverrides(params.value(3)),
    },
  }
}

/** Behind the newest commit, or behind a sealed block whose state is kept. */
function callsAt(selector: BlockSelector, { calls, chain, history }: RpcBackend): CallExecutor {
  if (calls === undefined) throw new RpcError(METHOD_NOT_FOUND, 'this node executes no calls')
  if (isNewest(selector)) return calls
  if (history === undefined) {
    throw new RpcError(SERVER_ERROR, 'calls run on the newest state only: latest or pending')
  }
  findState(chain, selector)
  return history.callsBehind(requireBlock(chain, selector))
}

/** The most that a transaction could have. */
function gasLimit({ backend: { chain } }: RpcContext): bigint {
  const { header } = chain.openBlock ?? chain.head
  const fork = hardforkAt(chain.config, header.number, header.timestamp)
  const isCapped = isAtLeast(fork, 'osaka') && header.gasLimit > TRANSACTION_GAS_CAP
  return isCapped ? TRANSACTION_GAS_CAP : header.gasLimit
}

function failureOf(result: Exclude<CallResult, { status: 'success' }>): RpcError {
  if (result.status !== 'reverted') return new RpcError(SERVER_ERROR, result.reason)
  const reason = revertReason(result.output)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError(EXECUTION_REVERTED, message, bytesToHex(result.output))
}
