/** A slow consumer's way to read a stream without letting it pile up in memory. */

import type { MessageStream } from './stream-client.ts'
import type { ReceivedMessage } from './stream-reader.ts'

/**
 * Calls `take` for each message, one at a time, and holds the stream back while it works. Resolves when
 * the stream is closed on this side; rejects with the stream's error, or with what `take` throws, and
 * then the stream is closed.
 */
export function consume(
  client: MessageStream,
  take: (received: ReceivedMessage) => void | Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (error: unknown): void => {
      subscription.unsubscribe()
      client.close()
      reject(error)
    }
    const subscription = client.messages$.subscribe({
      next(received) {
        client.pause()
        Promise.resolve(received)
          .then(take)
          .then(() => client.resume())
          .catch(abort)
      },
      error: reject,
      complete: resolve,
    })
  })
}
