/** Blocks that are only thought of: `eth_simulateV1`. */

import type { HistoryPlace } from '../backend.ts'
import type { BlockSelector } from '../block-selector.ts'
import { isNewest, requireBlock, requireState } from '../find-block.ts'
import { JsonText } from '../json-text.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { METHOD_NOT_FOUND, RpcError } from '../rpc-error.ts'
import { simulatedBlockJson } from '../shapes/simulation-json.ts'
import { parseSimulation } from '../simulation-params.ts'

export const simulateMethods: MethodTable = {
  eth_simulateV1: { least: 1, most: 2, run: simulate },
}

async function simulate(params: Params, context: RpcContext) {
  const { chain, history } = context.backend
  if (history === undefined) throw new RpcError(METHOD_NOT_FOUND, 'this node simulates nothing')
  const { request, returnFullTransactions } = parseSimulation(params.value(0), chain.config.chainId)
  const blocks = await history.simulate(placeOf(params.block(1), context), request)
  const texts: string[] = []
  for (const block of blocks) {
    texts.push(JSON.stringify(simulatedBlockJson(block, returnFullTransactions)))
    await context.yieldTurn()
  }
  return new JsonText(`[${texts.join(',')}]`)
}

/** `latest` is behind the newest commit: the first simulated block is what the open one comes to. */
function placeOf(selector: BlockSelector, { backend: { chain } }: RpcContext): HistoryPlace {
  if (isNewest(selector) && chain.openBlock !== undefined) return { block: chain.openBlock }
  const block = requireBlock(chain, selector)
  requireState(chain, block)
  return { block }
}
