/** Logs of a range of blocks (`eth_getLogs`). */

import type { BlockRecord, TransactionRecord } from '@shredcast/shared/chain/block-record'
import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, parseBytes } from '@shredcast/shared/chain/json-fields'
import type { ChainReader } from './backend.ts'
import { parseTagOrNumber } from './block-selector.ts'
import { blockNumberOf } from './find-block.ts'
import type { LogFilter } from './log-filter.ts'
import { matchesLog, mayMatchBloom, parseLogFilter } from './log-filter.ts'
import { invalidParams, LIMIT_EXCEEDED, RpcError, SERVER_ERROR } from './rpc-error.ts'
import type { LogJson } from './shapes/receipt-json.ts'
import { logJson } from './shapes/receipt-json.ts'

const LOG_RANGE_MAX = 10_000n
const LOGS_MAX = 10_000

/**
 * Blocks from `fromBlock` to `toBlock`, both included and both `latest` when absent, or the block of
 * `blockHash`. `latest` is the newest sealed block here too: a range up to it never changes. `pending`
 * takes the open one in.
 * @throws RpcError
 */
export async function findLogs(
  json: JsonObject,
  chain: ChainReader,
  yieldTurn: () => Promise<void>,
): Promise<LogJson[]> {
  const filter = parseLogFilter(json)
  const logs: LogJson[] = []
  for (const block of blocksOf(chain, json)) {
    if (block.hash === undefined || mayMatchBloom(filter, block.header.logsBloom)) {
      for (const record of block.transactions) {
        logs.push(...matchingLogs(filter, block, record))
        if (logs.length > LOGS_MAX) throw tooMany(`more than ${LOGS_MAX} logs: take fewer blocks`)
        await yieldTurn()
      }
    }
    await yieldTurn()
  }
  return logs
}

export function matchingLogs(filter: LogFilter, block: BlockRecord, record: TransactionRecord) {
  return record.receipt.logs.flatMap((log, position) => {
    return matchesLog(filter, log) ? [logJson(block, record, position)] : []
  })
}

function blocksOf(chain: ChainReader, json: JsonObject): Iterable<BlockRecord> {
  if (isAbsent(json.blockHash)) return blocksBetween(chain, ...rangeOf(chain, json))
  if (!isAbsent(json.fromBlock) || !isAbsent(json.toBlock)) {
    throw invalidParams('blockHash does not go together with fromBlock and toBlock')
  }
  const block = chain.blockByHash(parseBytes(json.blockHash, 'blockHash', 32))
  if (block === undefined) throw new RpcError(SERVER_ERROR, 'unknown block')
  return [block]
}

function rangeOf(chain: ChainReader, { fromBlock, toBlock }: JsonObject): [bigint, bigint] {
  const numberOf = (value: unknown) => {
    return blockNumberOf(chain, isAbsent(value) ? { tag: 'latest' } : parseTagOrNumber(value))
  }
  const [from, to] = [numberOf(fromBlock), numberOf(toBlock)]
  if (from > to) throw invalidParams(`the range ends at block ${to}, before its start ${from}`)
  if (to - from >= LOG_RANGE_MAX) throw tooMany(`more than ${LOG_RANGE_MAX} blocks`)
  return [from, to]
}

function* blocksBetween(chain: ChainReader, from: bigint, to: bigint): Generator<BlockRecord> {
  const last = (chain.openBlock ?? chain.head).header.number
  for (let number = from; number <= to && number <= last; number++) {
    const block = chain.blockByNumber(number)
    if (block !== undefined) yield block
    else if (number <= chain.head.header.number) {
      throw new RpcError(SERVER_ERROR, `block ${number} is not kept any more`)
    }
  }
}

function tooMany(message: string): RpcError {
  return new RpcError(LIMIT_EXCEEDED, message)
}
