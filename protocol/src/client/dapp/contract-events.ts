/**
 * Logs of contracts, decoded by an ABI. A log that the ABI cannot explain is never dropped: it is
 * delivered as it is, with the reason, and counted.
 */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import type { Abi, AbiEvent, ContractEventName, DecodeEventLogReturnType } from 'viem'
import { decodeEventLog, toEventSelector } from 'viem/utils'
import { EventNotInAbiError, UndecodableLogError, UnknownEventError } from './dapp-errors.ts'
import type { DappLog } from './shred-view.ts'

/** `eventName` and `args` as viem types them by the ABI. */
export type DecodedEvent<
  abi extends Abi | readonly unknown[] = Abi,
  eventName extends ContractEventName<abi> | undefined = undefined,
> = DecodeEventLogReturnType<abi, eventName> & { readonly decoded: true; readonly log: DappLog }

export interface RawEvent {
  readonly decoded: false
  readonly log: DappLog
  readonly error: EventNotInAbiError | UndecodableLogError
}

export type ContractEvent<
  abi extends Abi | readonly unknown[] = Abi,
  eventName extends ContractEventName<abi> | undefined = undefined,
> = DecodedEvent<abi, eventName> | RawEvent

/** Counts since `connect`, over all subscribers. */
export interface EventStats {
  decodedEvents: number
  eventsNotInAbi: number
  undecodableLogs: number
}

export class EventDecoder {
  readonly #abi: Abi
  readonly #stats: EventStats
  /** First topics of the events in the ABI, and of those that are wanted. */
  readonly #known: ReadonlySet<Hex>
  readonly #wanted: ReadonlySet<Hex> | undefined

  /**
   * @param eventName undefined: all
   * @throws UnknownEventError
   */
  constructor(abi: Abi, eventName: string | undefined, stats: EventStats) {
    this.#abi = abi
    this.#stats = stats
    const events = abi.filter((item) => item.type === 'event')
    this.#known = selectorsOf(events)
    if (eventName === undefined) return
    const named = events.filter(({ name }) => name === eventName)
    if (named.length === 0) {
      throw new UnknownEventError(
        eventName,
        events.map(({ name }) => name),
      )
    }
    this.#wanted = selectorsOf(named)
  }

  /** Undefined: another event than the one that was asked for. */
  decode(log: DappLog): ContractEvent | undefined {
    const [topic] = log.topics
    const isWanted = topic !== undefined && (this.#wanted?.has(topic) ?? true)
    if (this.#wanted !== undefined && !isWanted) return undefined
    if (topic === undefined || !this.#known.has(topic)) {
      this.#stats.eventsNotInAbi++
      return { decoded: false, log, error: new EventNotInAbiError(log.address, topic) }
    }
    try {
      const topics = log.topics as [Hex, ...Hex[]]
      const decoded = decodeEventLog({ abi: this.#abi, topics, data: log.data })
      this.#stats.decodedEvents++
      return { ...decoded, decoded: true, log } as ContractEvent
    } catch (cause) {
      this.#stats.undecodableLogs++
      return { decoded: false, log, error: new UndecodableLogError(log.address, cause) }
    }
  }
}

/** Anonymous events have none; nothing in a log tells them. */
function selectorsOf(events: readonly AbiEvent[]): ReadonlySet<Hex> {
  return new Set(
    events.filter(({ anonymous }) => !anonymous).map((event) => toEventSelector(event)),
  )
}
