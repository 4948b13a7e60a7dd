/** What a dApp has of a stream: `connect` gives it. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import type { Observable } from 'rxjs'
import type { Abi, ContractEventName } from 'viem'
import type { DeliveryPolicy } from '../../wire/control-messages.ts'
import type { ChainTip } from '../../wire/message-chain.ts'
import type { ReconnectOptions } from '../reconnect-delay.ts'
import type { GapChoice } from '../stream-client.ts'
import type { StreamStart } from '../stream-reader.ts'
import type { AccountBalance } from './balance.ts'
import type { DappConflated } from './conflated-view.ts'
import type { ContractEvent, EventStats } from './contract-events.ts'
import type { SharedStreamStats } from './shared-stream.ts'
import type { ShredFilter } from './shred-filter.ts'
import type {
  AccountChange,
  DappHead,
  DappLog,
  DappReceipt,
  DappRevert,
  DappShred,
} from './shred-view.ts'
import type { StreamGap, StreamStatus } from './stream-status.ts'

export interface DappOptions {
  /** Where to start whenever a first subscriber comes. Default `live`: with what comes next. */
  readonly from?: StreamStart
  /** The leader's key, 32 bytes, without whose signature nothing is taken; default: the first seen. */
  readonly leaderKey?: Hex
  readonly token?: string
  /**
   * What becomes of messages that this side, or its line, is too slow for. `disconnect` (default): they
   * wait at the server, and come all, as long as it has them. `gap`: they are dropped for the newest
   * ones. `conflate`: the newest values of what they changed come in their place, on `conflated$`,
   * `stateChanges$` and `balance$`.
   */
  readonly policy?: DeliveryPolicy
  /** Messages this side may be behind before `gap` or `conflate` acts. Default 1024. */
  readonly queueMessages?: number
  /**
   * A lost connection is always resumed at the next message. Where messages are missing, because the
   * server does not have them any more, or has dropped them: `fail` ends with a GapError; `backfill`
   * (default with `disconnect`, not possible with `conflate`) asks for them once more, and goes on with
   * the oldest message there is where they are gone; `continue` (default else) goes on with the next one
   * there is. `gaps$` tells which ones are missing in the end.
   */
  readonly onGap?: GapChoice
  /** Delays of reconnecting; `false`: the first lost connection ends the stream. */
  readonly reconnect?: ReconnectOptions | false
  /** Time between two questions to the server whether it is there. Default 5000. */
  readonly pingIntervalMs?: number
  /** Silence after which a connection counts as lost. Default 15000. */
  readonly readDeadlineMs?: number
  /** When what came is older than this, by the server's word, `status$` says `stale`. Default 10000. */
  readonly staleAfterMs?: number
  /** How long the connection stays when nobody is subscribed. Default 1000. */
  readonly graceMs?: number
  /** JSON-RPC over HTTP: first values of `balance$`, and receipts from before the connection. */
  readonly rpcUrl?: string
  /** The server sends only what passes: neither logs, nor changes, nor receipts of other shreds. */
  readonly filter?: ShredFilter
}

/** As `eth_getLogs` takes it: alternatives in lists, null for any topic. */
export interface DappLogFilter {
  readonly address?: Hex | readonly Hex[]
  readonly topics?: readonly (Hex | readonly Hex[] | null)[]
}

export interface ContractEventsRequest<
  abi extends Abi | readonly unknown[],
  eventName extends ContractEventName<abi> | undefined,
> {
  readonly address: Hex | readonly Hex[]
  readonly abi: abi
  /** Absent: all events. */
  readonly eventName?: eventName
}

export interface ReceiptOptions {
  /** Default 30000. */
  readonly timeoutMs?: number
}

export type DappStats = Readonly<SharedStreamStats & EventStats>

/**
 * Observables of one stream. All share one connection, which is there while one of them is subscribed
 * to (`status$` does not count). Each message was signed by the leader and continues the one before it,
 * and is delivered once and in order; what is subscribed to later starts with the next message. All end
 * with a `StreamError` when the stream fails for good, and complete after `close`.
 */
export interface DappClient {
  readonly shreds$: Observable<DappShred>
  /** Blocks as they are opened, and as they are sealed. */
  readonly heads$: Observable<DappHead>
  /** Development chains alone go back; with blocks that then follow `heads$` goes on. */
  readonly reverts$: Observable<DappRevert>
  readonly gaps$: Observable<StreamGap>
  /** With the policy `conflate`. */
  readonly conflated$: Observable<DappConflated>
  /** The present status first. */
  readonly status$: Observable<StreamStatus>
  /** @throws InvalidArgumentError */
  logs$(filter?: DappLogFilter): Observable<DappLog>
  /**
   * Changes of accounts, by shreds and by blocks. With `slots` (32 bytes) those that write one of them
   * or clear the storage, and of their slots only these.
   * @throws InvalidArgumentError
   */
  stateChanges$(addresses: Iterable<Hex>, slots?: Iterable<Hex>): Observable<AccountChange>
  /**
   * The balance behind each message that changes it. With `rpcUrl` its first value is that behind the
   * first block sealed from now on, or an earlier change; without, the first change.
   * @throws InvalidArgumentError
   */
  balance$(address: Hex): Observable<AccountBalance>
  /**
   * Events of contracts, decoded. Logs that the ABI does not explain come as they are, with the reason;
   * with `eventName`, other events do not come at all.
   * @throws UnknownEventError, InvalidArgumentError
   */
  contractEvents$<
    const abi extends Abi | readonly unknown[],
    eventName extends ContractEventName<abi> | undefined = undefined,
  >(request: ContractEventsRequest<abi, eventName>): Observable<ContractEvent<abi, eventName>>
  /**
   * The receipt of a transaction, as soon as its shred is there. What was committed before is found
   * among the newest 1024 messages, and further back with `rpcUrl`.
   * Rejects with InvalidArgumentError, ReceiptTimeoutError, TooManyWaitsError (10,000), or what the
   * stream fails with.
   */
  receipt(transactionHash: Hex, options?: ReceiptOptions): Promise<DappReceipt>
  /** The key that signs, once it is known: what to pin with `leaderKey`. */
  readonly leaderKey: Hex | undefined
  /**
   * Behind the newest message that came. Read while a message is taken, and given as `from` later on, it
   * brings what follows that message, without a gap or a repetition.
   */
  readonly position: ChainTip | undefined
  stats(): DappStats
  close(): void
}
