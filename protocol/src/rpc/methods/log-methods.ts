/** Logs, and the filters that are polled. */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { findLogs } from '../find-logs.ts'
import type { MethodTable, RpcContext } from '../method.ts'

export const logMethods: MethodTable = {
  eth_getLogs: { least: 1, most: 1, run: (params, context) => logsOf(params.object(0), context) },
  eth_newFilter: {
    least: 1,
    most: 1,
    run: (params, { filters }) => filters.addLogs(params.object(0)),
  },
  eth_newBlockFilter: { least: 0, most: 0, run: (_, { filters }) => filters.addBlocks() },
  eth_newPendingTransactionFilter: {
    least: 0,
    most: 1,
    run: (_, { filters }) => filters.addPending(),
  },
  eth_getFilterChanges: {
    least: 1,
    most: 1,
    run: (params, { filters }) => filters.changes(params.text(0)),
  },
  eth_getFilterLogs: {
    least: 1,
    most: 1,
    run: (params, context) => logsOf(context.filters.logsOf(params.text(0)), context),
  },
  eth_uninstallFilter: {
    least: 1,
    most: 1,
    run: (params, { filters }) => filters.remove(params.text(0)),
  },
}

function logsOf(filter: JsonObject, { backend, yieldTurn }: RpcContext) {
  return findLogs(filter, backend.chain, yieldTurn)
}
