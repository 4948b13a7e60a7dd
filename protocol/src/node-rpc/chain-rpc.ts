/**
 * JSON-RPC of a node that has a chain in a data folder and follows a stream of messages, be they its
 * own or verified: answers from what it has seen, calls on its engine, transactions to its pool.
 */

import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { HistoryThread } from '@shredcast/shared/engine/history/history-thread'
import { assert } from '@shredcast/shared/primitives/assert'
import { historyReaderSource } from '@shredcast/shared/state/history-reader'
import { RecentChain } from '@shredcast/shared/state/recent-chain'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { ChainReader, RpcBackend, TransactionPool } from '../rpc/backend.ts'
import type { DevBackend } from '../rpc/dev-backend.ts'
import type { AnsweredRequest } from '../rpc/dispatcher.ts'
import { Dispatcher } from '../rpc/dispatcher.ts'
import { EventHub } from '../rpc/event-hub.ts'
import { Filters } from '../rpc/filters.ts'
import { METHODS } from '../rpc/method-table.ts'
import { ReceiptWaits } from '../rpc/receipt-waits.ts'
import { createTurns } from '../rpc/turn.ts'
import type { GuardOptions } from '../server/request-guard.ts'
import type { RpcAccessOptions } from '../server/rpc-access.ts'
import { createRpcServer } from '../server/rpc-server.ts'
import type { RpcServerStats } from '../server/rpc-server-stats.ts'
import type { MessageDraft } from '../wire/messages.ts'
import { engineCalls } from './engine-calls.ts'
import { historyCalls } from './history-calls.ts'
import { storedBlocks } from './stored-blocks.ts'

const CLIENT_VERSION = `shredcast/v0.1.0/${process.platform}-${process.arch}/node${process.version}`

export interface ChainRpcOptions {
  readonly config: ChainConfig
  readonly host: string
  readonly port: number
  readonly guard: GuardOptions
  /** Methods of a development chain; only of its leader. */
  readonly dev?: DevBackend
  readonly onInternalError: (method: string, error: unknown) => void
  /** Default: no limits, and no method needs a token. */
  readonly access?: RpcAccessOptions
  /** Of each request, for whoever watches. */
  readonly onAnswered?: (answered: AnsweredRequest) => void
}

/** What of the node is asked. */
export interface ServedNode {
  readonly chain: StoredChain
  readonly calls: Pick<Engine, 'call' | 'readAccount' | 'readCode'>
  /** Of the data folder. */
  readonly path: string
  /** Proves under `stateRoot`, that of the newest block that was taken. */
  prove(
    stateRoot: Uint8Array,
    address: Uint8Array,
    slots: readonly Uint8Array[],
  ): Promise<AccountProof>
  /** Called once. */
  pool(chain: RecentChain, events: EventHub): TransactionPool
}

export interface ChainRpc {
  readonly url: string
  /** The next message of the blocks above the folder's newest one, in order. */
  take(message: MessageDraft): void
  stats(): Readonly<RpcServerStats>
  close(): Promise<void>
}

/**
 * Goes on from the block that the folder ends with.
 * @throws ListenError
 */
export async function createChainRpc(
  node: ServedNode,
  options: ChainRpcOptions,
): Promise<ChainRpc> {
  const { config, host, port, guard, access, dev } = options
  const events = new EventHub()
  const chain = recentChain(node.chain, config)
  const history = new HistoryThread({ config, reader: historyReaderSource(node.path) })
  const backend: RpcBackend = {
    chain: readerOf(chain, node, config),
    events,
    pool: node.pool(chain, events),
    calls: engineCalls(node.calls),
    ...(dev && { dev }),
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
    take: (message) => take(chain, events, message),
    async close() {
      filters.close()
      receiptWaits.close()
      await history.close()
      await server.close()
    },
  }
}

function recentChain(chain: StoredChain, config: ChainConfig): RecentChain {
  const older = storedBlocks(chain, config)
  const head = older.block(chain.head.header.number)
  assert(head?.hash !== undefined, 'the head is in the folder')
  return new RecentChain({ head: { ...head, hash: head.hash }, stored: chain.state, older })
}

function take(chain: RecentChain, events: EventHub, message: MessageDraft): void {
  if (message.type === 'blockOpened') {
    chain.open(message.context, message.diff, message.edits?.changes)
  } else if (message.type === 'shred') events.committed(chain.commit(message))
  else if (message.type === 'chainReverted') chain.revertTo(message.number)
  else events.sealed(chain.seal(message.header, message.hash, message.diff))
}

function readerOf(chain: RecentChain, node: ServedNode, config: ChainConfig): ChainReader {
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
    prove: (address, slots) => node.prove(chain.head.header.stateRoot, address, slots),
  }
}
