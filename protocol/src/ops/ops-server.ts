/** HTTP for those who watch the process: `/metrics` for Prometheus, `/health` for whoever restarts it. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ListenError } from '../server/stream-server.ts'
import type { Metrics } from './metrics.ts'

export interface Health {
  readonly isHealthy: boolean
  /** What `/health` says, as JSON. */
  readonly report: { readonly status: string; readonly [field: string]: unknown }
}

export interface OpsServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly metrics: Metrics
  readonly health: () => Health
}

export interface OpsServer {
  readonly url: string
  close(): Promise<void>
}

const MAX_CONNECTIONS = 100
const REQUEST_TIMEOUT_MS = 5000

/** @throws ListenError */
export async function createOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { host, port } = options
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => void serve(options, request, response),
  )
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new ListenError(`cannot listen on ${host}:${port}: ${cause.message}`, { cause }))
    })
    server.listen(port, host, resolve)
  })
  const { address, family, port: boundPort } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${boundPort}`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

async function serve(
  { metrics, health }: OpsServerOptions,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = url.split('?')[0]
  if (method !== 'GET' && method !== 'HEAD') end(response, 405, 'only GET')
  else if (path === '/metrics') end(response, 200, await metrics.text(), metrics.contentType)
  else if (path === '/health') {
    const { isHealthy, report } = health()
    end(response, isHealthy ? 200 : 503, `${JSON.stringify(report)}\n`, 'application/json')
  } else end(response, 404, 'there are /metrics and /health')
}

function end(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
}
