/**
 * Tells messages of the stream once they are sent, in order: what was told is in the log, and there
 * after any crash.
 */

import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { Listeners } from '@shredcast/shared/primitives/listeners'

export class SentMessages {
  readonly #listeners = new Listeners<[MessageDraft]>()
  readonly #waiting: { readonly seq: number; readonly draft: MessageDraft }[] = []
  #lastSeq: number | undefined

  /** Of the newest message that this process sent. */
  get lastSeq(): number | undefined {
    return this.#lastSeq
  }

  listen(listener: (draft: MessageDraft) => void): void {
    this.#listeners.add(listener)
  }

  /** A message that was sent already, by the process before this one. */
  tell(draft: MessageDraft): void {
    this.#listeners.tell(draft)
  }

  /** A message that is published as `seq` and not sent yet. */
  add(seq: number, draft: MessageDraft): void {
    this.#waiting.push({ seq, draft })
  }

  /** Everything up to `lastSeq` is sent. */
  sent(lastSeq: number): void {
    this.#lastSeq = lastSeq
    const count = this.#waiting.findIndex(({ seq }) => seq > lastSeq)
    const sent = this.#waiting.splice(0, count === -1 ? this.#waiting.length : count)
    for (const { draft } of sent) this.tell(draft)
  }
}
