/**
 * JSON-RPC of a leader: follows the messages that the leader publishes, answers from what it has seen,
 * and hands transactions in.
 */

import type { ChainReader, RpcBackend } from '@shredcast/protocol/rpc/backend'
import type { AnsweredRequest } from '@shredcast/protocol/rpc/dispatcher'
import { Dispatcher } from '@shredcast/protocol/rpc/dispatcher'
import { EventHub } from '@shredcast/protocol/rpc/event-hub'
import { Filters } from '@shredcast/protocol/rpc/filters'
import { METHODS } from '@shredcast/protocol/rpc/method-table'
import { ReceiptWaits } from '@shredcast/protocol/rpc/receipt-waits'
import { createTurns } from '@shredcast/protocol/rpc/turn'
import type { GuardOptions } from '@shredcast/protocol/server/request-guard'
import type { RpcAccessOptions } from '@shredcast/protocol/server/rpc-access'
import { createRpcServer } from '@shredcast/protocol/server/rpc-server'
import type { RpcServerStats } from '@shredcast/protocol/server/rpc-server-stats'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { HistoryThread } from '@shredcast/shared/engine/history/history-thread'
import { assert } from '@shredcast/shared/primitives/assert'
import { historyReaderSource } from '@shredcast/shared/state/history-reader'
import { RecentChain } from '@shredcast/shared/state/recent-chain'
import type { ChainLeader } from '../node/chain-leader.ts'
import { engineCalls } from './engine-calls.ts'
import { historyCalls } from './history-calls.ts'
import { RpcPool } from './rpc-pool.ts'
import { storedBlocks } from './stored-blocks.ts'

const CLIENT_VERSION = `shredcast/v0.1.0/${process.platform}-${process.arch}/node${process.version}`

export interface LeaderRpcOptions {
  readonly config: ChainConfig
  readonly host: string
  readonly port: number
  readonly guard: GuardOptions
  readonly onInternalError: (method: string, error: unknown) => void
  /** Default: no limits, and no method needs a token. */
  readonly access?: RpcAccessOptions
  /** Of each request, for whoever watches. */
  readonly onAnswered?: (answered: AnsweredRequest) => void
}

export interface LeaderRpc {
  readonly url: string
  stats(): Readonly<RpcServerStats>
  close(): Promise<void>
}

/**
 * Serves a leader that does not run yet.
 * @throws ListenError
 */
export async function createLeaderRpc(
  leader: ChainLeader,
  options: LeaderRpcOptions,
): Promise<LeaderRpc> {
  const { config, host, port, guard } = options
  const events = new EventHub()
  const chain = recentChain(leader)
  const pool = new RpcPool({ mempool: leader.pool, chain, events })
  leader.observe((draft) => take(chain, events, draft))
  const history = new HistoryThread({ config, reader: historyReaderSource(leader.path) })
  const backend: RpcBackend = {
    chain: readerOf(chain, leader, config),
    events,
    pool,
    calls: engineCalls(leader.calls),
    history: historyCalls(history, (number) => chain.stateAt(number)),
  }
  const filters = new Filters(events)
  const receiptWaits = new ReceiptWaits(events)
  const dispatcher = new Dispatcher(
    METHODS,
    {
      backend,
      clientVersion: CLIENT_VERSION,
      filters,
      receiptWaits,
      yieldTurn: createTurns(),
    },
    options.onInternalError,
    options.onAnswered,
  )
  const { access } = options
  const server = await createRpcServer({
    dispatcher,
    backend,
    host,
    port,
    guard,
    ...(access && { access }),
  })
  return {
    url: server.url,
    stats: () => server.stats(),
    async close() {
      filters.close()
      receiptWaits.close()
      await history.close()
      await server.close()
    },
  }
}

/** Goes on from the block that the leader's folder ends with. */
function recentChain({ chain }: ChainLeader): RecentChain {
  const older = storedBlocks(chain)
  const head = older.block(chain.head.header.number)
  assert(head?.hash !== undefined, 'the head is in the folder')
  return new RecentChain({ head: { ...head, hash: head.hash }, stored: chain.state, older })
}

function take(chain: RecentChain, events: EventHub, draft: MessageDraft): void {
  if (draft.type === 'blockOpened') chain.open(draft.context, draft.diff)
  else if (draft.type === 'shred') events.committed(chain.commit(draft))
  else events.sealed(chain.seal(draft.header, draft.hash, draft.diff))
}

function readerOf(chain: RecentChain, leader: ChainLeader, config: ChainConfig): ChainReader {
  return {
    config,
    get head() {
      return chain.head
    },
    get openBlock() {
      return chain.openBlock
    },
    get latestState() {
      return chain.latestState
    },
    blockByNumber: (number) => chain.blockByNumber(number),
    blockByHash: (hash) => chain.blockByHash(hash),
    transaction: (hash) => chain.transaction(hash),
    stateAt: (number) => chain.stateAt(number),
    prove: (address, slots) => leader.prove(chain.head.header.stateRoot, address, slots),
  }
}
