/**
 * What a client needs of a WebSocket. `#stream-socket` opens one: that of `ws` in Node
 * (`node-socket.ts`), the platform's own in browsers (`browser-socket.ts`); the package's `imports`
 * choose by the condition `browser`.
 */

export interface StreamSocketOptions {
  /** From the first packet to the open connection. */
  readonly handshakeTimeoutMs: number
  /** Longest message that is taken; browsers take any. */
  readonly maxMessageBytes: number
}

/** Called until the socket is closed; `closed` is the last call. */
export interface StreamSocketListener {
  /** Undefined: text came. The bytes are the listener's. */
  message(bytes: Uint8Array | undefined): void
  /** The server pinged; browsers do not tell. */
  ping(): void
  /** `closed` follows. */
  error(cause: unknown): void
  closed(code: number, reason: string): void
}

export interface StreamSocket {
  readonly isOpen: boolean
  /** Absent where a socket cannot be held back: who must not take more has to close it. */
  readonly flow?: SocketFlow
  send(bytes: Uint8Array): void
  /** In order where the peer answers within a second, else by force. */
  close(): void
  /** At once. */
  terminate(): void
}

export interface SocketFlow {
  readonly isPaused: boolean
  pause(): void
  resume(): void
}

export type OpenStreamSocket = (
  url: string,
  options: StreamSocketOptions,
  listener: StreamSocketListener,
) => StreamSocket
