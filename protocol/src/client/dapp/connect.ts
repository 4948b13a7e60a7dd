/**
 * The SDK's one entry: `connect` makes the observables of a dApp from the messages of a stream.
 *
 *     StreamClient -> StreamLine -> SharedStream.items$ -+-> shreds$, heads$, logs$, ...
 *     (verifies,      (gaps,        (one for all)        +-> balance$    <- JSON-RPC
 *      resumes)        staleness)                        +-> receipt()   <-
 */

import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { Observable } from 'rxjs'
import { filter, map, mergeMap } from 'rxjs'
import type { Abi, ContractEventName } from 'viem'
import type { LogFilter } from '../../rpc/log-filter.ts'
import { matchesLog, parseLogFilter } from '../../rpc/log-filter.ts'
import type {
  BlockOpened,
  BlockSealed,
  ChainReverted,
  Shred,
  StreamMessage,
} from '../../wire/messages.ts'
import { checkStreamUrl } from '../connect-stream.ts'
import { changesOf } from './account-changes.ts'
import { balanceOf } from './balance.ts'
import { conflatedView } from './conflated-view.ts'
import type { ContractEvent, EventStats } from './contract-events.ts'
import { EventDecoder } from './contract-events.ts'
import type {
  ContractEventsRequest,
  DappClient,
  DappLogFilter,
  DappOptions,
} from './dapp-client.ts'
import { InvalidArgumentError } from './dapp-errors.ts'
import { hexArgument, hexSet } from './hex-argument.ts'
import { Receipts } from './receipts.ts'
import { RpcReader } from './rpc-reader.ts'
import type { SharedStreamOptions, StreamItem } from './shared-stream.ts'
import { SharedStream } from './shared-stream.ts'
import { filterSpec } from './shred-filter.ts'
import type { DappLog } from './shred-view.ts'
import { headView, logView, revertView, shredView } from './shred-view.ts'
import type { StreamGap } from './stream-status.ts'

const DEFAULT_STALE_AFTER_MS = 10_000
const DEFAULT_GRACE_MS = 1000
const DEFAULT_RECEIPT_TIMEOUT_MS = 30_000

/**
 * A dApp's view of the stream at `url` (ws or wss); connects when something is subscribed to.
 * @throws InvalidStreamUrlError, InvalidArgumentError
 */
export function connect(url: string, options: DappOptions = {}): DappClient {
  checkStreamUrl(url)
  const rpc = options.rpcUrl === undefined ? undefined : new RpcReader(options.rpcUrl)
  const stream = new SharedStream(url, streamOptions(options))
  const receipts = new Receipts(stream, rpc)
  const eventStats: EventStats = { decodedEvents: 0, eventsNotInAbi: 0, undecodableLogs: 0 }
  const messages$ = stream.items$.pipe(
    mergeMap((item) => (item.type === 'message' ? [item.message] : [])),
  )
  const shreds$ = messages$.pipe(filter(isShred))
  const logs$ = (wanted: LogFilter) => shreds$.pipe(mergeMap((shred) => logsOf(shred, wanted)))
  return {
    shreds$: shreds$.pipe(map(shredView)),
    heads$: messages$.pipe(mergeMap((message) => (isHead(message) ? [headView(message)] : []))),
    reverts$: messages$.pipe(filter(isRevert), map(revertView)),
    gaps$: stream.items$.pipe(mergeMap(gapsIn)),
    conflated$: stream.items$.pipe(
      mergeMap((item) => (item.type === 'conflated' ? [conflatedView(item.conflated)] : [])),
    ),
    status$: stream.status$,
    logs$: (wanted = {}) => logs$(logFilter(wanted)),
    stateChanges$(addresses, slots) {
      const keys = slots === undefined ? undefined : hexSet(slots, 'slot', 32)
      return changesOf(stream.items$, hexSet(addresses, 'address', 20), keys)
    },
    balance$: (address) => balanceOf(stream.items$, hexArgument(address, 'address', 20), rpc),
    contractEvents$: <
      const abi extends Abi | readonly unknown[],
      eventName extends ContractEventName<abi> | undefined,
    >({
      address,
      abi,
      eventName,
    }: ContractEventsRequest<abi, eventName>) => {
      const decoder = new EventDecoder(abi as Abi, eventName, eventStats)
      const events$ = logs$(logFilter({ address })).pipe(mergeMap((log) => decoded(decoder, log)))
      // The decoder was made from this ABI.
      return events$ as Observable<ContractEvent<abi, eventName>>
    },
    async receipt(transactionHash, { timeoutMs = DEFAULT_RECEIPT_TIMEOUT_MS } = {}) {
      return receipts.wait(hexArgument(transactionHash, 'transaction hash', 32), timeoutMs)
    },
    get leaderKey() {
      return stream.leaderKey
    },
    get position() {
      return stream.position
    },
    stats: () => ({ ...stream.stats(), ...eventStats }),
    close: () => stream.close(),
  }
}

/** Shreds and logs of what was merged are missing too. */
function gapsIn(item: StreamItem): StreamGap[] {
  if (item.type === 'message') return []
  if (item.type === 'gap') return [item.gap]
  const { fromSeq, nextSeq } = item.conflated
  return [{ fromSeq, nextSeq, reason: 'merged' }]
}

function isShred(message: StreamMessage): message is Shred {
  return message.type === 'shred'
}

function isRevert(message: StreamMessage): message is ChainReverted {
  return message.type === 'chainReverted'
}

function isHead(message: StreamMessage): message is BlockOpened | BlockSealed {
  return message.type === 'blockOpened' || message.type === 'blockSealed'
}

function logsOf(shred: Shred, wanted: LogFilter): DappLog[] {
  const logs: DappLog[] = []
  for (const [position, log] of shred.receipt.logs.entries()) {
    if (matchesLog(wanted, log)) logs.push(logView(shred, log, position))
  }
  return logs
}

function logFilter(wanted: DappLogFilter): LogFilter {
  try {
    return parseLogFilter({ ...wanted })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new InvalidArgumentError(reason, { cause })
  }
}

function streamOptions(options: DappOptions): SharedStreamOptions {
  const {
    leaderKey,
    filter: shredFilter,
    staleAfterMs,
    graceMs,
    onGap,
    rpcUrl: _,
    ...rest
  } = options
  const { policy = 'disconnect' } = options
  if (policy === 'conflate' && onGap === 'backfill') {
    throw new InvalidArgumentError(
      'what the server merged it would merge again: onGap cannot be backfill',
    )
  }
  return {
    ...rest,
    ...(leaderKey !== undefined && {
      leaderKey: hexToBytes(hexArgument(leaderKey, 'leader key', 32)),
    }),
    onGap: onGap ?? (policy === 'disconnect' ? 'backfill' : 'continue'),
    staleAfterMs: staleAfterMs ?? DEFAULT_STALE_AFTER_MS,
    graceMs: graceMs ?? DEFAULT_GRACE_MS,
    ...(shredFilter !== undefined && { filters: { named: { dapp: filterSpec(shredFilter) } } }),
  }
}

function decoded(decoder: EventDecoder, log: DappLog): ContractEvent[] {
  const event = decoder.decode(log)
  return event === undefined ? [] : [event]
}
