/** Opens a stream wherever it is served: by a leader or relay over WebSocket, or by NATS. */

import { connectStream } from '../client/connect-stream.ts'
import type { MessageStream, StreamOptions } from '../client/stream-client.ts'
import { InvalidNatsAddressError, isNatsUrl } from './nats-address.ts'
import { NatsSource } from './nats-source.ts'

/**
 * Connects to the stream at `url` (ws, wss or nats).
 * @throws InvalidStreamUrlError, InvalidNatsAddressError
 */
export function openStream(url: string, options: StreamOptions = {}): MessageStream {
  if (!isNatsUrl(url)) return connectStream(url, options)
  if (options.token !== undefined) {
    throw new InvalidNatsAddressError(
      'NATS takes no token: give user and password in the address, nats://USER:PASSWORD@HOST',
    )
  }
  return new NatsSource(url, options)
}
