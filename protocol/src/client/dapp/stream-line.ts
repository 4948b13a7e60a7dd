/**
 * The verified messages of one leader over as many connections as it takes: a `StreamClient` resumes
 * what was cut; where the server no longer has the next message, a line either fails or, having told
 * the gap, goes on with the oldest message there is.
 */

import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Hello } from '../../wire/control-messages.ts'
import type { ChainTip } from '../../wire/message-chain.ts'
import { messageHash } from '../../wire/message-chain.ts'
import { connectStream } from '../connect-stream.ts'
import { reconnectDelayMs } from '../reconnect-delay.ts'
import type { StreamClient, StreamOptions, StreamState } from '../stream-client.ts'
import type { StreamError } from '../stream-errors.ts'
import { RefusedError, streamErrorOf, WrongStreamError } from '../stream-errors.ts'
import type { ReceivedMessage, StreamStart } from '../stream-reader.ts'
import { GapError } from './dapp-errors.ts'
import type { StreamGap, StreamStatus } from './stream-status.ts'

export interface LineOptions extends StreamOptions {
  /** Where messages are gone for good: end with a GapError, or tell the gap and go on behind it. */
  readonly onGap: 'fail' | 'backfill'
  /** When what came is older than this, the line is stale. */
  readonly staleAfterMs: number
}

export interface LineListener {
  received(received: ReceivedMessage): void
  gap(gap: StreamGap): void
  status(status: StreamStatus): void
  /** The first hello, and those after it, which are of the same leader and chain. */
  hello(hello: Hello): void
  /** The last call. */
  failed(error: StreamError): void
}

/** How often the age is looked at, at least. */
const AGE_INTERVAL_MS = 1000

export class StreamLine {
  readonly #url: string
  readonly #options: LineOptions
  readonly #listener: LineListener
  readonly #ageTimer: ReturnType<typeof setInterval>
  #client: StreamClient | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  /** `seq` of the message that comes next; undefined while any will do. */
  #nextSeq: number | undefined
  /** The first missing message, until the server says which is the oldest that it has. */
  #gapFrom: number | undefined
  #newest: ReceivedMessage | undefined
  #hello: Hello | undefined
  #condition: 'connecting' | 'connected' | 'stale' | 'reconnecting' = 'connecting'
  /** Openings since the last message. */
  #attempt = 0
  #losses = 0
  #isClosed = false

  /** @throws InvalidStreamUrlError */
  constructor(url: string, options: LineOptions, listener: LineListener) {
    this.#url = url
    this.#options = options
    this.#listener = listener
    const start = options.from ?? 'live'
    this.#nextSeq = typeof start === 'object' ? start.nextSeq : numberOf(start)
    listener.status({ state: 'connecting' })
    this.#ageTimer = setInterval(
      () => this.#tellAge(),
      Math.min(AGE_INTERVAL_MS, options.staleAfterMs),
    )
    this.#open(start)
  }

  /** Behind the newest message: whoever starts there misses and repeats nothing. */
  get position(): ChainTip | undefined {
    if (this.#newest === undefined) return undefined
    const { message, bytes } = this.#newest
    return { nextSeq: message.seq + 1, latestHash: messageHash(bytes) }
  }

  /** Times that the connection was lost or could not be made. */
  get losses(): number {
    return this.#losses
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#ageTimer)
    clearTimeout(this.#retry)
    this.#client?.close()
  }

  #open(start: StreamStart): void {
    const leaderKey = this.#hello?.leaderKey ?? this.#options.leaderKey
    const client = connectStream(this.#url, {
      ...this.#options,
      from: start,
      ...(leaderKey !== undefined && { leaderKey }),
    })
    this.#client = client
    client.state$.subscribe((state) => this.#take(state))
    client.messages$.subscribe({
      next: (received) => this.#receive(received),
      error: (error: unknown) => this.#ended(error),
    })
  }

  #receive(received: ReceivedMessage): void {
    const { seq } = received.message
    this.#nextSeq = seq + 1
    this.#newest = received
    this.#attempt = 0
    this.#listener.received(received)
  }

  #take(state: StreamState): void {
    if (this.#isClosed) return
    if (state.status === 'streaming') this.#greet(state.hello)
    else if (state.status === 'waiting') this.#wait(state.delayMs, state.error)
  }

  #greet(hello: Hello): void {
    const before = this.#hello
    if (before !== undefined && !isSameChain(before, hello)) {
      this.#fail(new WrongStreamError('the server streams another chain than before'))
      return
    }
    this.#hello = hello
    this.#listener.hello(hello)
    const fromSeq = this.#gapFrom
    this.#gapFrom = undefined
    if (fromSeq !== undefined && hello.oldestSeq > fromSeq) {
      this.#listener.gap({ fromSeq, nextSeq: hello.oldestSeq })
    }
    this.#connected()
  }

  #connected(): void {
    this.#condition = 'connected'
    this.#listener.status({ state: 'connected', seq: this.#newest?.message.seq })
  }

  #wait(delayMs: number, error: StreamError): void {
    this.#condition = 'reconnecting'
    this.#losses++
    this.#listener.status({ state: 'reconnecting', delayMs, error })
  }

  #tellAge(): void {
    if (this.#condition !== 'connected' && this.#condition !== 'stale') return
    const { ageMs } = this.#client!.staleness()
    if (ageMs >= this.#options.staleAfterMs) {
      this.#condition = 'stale'
      const seq = this.#newest?.message.seq
      this.#listener.status({ state: 'stale', seq, ageMs: Math.round(ageMs) })
    } else if (this.#condition === 'stale') this.#connected()
  }

  #ended(error: unknown): void {
    if (this.#isClosed) return
    const isGap = error instanceof RefusedError && error.code === 'tooOld'
    if (!isGap || this.#nextSeq === undefined) {
      this.#fail(streamErrorOf(error))
    } else if (this.#options.onGap === 'fail') {
      this.#fail(new GapError(this.#nextSeq, error.oldestSeq ?? this.#nextSeq))
    } else {
      this.#gapFrom = this.#nextSeq
      const { reconnect } = this.#options
      const delayMs = reconnectDelayMs(
        this.#attempt++,
        reconnect === false ? {} : (reconnect ?? {}),
      )
      this.#wait(delayMs, error)
      this.#retry = setTimeout(() => this.#open('oldest'), delayMs)
    }
  }

  #fail(error: StreamError): void {
    this.close()
    this.#listener.status({ state: 'closed', error })
    this.#listener.failed(error)
  }
}

function numberOf(start: 'live' | 'oldest' | number): number | undefined {
  return typeof start === 'number' ? start : undefined
}

function isSameChain(a: Hello, b: Hello): boolean {
  return a.chainId === b.chainId && equalBytes(a.genesisHash, b.genesisHash)
}
