/**
 * JSON-RPC over HTTP and WebSocket on one port. It knows nothing of the methods: bytes go to the
 * dispatcher, text comes back. Everything a peer may do has a limit in size, count or time.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { WebSocketServer } from 'ws'
import type { RpcBackend } from '../rpc/backend.ts'
import type { Dispatcher } from '../rpc/dispatcher.ts'
import { MAX_REQUEST_BYTES } from '../rpc/dispatcher.ts'
import type { CallerAccess } from '../rpc/method.ts'
import { LIMIT_EXCEEDED } from '../rpc/rpc-error.ts'
import { CLOSE_GOING_AWAY } from '../wire/close-codes.ts'
import type { GuardOptions } from './request-guard.ts'
import { corsHeaders, refusalOf } from './request-guard.ts'
import type { RpcAccessOptions } from './rpc-access.ts'
import { FREE_ACCESS, RpcAccess } from './rpc-access.ts'
import type { RpcServerStats } from './rpc-server-stats.ts'
import { RpcSocket } from './rpc-socket.ts'
import { ListenError } from './stream-server.ts'

export interface RpcServerOptions {
  readonly dispatcher: Dispatcher
  readonly backend: RpcBackend
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 (default) takes any free port. */
  readonly port?: number
  /** Default: no other host than localhost and addresses, no origin. */
  readonly guard?: GuardOptions
  /** Default: no limits, and no method needs a token. */
  readonly access?: RpcAccessOptions
  /** Connections at a time, of both kinds. Default 2000. */
  readonly maxConnections?: number
  /** From the first byte of a request to its last. Default 10000. */
  readonly requestTimeoutMs?: number
  /** Default 15000. A WebSocket peer that does not answer until the next one is cut. */
  readonly pingIntervalMs?: number
}

export interface RpcServer {
  readonly url: string
  readonly port: number
  /** A copy of the counters. */
  stats(): Readonly<RpcServerStats>
  /** Answers nothing more, closes every connection, and frees the port. */
  close(): Promise<void>
}

const DEFAULT_GUARD: GuardOptions = { hosts: [], origins: [] }
const JSON_TYPE = 'application/json'
/** An idle connection is kept for so long; a request that waits for its receipt is shorter. */
const KEEP_ALIVE_MS = 65_000
const CLOSE_TIMEOUT_MS = 1000
/** Of a client that asks too often; its requests are not read, so their ids are unknown. */
const RATE_LIMITED = JSON.stringify({
  jsonrpc: '2.0',
  id: null,
  error: { code: LIMIT_EXCEEDED, message: 'too many requests' },
})

/**
 * Starts a server; resolves when it listens.
 * @throws ListenError
 */
