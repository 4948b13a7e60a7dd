/**
 * One line for all observables of a dApp: opened with the first subscriber, closed a while after the
 * last one. Nothing is queued here: a message goes to all subscribers before the next one is read.
 */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { BehaviorSubject, Observable, ReplaySubject, Subject, share, takeUntil, timer } from 'rxjs'
import type { Conflated } from '../../wire/control-messages.ts'
import type { ChainTip } from '../../wire/message-chain.ts'
import type { StreamMessage } from '../../wire/messages.ts'
import type { ReceivedMessage } from '../stream-reader.ts'
import { RecentShreds } from './recent-shreds.ts'
import type { LineOptions } from './stream-line.ts'
import { StreamLine } from './stream-line.ts'
import type { StreamGap, StreamStatus } from './stream-status.ts'

export type StreamItem =
  | { readonly type: 'message'; readonly message: StreamMessage }
  | { readonly type: 'gap'; readonly gap: StreamGap }
  | { readonly type: 'conflated'; readonly conflated: Conflated }

export interface SharedStreamOptions extends LineOptions {
  /** How long the line stays when nobody is subscribed. */
  readonly graceMs: number
}

/** Counts since `connect`. */
export interface SharedStreamStats {
  messages: number
  gaps: number
  /** Merged states that came in the place of messages. */
  conflations: number
  /** Lines that were opened, and connections of theirs that were lost or could not be made. */
  lines: number
  losses: number
}

export class SharedStream {
  readonly items$: Observable<StreamItem>
  readonly status$: Observable<StreamStatus>
  readonly recent = new RecentShreds()
  readonly #url: string
  readonly #options: SharedStreamOptions
  readonly #status = new BehaviorSubject<StreamStatus>({ state: 'idle' })
  readonly #closed = new ReplaySubject<void>(1)
  readonly #stats: SharedStreamStats = {
    ...{ messages: 0, gaps: 0, conflations: 0 },
    ...{ lines: 0, losses: 0 },
  }
  #line: StreamLine | undefined
  #position: ChainTip | undefined
  #leaderKey: Hex | undefined

  constructor(url: string, options: SharedStreamOptions) {
    this.#url = url
    this.#options = options
    this.status$ = this.#status.asObservable()
    this.items$ = new Observable<StreamItem>((listener) => {
      const line = this.#open({
        next: (item) => listener.next(item),
        error: (error) => listener.error(error),
      })
      return () => this.#release(line)
    }).pipe(
      takeUntil(this.#closed),
      share({ connector: () => new Subject(), resetOnRefCountZero: () => timer(options.graceMs) }),
    )
  }

  get leaderKey(): Hex | undefined {
    return this.#leaderKey
  }

  get position(): ChainTip | undefined {
    return this.#line?.position ?? this.#position
  }

  stats(): Readonly<SharedStreamStats> {
    return { ...this.#stats, losses: this.#stats.losses + (this.#line?.losses ?? 0) }
  }

  /** Completes all observables, now and later. */
  close(): void {
    this.#closed.next()
    this.#status.complete()
  }

  #open(out: { next(item: StreamItem): void; error(error: unknown): void }): StreamLine {
    this.#stats.lines++
    const { leaderKey } = this
    const key = leaderKey === undefined ? {} : { leaderKey: hexToBytes(leaderKey) }
    const line = new StreamLine(
      this.#url,
      { ...this.#options, ...key },
      {
        received: (received) => this.#deliver(received, out),
        gap: (gap) => {
          this.#stats.gaps++
          out.next({ type: 'gap', gap })
        },
        conflated: (conflated) => {
          this.#stats.conflations++
          out.next({ type: 'conflated', conflated })
        },
        status: (status) => this.#status.next(status),
        hello: (hello) => {
          this.#leaderKey = bytesToHex(hello.leaderKey)
        },
        failed: (error) => out.error(error),
      },
    )
    this.#line = line
    return line
  }

  #deliver(
    received: ReceivedMessage,
    out: { next(item: StreamItem): void; error(error: unknown): void },
  ): void {
    this.#stats.messages++
    this.recent.add(received)
    out.next({ type: 'message', message: received.message })
  }

  #release(line: StreamLine): void {
    this.#position = line.position ?? this.#position
    this.#stats.losses += line.losses
    line.close()
    if (this.#line === line) this.#line = undefined
    if (this.#status.value.state !== 'closed') this.#status.next({ state: 'idle' })
  }
}
