/** What the JSON-RPC server counts. */

/** Counters; they only grow, but for `sockets`. */
export interface RpcServerStats {
  /** Open WebSocket connections. */
  sockets: number
  requests: number
  /** Connections above the limit, closed before they said anything. */
  connectionsDropped: number
  /** By Host or Origin. */
  refused: number
  tooLarge: number
  /** HTTP requests that were malformed or did not come in time. */
  broken: number
  slowReadersCut: number
  /** Requests above the client's rate. */
  rateLimited: number
  /** Requests with a wrong token, and calls that need one without it. */
  unauthorized: number
}
