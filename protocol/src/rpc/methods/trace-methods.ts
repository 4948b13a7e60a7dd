/** What happened inside transactions and calls, instruction by instruction or call by call. */

import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import type { HistoryExecutor, HistoryPlace } from '../backend.ts'
import type { BlockSelector } from '../block-selector.ts'
import { parseBlockOverrides, parseCallRequest, parseStateOverrides } from '../call-params.ts'
import { isNewest, requireBlock, requireState } from '../find-block.ts'
import { JsonText } from '../json-text.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { parseHexQuantity } from '../params.ts'
import { METHOD_NOT_FOUND, RpcError, SERVER_ERROR } from '../rpc-error.ts'
import { parseTraceOptions } from '../trace-params.ts'

export const traceMethods: MethodTable = {
  debug_traceTransaction: { least: 1, most: 2, run: traceTransaction },
  debug_traceBlockByNumber: {
    least: 1,
    most: 2,
    run: (params, context) => traceBlock(params.tagOrNumber(0), params, context),
  },
  debug_traceBlockByHash: {
    least: 1,
    most: 2,
    run: (params, context) => traceBlock({ hash: params.hash(0) }, params, context),
  },
  debug_traceCall: { least: 1, most: 3, run: traceCall },
}

async function traceTransaction(params: Params, context: RpcContext) {
  const history = historyOf(context)
  const options = parseTraceOptions(params.value(1))
  const { chain } = context.backend
  const placed = chain.transaction(params.hash(0))
  if (placed === undefined) throw new RpcError(SERVER_ERROR, 'transaction not found')
  requireStateBefore(context, placed.block)
  return new JsonText(await history.traceTransaction(placed, options))
}

async function traceBlock(selector: BlockSelector, params: Params, context: RpcContext) {
  const history = historyOf(context)
  const options = parseTraceOptions(params.value(1))
  const block = requireBlock(context.backend.chain, selector)
  if (block.header.number === 0n) throw new RpcError(SERVER_ERROR, 'genesis is not traceable')
  requireStateBefore(context, block)
  return new JsonText(await history.traceBlock(block, options))
}

/** The options say besides what the call finds instead of what is there (`TraceCallConfig`). */
async function traceCall(params: Params, context: RpcContext) {
  const history = historyOf(context)
  const { chain } = context.backend
  const json = params.value(2) === undefined ? {} : params.object(2)
  const options = parseTraceOptions(params.value(2))
  const place = placeOf(params.block(1), json.txIndex ?? undefined, context)
  const request = parseCallRequest(params.object(0), chain.config.chainId)
  const trace = await history.traceCall(
    {
      ...place,
      request,
      options: {
        stateOverrides: parseStateOverrides(json.stateOverrides ?? undefined),
        blockOverrides: parseBlockOverrides(json.blockOverrides ?? undefined),
      },
    },
    options,
  )
  return new JsonText(trace)
}

/** Behind a block, or before the transaction of an index in it. */
function placeOf(selector: BlockSelector, txIndex: unknown, context: RpcContext): HistoryPlace {
  const { chain } = context.backend
  const newest = isNewest(selector) ? chain.openBlock : undefined
  const block = newest ?? requireBlock(chain, selector)
  if (txIndex === undefined) {
    if (block.hash !== undefined) requireState(chain, block)
    return { block }
  }
  const count = Number(parseHexQuantity(txIndex, 'txIndex', 32))
  if (count > block.transactions.length || block.header.number === 0n) {
    throw new RpcError(SERVER_ERROR, `transaction ${count} is not in the block`)
  }
  requireStateBefore(context, block)
  return { block, count }
}

function historyOf({ backend }: RpcContext): HistoryExecutor {
  if (backend.history !== undefined) return backend.history
  throw new RpcError(METHOD_NOT_FOUND, 'this node executes nothing on older states')
}

function requireStateBefore({ backend: { chain } }: RpcContext, { header }: BlockRecord): void {
  requireState(chain, requireBlock(chain, { number: header.number - 1n }))
}
