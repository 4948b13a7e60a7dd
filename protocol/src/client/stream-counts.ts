/** What a client counts. */

import type { Conflated, Gap } from '../wire/control-messages.ts'
import type { StreamClientStats } from './stream-client.ts'

export class StreamCounts {
  frames = 0
  messages = 0
  bytes = 0
  reconnects = 0
  roundTripMs: number | undefined
  #gaps = 0
  #messagesDropped = 0
  #conflations = 0
  #messagesConflated = 0

  addNotice(notice: Gap | Conflated): void {
    if (notice.type === 'gap') {
      this.#gaps++
      this.#messagesDropped += notice.nextSeq - notice.fromSeq
    } else {
      this.#conflations++
      this.#messagesConflated += notice.messageCount
    }
  }

  /** @param waiting messages that are here and not delivered yet */
  value(waiting: number): StreamClientStats {
    const { frames, messages, bytes, reconnects, roundTripMs } = this
    return {
      ...{ frames, messages, bytes, reconnects, waiting },
      gaps: this.#gaps,
      messagesDropped: this.#messagesDropped,
      conflations: this.#conflations,
      messagesConflated: this.#messagesConflated,
      ...(roundTripMs !== undefined && { roundTripMs }),
    }
  }
}