export async function createRpcServer(options: RpcServerOptions): Promise<RpcServer> {
  const service = new RpcService(options)
  const { requestTimeoutMs = 10_000, host = '127.0.0.1', port = 0 } = options
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(requestTimeoutMs, 5000),
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(requestTimeoutMs, 1000),
    },
    (request, response) => void service.serve(request, response),
  )
  server.maxConnections = options.maxConnections ?? 2000
  server.timeout = KEEP_ALIVE_MS
  server.on('drop', () => service.stats.connectionsDropped++)
  server.on('upgrade', (request, socket, head) => service.upgrade(request, socket, head))
  server.on('clientError', (error, socket) => service.answerBroken(error, socket))
  await listen(server, host, port)
  const { address, family, port: boundPort } = server.address() as AddressInfo
  const pings = setInterval(() => service.checkAlive(), options.pingIntervalMs ?? 15_000)
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${boundPort}`,
    port: boundPort,
    stats: () => ({ ...service.stats }),
    async close() {
      clearInterval(pings)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      service.closeSockets()
      server.closeIdleConnections()
      const timer = setTimeout(() => {
        service.terminateSockets()
        server.closeAllConnections()
      }, CLOSE_TIMEOUT_MS)
      await closed
      clearTimeout(timer)
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new ListenError(`cannot listen on ${host}:${port}: ${cause.message}`, { cause }))
    })
    server.listen(port, host, () => resolve())
  })
}

/** The work of the server, request by request. */
class RpcService {
  readonly stats: RpcServerStats = {
    sockets: 0,
    requests: 0,
    connectionsDropped: 0,
    refused: 0,
    tooLarge: 0,
    broken: 0,
    slowReadersCut: 0,
    rateLimited: 0,
    unauthorized: 0,
  }
  readonly #options: RpcServerOptions
  readonly #guard: GuardOptions
  readonly #access: RpcAccess
  readonly #sockets = new Set<RpcSocket>()
  readonly #upgrades = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_REQUEST_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  })

  constructor(options: RpcServerOptions) {
    this.#options = options
    this.#guard = options.guard ?? DEFAULT_GUARD
    this.#access = new RpcAccess(options.access ?? FREE_ACCESS, this.stats)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.stats.requests++
    const refusal = refusalOf(request, this.#guard)
    if (refusal !== undefined) {
      this.stats.refused++
      end(response, 403, refusal)
      return
    }
    for (const [name, value] of Object.entries(corsHeaders(request))) {
      response.setHeader(name, value ?? '')
    }
    if (request.method === 'OPTIONS') end(response, 204)
    else if (request.method !== 'POST') end(response, 405, 'JSON-RPC requests are sent by POST')
    else if (!isJson(request)) end(response, 415, `the content type must be ${JSON_TYPE}`)
    else if (this.#access.hasWrongToken(request)) {
      response.setHeader('www-authenticate', 'Bearer')
      end(response, 401, 'wrong token')
    } else if (this.#access.isExhausted(request)) {
      response.setHeader('retry-after', '1')
      end(response, 429, RATE_LIMITED, JSON_TYPE)
    } else await this.#answer(request, response)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = refusalOf(request, this.#guard)
    if (refusal !== undefined) {
      this.stats.refused++
      endSocket(socket, '403 Forbidden')
      return
    }
    if (this.#access.hasWrongToken(request)) {
      endSocket(socket, '401 Unauthorized')
      return
    }
    const access = this.#access.of(request)
    this.#upgrades.handleUpgrade(request, socket, head, (connection) => {
      this.#accept(connection, access)
    })
  }

  /** Node's parser gave up on the request, or it did not come in time. */
  answerBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
    this.stats.broken++
    const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    endSocket(socket, isLate ? '408 Request Timeout' : '400 Bad Request')
  }

  checkAlive(): void {
    for (const socket of this.#sockets) socket.checkAlive()
  }

  closeSockets(): void {
    for (const socket of this.#sockets) socket.close(CLOSE_GOING_AWAY, 'server is closing')
  }

  terminateSockets(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    if (body === 'aborted') return
    if (body === 'too large') {
      this.stats.tooLarge++
      response.setHeader('connection', 'close')
      end(response, 413, `a request has at most ${MAX_REQUEST_BYTES} bytes`)
      return
    }
    const access = this.#access.of(request)
    const answer = await this.#options.dispatcher.answer(body, { access, opened: [] })
    if (answer === undefined) end(response, 204)
    else end(response, 200, answer, JSON_TYPE)
  }

  #accept(connection: WebSocket, access: CallerAccess): void {
    const { dispatcher, backend } = this.#options
    const socket = new RpcSocket(connection, { dispatcher, backend, access, stats: this.stats })
    this.#sockets.add(socket)
    this.stats.sockets = this.#sockets.size
    connection.on('message', () => this.stats.requests++)
    connection.on('close', () => {
      this.#sockets.delete(socket)
      this.stats.sockets = this.#sockets.size
    })
  }
}

/** A page may send other types without asking first (CORS), so they are not taken. */
function isJson(request: IncomingMessage): boolean {
  const [type] = (request.headers['content-type'] ?? '').split(';')
  return type?.trim().toLowerCase() === JSON_TYPE
}

/** Reads no further than the limit; the rest of a larger body is never taken. */
function readBody(request: IncomingMessage): Promise<Buffer | 'too large' | 'aborted'> {
  return new Promise((resolve) => {
    if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) {
      resolve('too large')
      return
    }
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= MAX_REQUEST_BYTES) chunks.push(chunk)
      else {
        request.pause()
        resolve('too large')
      }
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('close', () => resolve('aborted'))
    request.on('error', () => resolve('aborted'))
  })
}

function end(response: ServerResponse, status: number, text = '', type = 'text/plain'): void {
  if (text !== '') response.setHeader('content-type', type)
  response.setHeader('content-length', Buffer.byteLength(text))
  response.statusCode = status
  response.end(text)
}

function endSocket(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`)
  else socket.destroy()
}
