/**
 * What is done between two blocks because somebody asked for it. The open block ends for it: a block
 * without transactions is dropped and opened anew behind it, unless a seal is what was asked for.
 */

import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import type { Signal } from './signal.ts'
import { createSignal } from './signal.ts'

const WAITING_MAX = 1024

interface Interlude {
  readonly action: () => void | Promise<void>
  /** The block that must be sealed before it, if any. */
  readonly behind: bigint | undefined
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export class Interludes {
  readonly #waiting: Interlude[] = []
  /** Done; whoever waits is told when the next block is open. */
  #done: Interlude[] = []
  #wanted: Signal = createSignal()
  #isClosed = false

  /** Resolves when one is asked for; each block waits for a promise of its own. */
  wanted(): Promise<void> {
    this.#wanted = createSignal()
    if (this.#waiting.length > 0) this.#wanted.resolve()
    return this.#wanted.fired
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Whether the next one needs no seal of the open block. */
  get isNextWithoutSeal(): boolean {
    const next = this.#waiting[0]
    return next !== undefined && next.behind === undefined
  }

  /**
   * Resolves when the action is done and the next block is open.
   * @throws ChangeRefusedError, and what else the action throws
   */
  async add(action: Interlude['action'], behind?: bigint): Promise<void> {
    if (this.#isClosed) throw new ChangeRefusedError('the leader is stopping')
    if (this.#waiting.length >= WAITING_MAX) {
      throw new ChangeRefusedError(`${WAITING_MAX} changes are waiting for the next block`)
    }
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ action, behind, resolve, reject })
      this.#wanted.resolve()
    })
  }

  /** Between two blocks, the newest of which is `head`: runs the first one, if it may run. */
  async run(head: bigint): Promise<void> {
    const [next] = this.#waiting
    if (next === undefined || (next.behind !== undefined && head < next.behind)) return
    this.#waiting.shift()
    try {
      await next.action()
      this.#done.push(next)
    } catch (error) {
      next.reject(error)
      // What failed half-way cannot go on.
      if (!(error instanceof ChangeRefusedError)) throw error
    }
  }

  /** The next block is open. */
  settle(): void {
    const done = this.#done
    this.#done = []
    for (const { resolve } of done) resolve()
  }

  /** There is no next block. */
  close(): void {
    this.#isClosed = true
    const error = new ChangeRefusedError('the leader is stopping')
    for (const { reject } of [...this.#waiting.splice(0), ...this.#done.splice(0)]) reject(error)
  }
}
