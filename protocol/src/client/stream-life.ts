/**
 * The life of a client as its consumer sees it, whatever the stream comes over: the first hello, the
 * states, when a lost connection is made again, and the end.
 */

import type { Observable } from 'rxjs'
import { BehaviorSubject, Subject } from 'rxjs'
import type { Hello } from '../wire/control-messages.ts'
import type { ReconnectOptions } from './reconnect-delay.ts'
import { reconnectDelayMs } from './reconnect-delay.ts'
import type { StreamState } from './stream-client.ts'
import type { StreamError } from './stream-errors.ts'
import { StreamClosedError, streamErrorOf } from './stream-errors.ts'

export class StreamLife<Delivery> {
  readonly hello: Promise<Hello>
  readonly state$: Observable<StreamState>
  /** What the consumer is given; ends with the life. */
  readonly deliveries = new Subject<Delivery>()
  readonly #state = new BehaviorSubject<StreamState>({ status: 'connecting' })
  readonly #release: (error: StreamError) => void
  readonly #reconnect: ReconnectOptions | false
  #wasConnected = false
  /** Attempts since something came. */
  #attempt = 0
  #isClosed = false
  #resolveHello: (hello: Hello) => void = () => {}
  #rejectHello: (error: StreamError) => void = () => {}

  /** @param release is called once, in the end: gives up the connection and all that waits */
  constructor(release: (error: StreamError) => void, reconnect: ReconnectOptions | false = {}) {
    this.#release = release
    this.#reconnect = reconnect
    this.state$ = this.#state.asObservable()
    this.hello = new Promise((resolve, reject) => {
      this.#resolveHello = resolve
      this.#rejectHello = reject
    })
    // Who does not ask for the hello learns of the failure from the deliveries.
    this.hello.catch(() => {})
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isStreaming(): boolean {
    return this.#state.value.status === 'streaming'
  }

  /** Whether the connection was lost and nothing came since. */
  get isRetrying(): boolean {
    return this.#attempt > 0
  }

  connecting(): void {
    this.#state.next({ status: 'connecting' })
  }

  /** From now on a loss is none of a first attempt, about which `initially` decides. */
  connected(): void {
    this.#wasConnected = true
  }

  greeted(hello: Hello): void {
    this.connected()
    this.#resolveHello(hello)
    this.#state.next({ status: 'streaming', hello })
  }

  /** Something came, or something else is wanted: the next loss is the first. */
  forgetAttempts(): void {
    this.#attempt = 0
  }

  /**
   * Fails when there is no further attempt; else `schedule` sets the timer of the next one, before
   * anyone who listens to the state may close the client or start it elsewhere.
   */
  lost<T>(error: StreamError, schedule: (delayMs: number) => T): T | undefined {
    const reconnect = this.#reconnect
    if (reconnect === false || !this.#mayRetry(reconnect)) {
      this.fail(error)
      return undefined
    }
    const delayMs = reconnectDelayMs(this.#attempt++, reconnect)
    const scheduled = schedule(delayMs)
    this.#state.next({ status: 'waiting', delayMs, error })
    return scheduled
  }

  close(): void {
    if (this.#isClosed) return
    this.#end({ status: 'closed' }, new StreamClosedError('the stream was closed'))
    this.deliveries.complete()
  }

  fail(cause: unknown): void {
    if (this.#isClosed) return
    const error = streamErrorOf(cause)
    this.#end({ status: 'closed', error }, error)
    this.deliveries.error(error)
  }

  #mayRetry({ initially = true, maxAttempts = Number.POSITIVE_INFINITY }: ReconnectOptions) {
    return (this.#wasConnected || initially) && this.#attempt < maxAttempts
  }

  #end(state: StreamState, error: StreamError): void {
    this.#isClosed = true
    this.#rejectHello(error)
    this.#release(error)
    this.#state.next(state)
    this.#state.complete()
  }
}
