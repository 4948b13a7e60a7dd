/** Reads what `eth_simulateV1` is given. */

import { isAbsent, jsonArray, jsonObject } from '@shredcast/shared/chain/json-fields'
import type {
  BlockStateCalls,
  SimulatedCall,
  SimulationRequest,
} from '@shredcast/shared/chain/simulation'
import { parseBlockOverrides, parseCallRequest, parseStateOverrides } from './call-params.ts'
import { optionalQuantity } from './params.ts'
import { CLIENT_LIMIT_EXCEEDED, invalidParams, RpcError } from './rpc-error.ts'

/** As go-ethereum. */
const BLOCKS_MAX = 256
const CALLS_MAX = 5000
/** For all calls together. */
const GAS_LIMIT = 50_000_000n

export interface SimulationParams {
  readonly request: SimulationRequest
  readonly returnFullTransactions: boolean
}

/** @throws RpcError; InvalidJsonFieldError */
export function parseSimulation(value: unknown, chainId: bigint): SimulationParams {
  const json = jsonObject(value, 'simulation')
  const blocks = jsonArray(json.blockStateCalls, 'blockStateCalls')
  if (blocks.length === 0) throw invalidParams('blockStateCalls is empty')
  if (blocks.length > BLOCKS_MAX) {
    throw new RpcError(CLIENT_LIMIT_EXCEEDED, `more than ${BLOCKS_MAX} blocks`)
  }
  const parsed = blocks.map((block) => parseBlock(block, chainId))
  if (parsed.reduce((count, { calls }) => count + calls.length, 0) > CALLS_MAX) {
    throw new RpcError(CLIENT_LIMIT_EXCEEDED, `more than ${CALLS_MAX} calls`)
  }
  return {
    request: {
      blocks: parsed,
      validation: flagOf(json.validation, 'validation'),
      traceTransfers: flagOf(json.traceTransfers, 'traceTransfers'),
      gasLimit: GAS_LIMIT,
    },
    returnFullTransactions: flagOf(json.returnFullTransactions, 'returnFullTransactions'),
  }
}

function parseBlock(value: unknown, chainId: bigint): BlockStateCalls {
  const json = jsonObject(value, 'block of calls')
  const calls = isAbsent(json.calls) ? [] : jsonArray(json.calls, 'calls')
  return {
    blockOverrides: parseBlockOverrides(json.blockOverrides ?? undefined) ?? {},
    stateOverrides: parseStateOverrides(json.stateOverrides ?? undefined),
    calls: calls.map((call) => parseCall(call, chainId)),
  }
}

function parseCall(value: unknown, chainId: bigint): SimulatedCall {
  const json = jsonObject(value, 'call')
  return { ...parseCallRequest(json, chainId), nonce: optionalQuantity(json, 'nonce', 64) }
}

function flagOf(value: unknown, what: string): boolean {
  if (isAbsent(value)) return false
  if (typeof value === 'boolean') return value
  throw invalidParams(`${what} must be true or false`)
}
