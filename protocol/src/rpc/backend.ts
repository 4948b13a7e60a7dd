/**
 * What the methods need of a node: a chain to read, and if the node takes transactions or executes
 * calls, where these go. A leader has all of it, a follower what can be read.
 */

import type { AccessListEntry } from '@shredcast/shared/chain/access-list'
import type { BlobSidecar } from '@shredcast/shared/chain/blob-sidecar'
import type {
  BlockRecord,
  CommittedShred,
  PlacedTransaction,
} from '@shredcast/shared/chain/block-record'
import type { CallOptions, CallRequest } from '@shredcast/shared/chain/call'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { Log } from '@shredcast/shared/chain/receipt'
import type { SimulatedBlock, SimulationRequest } from '@shredcast/shared/chain/simulation'
import type { StateView } from '@shredcast/shared/chain/state-reader'
import type { AccountProof } from '@shredcast/shared/chain/state-trie'
import type { TracerChoice } from '@shredcast/shared/chain/trace-choice'
import type { DevBackend } from './dev-backend.ts'

export interface RpcBackend {
  readonly chain: ChainReader
  readonly events: ChainEvents
  /** Absent: the node takes no transactions. */
  readonly pool?: TransactionPool
  /** Absent: the node executes no calls. */
  readonly calls?: CallExecutor
  /** Absent: the node executes nothing on older states. */
  readonly history?: HistoryExecutor
  /** Absent: the node is none of a development chain. */
  readonly dev?: DevBackend
}

/** Blocks, transactions and states, as far back as they are kept. */
export interface ChainReader {
  readonly config: ChainConfig
  /** The newest sealed block. */
  readonly head: BlockRecord
  /** The block that takes transactions; undefined between two blocks. */
  readonly openBlock: BlockRecord | undefined
  /** A sealed block, or the open one. */
  blockByNumber(number: bigint): BlockRecord | undefined
  /** A sealed block. */
  blockByHash(hash: Uint8Array): BlockRecord | undefined
  /** A committed transaction. */
  transaction(hash: Uint8Array): PlacedTransaction | undefined
  /** The state behind the newest commit. */
  readonly latestState: StateView
  /** The state behind a sealed block; undefined when it is not kept. */
  stateAt(number: bigint): StateView | undefined
  /** Proves account and slots (keys of 32 bytes) under the state root of the head. */
  prove(address: Uint8Array, slots: readonly Uint8Array[]): Promise<AccountProof>
}

/** Listeners are called in the turn of the event; they return a function that takes them off. */
export interface ChainEvents {
  /** A transaction committed; what the chain says already includes it. */
  onCommit(listener: (shred: CommittedShred) => void): () => void
  onSealed(listener: (block: BlockRecord) => void): () => void
  /** A transaction was admitted and is not committed yet. */
  onPending(listener: (pending: PendingTransaction) => void): () => void
  /** An admitted transaction will not be executed. */
  onDropped(listener: (hash: Uint8Array, reason: string) => void): () => void
}

/** An admitted transaction that is not committed yet. */
export interface PendingTransaction {
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
  readonly sender: Uint8Array
  readonly nonce: bigint
  /** False while transactions of its sender are missing before it. */
  readonly isReady: boolean
}

export interface PoolAddOptions {
  readonly mustBeReady: boolean
  /** The blobs that the transaction came with. */
  readonly sidecar?: BlobSidecar | undefined
  /** Who sends bytes without a signature, on a development chain; 20 bytes. */
  readonly impersonated?: Uint8Array
}

export interface TransactionPool {
  /**
   * Admits signed bytes and returns their hash. With `mustBeReady` a transaction that would have to
   * wait for others of its sender is refused and not added.
   * @throws TransactionRefusedError, NonceGapError
   */
  add(bytes: Uint8Array, options: PoolAddOptions): Promise<Uint8Array>
  get(hash: Uint8Array): PendingTransaction | undefined
  /** The nonce that comes after all ready transactions of the sender. */
  nextNonce(sender: Uint8Array): bigint
  /** All of them, by sender and nonce. */
  content(): readonly PendingTransaction[]
  /** Of a transaction that waits, or is in one of the newest blocks. Absent: the pool keeps none. */
  sidecar?(hash: Uint8Array): BlobSidecar | undefined
}

/** Executes messages on the newest committed state; they leave nothing behind. */
export interface CallExecutor {
  /** @throws CallRefusedError */
  call(request: CallRequest, options: CallOptions): Promise<CallResult>
  /**
   * The least gas, up to `options.gasLimit`, that the message succeeds with.
   * @throws CallRefusedError
   */
  estimateGas(request: CallRequest, options: CallOptions): Promise<GasEstimate>
}

/** Executes on states behind sealed blocks, and in the middle of any block that is kept. */
export interface HistoryExecutor {
  /** Calls behind a sealed block. */
  callsBehind(block: BlockRecord): CallExecutor
  /**
   * JSON of the trace of a committed transaction, which comes to its receipt again.
   * @throws CallRefusedError; so do all of these
   */
  traceTransaction(placed: PlacedTransaction, options: TraceOptions): Promise<string>
  /** JSON of a list: hash and trace of each transaction. */
  traceBlock(block: BlockRecord, options: TraceOptions): Promise<string>
  /** JSON of the trace of a call. */
  traceCall(call: TracedCall, options: TraceOptions): Promise<string>
  /** Blocks on top of a sealed one; with an open block, behind what is committed in it. */
  simulate(place: HistoryPlace, request: SimulationRequest): Promise<readonly SimulatedBlock[]>
}

/** Behind a block; or in it, behind its first `count` transactions. */
export interface HistoryPlace {
  readonly block: BlockRecord
  readonly count?: number | undefined
}

export interface TracedCall extends HistoryPlace {
  readonly request: CallRequest
  readonly options: CallOptions
}

export interface TraceOptions {
  readonly tracer: TracerChoice
  /** Default: that of whoever executes. */
  readonly timeMs?: number | undefined
}

interface ExecutedCall {
  readonly gasUsed: bigint
  /** What was touched, without what is warm anyway; if it was asked for. */
  readonly accessList?: readonly AccessListEntry[]
}

export type CallResult =
  | (ExecutedCall & {
      readonly status: 'success'
      readonly output: Uint8Array
      readonly logs: readonly Log[]
    })
  | (ExecutedCall & { readonly status: 'reverted'; readonly output: Uint8Array })
  | (ExecutedCall & { readonly status: 'failed'; readonly reason: string })
  /** It may not begin: nothing was executed. */
  | { readonly status: 'invalid'; readonly reason: string }

export type GasEstimate =
  | { readonly status: 'success'; readonly gas: bigint }
  /** It needs more than request, options or the sender's funds allow. */
  | { readonly status: 'exceeds allowance'; readonly allowance: bigint }
  /** It fails with any gas. */
  | Exclude<CallResult, { status: 'success' }>
