/** Opens a stream: the one function that consumers call. */

import type { StreamClient, StreamOptions } from './stream-client.ts'
import { StreamConnection } from './stream-connection.ts'
import { InvalidStreamUrlError } from './stream-errors.ts'

/**
 * Connects to a stream server at `url` (ws or wss).
 * @throws InvalidStreamUrlError
 */
export function connectStream(url: string, options: StreamOptions = {}): StreamClient {
  checkStreamUrl(url)
  return new StreamConnection(url, options)
}

/** @throws InvalidStreamUrlError */
export function checkStreamUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !['ws:', 'wss:'].includes(parsed.protocol) || parsed.hash !== '') {
    throw new InvalidStreamUrlError(`not a WebSocket address: ${url}`)
  }
}
