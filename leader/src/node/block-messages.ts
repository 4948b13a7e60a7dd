/**
 * Where the messages of one block go. On a development chain the opening waits for the message behind
 * it, so that a block without transactions may be opened anew: what is sent is never taken back. Those
 * who read in this process are told of it at once.
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { Publisher } from '../publisher/publisher.ts'
import type { BlockReplay } from './block-replay.ts'
import type { SentMessages } from './sent-messages.ts'
import { createSignal } from './signal.ts'

export interface BlockMessagesOptions {
  readonly publisher: Publisher
  readonly sent: SentMessages
  /** The block as it was logged. */
  readonly replay: BlockReplay | undefined
  readonly holdsOpening: boolean
}

export class BlockMessages {
  readonly #options: BlockMessagesOptions
  readonly #opened = createSignal()
  #held: MessageDraft | undefined
  #lastSeq = -1

  constructor(options: BlockMessagesOptions) {
    this.#options = options
  }

  /** Resolves when readers in this process know that the block is open. */
  get opened(): Promise<void> {
    return this.#opened.fired
  }

  /** Whether nothing of the block was sent. */
  get isUnsent(): boolean {
    return this.#held !== undefined || !this.#opened.isFired
  }

  /** Of the newest message that is published. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  /** @throws ReplayError */
  publish(message: MessageDraft): void {
    this.#pass(message)
    if (message.type === 'blockOpened') this.#opened.resolve()
  }

  #pass(message: MessageDraft): void {
    const { publisher, sent, replay, holdsOpening } = this.#options
    const replayed = replay?.take(message)
    if (replayed !== undefined) {
      this.#lastSeq = replayed
      sent.tell(message)
    } else if (message.type === 'blockOpened' && holdsOpening) {
      this.#held = message
      sent.tell(message)
    } else {
      if (this.#held !== undefined) publisher.publish(this.#held)
      this.#held = undefined
      this.#lastSeq = publisher.publish(message)
      sent.add(this.#lastSeq, message)
    }
  }
}
