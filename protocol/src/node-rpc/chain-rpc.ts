/**
 * JSON-RPC of a node that has a chain in a data folder and follows a stream of messages, be they its
 * own or verified: answers from what it has seen, calls on its engine, transactions to its pool.
 */

import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { RecentChain } from '@shredcast/shared/state/recent-chain'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { ChainReader, RpcBackend, TransactionPool } from '../rpc/backend.ts'
import { Dispatcher } from '../rpc/dispatcher.ts'
import { EventHub } from '../rpc/event-hub.ts'
import { Filters } from '../rpc/filters.ts'
import { METHODS } from '../rpc/method-table.ts'
import { ReceiptWaits } from '../rpc/receipt-waits.ts'
import { RpcError, SERVER_ERROR } from '../rpc/rpc-error.ts'
import { createTurns } from '../rpc/turn.ts'
import type { GuardOptions } from '../server/request-guard.ts'
import { createRpcServer } from '../server/rpc-server.ts'
import type { MessageDraft } from '../wire/messages.ts'
import { engineCalls } from './engine-calls.ts'
import { storedBlocks } from './stored-blocks.ts'

const CLIENT_VERSION = `shredcast/v0.1.0/${process.platform}-${process.arch}/node${process.version}`

const PROOF_TIMEOUT_MS = 30_000

export interface ChainRpcOptions {
  readonly config: ChainConfig
  readonly host: string
  readonly port: number
  readonly guard: GuardOptions
  readonly onInternalError: (method: string, error: unknown) => void
}

/** What of the node is asked. */
export interface ServedNode {
  readonly chain: StoredChain
  readonly calls: Pick<Engine, 'call' | 'readAccount' | 'readCode'>
  /** Proves under `stateRoot`; undefined while the trie is at another block. */
  prove(
    stateRoot: Uint8Array,
    address: Uint8Array,
    slots: readonly Uint8Array[],
  ): AccountProof | undefined
  /** Called once. */
  pool(chain: RecentChain, events: EventHub): TransactionPool
}

export interface ChainRpc {
  readonly url: string
  /** The next message of the blocks above the folder's newest one, in order. */
  take(message: MessageDraft): void
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
  const { config, host, port, guard } = options
  const events = new EventHub()
  const chain = recentChain(node.chain)
  const backend: RpcBackend = {
    chain: readerOf(chain, node, { config, events }),
    events,
    pool: node.pool(chain, events),
    calls: engineCalls(node.calls),
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
  )
  const server = await createRpcServer({ dispatcher, backend, host, port, guard })
  return {
    url: server.url,
    take: (message) => take(chain, events, message),
    async close() {
      filters.close()
      receiptWaits.close()
      await server.close()
    },
  }
}

function recentChain(chain: StoredChain): RecentChain {
  const older = storedBlocks(chain)
  const head = older.block(chain.head.header.number)
  assert(head?.hash !== undefined, 'the head is in the folder')
  return new RecentChain({ head: { ...head, hash: head.hash }, stored: chain.state, older })
}

function take(chain: RecentChain, events: EventHub, message: MessageDraft): void {
  if (message.type === 'blockOpened') chain.open(message.context, message.diff)
  else if (message.type === 'shred') events.committed(chain.commit(message))
  else events.sealed(chain.seal(message.header, message.hash, message.diff))
}

/** A proof waits for the next seal while the trie is not at the head. */
function readerOf(
  chain: RecentChain,
  node: ServedNode,
  { config, events }: { config: ChainConfig; events: EventHub },
): ChainReader {
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
    prove(address, slots) {
      const prove = () => node.prove(chain.head.header.stateRoot, address, slots)
      const proof = prove()
      return proof === undefined ? proofAtSeal(events, prove) : Promise.resolve(proof)
    },
  }
}

/**
 * Taken in the turn of the seal, since the next block may move the trie on right behind it.
 * @throws RpcError when none comes in time
 */
function proofAtSeal(
  events: EventHub,
  prove: () => AccountProof | undefined,
): Promise<AccountProof> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer)
      stop()
      settle()
    }
    const stop = events.onSealed(() => {
      try {
        const proof = prove()
        if (proof !== undefined) end(() => resolve(proof))
      } catch (error) {
        end(() => reject(error))
      }
    })
    const timer = setTimeout(() => {
      const message = `no block was sealed within ${PROOF_TIMEOUT_MS} ms, so there is no proof yet`
      end(() => reject(new RpcError(SERVER_ERROR, message)))
    }, PROOF_TIMEOUT_MS)
  })
}
