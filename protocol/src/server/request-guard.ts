/**
 * Who may speak to the JSON-RPC server from a browser. `Host` must name this machine, so that a page
 * cannot reach it by a domain of its own that resolves to it (DNS rebinding); `Origin` must be one of
 * those allowed. Programs that are no browsers send no origin and are not asked for one.
 */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'

export interface GuardOptions {
  /** Host names that are accepted besides localhost and addresses. */
  readonly hosts: readonly string[]
  /** Origins that pages may come from; `*` is any. */
  readonly origins: readonly string[]
}

/** Why the request is refused; undefined when it is not. */
export function refusalOf(request: IncomingMessage, options: GuardOptions): string | undefined {
  const { host, origin } = request.headers
  if (host === undefined || !isHostAllowed(host, options.hosts)) return 'host not allowed'
  if (origin !== undefined && !isOriginAllowed(origin, options.origins)) return 'origin not allowed'
  return undefined
}

/** Lets the page read the answer. */
export function corsHeaders(request: IncomingMessage): OutgoingHttpHeaders {
  const { origin } = request.headers
  if (origin === undefined) return {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': 'content-type, authorization',
    'access-control-max-age': '600',
    vary: 'origin',
  }
}

function isHostAllowed(host: string, allowed: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || allowed.includes(name)
}

function isOriginAllowed(origin: string, allowed: readonly string[]): boolean {
  return allowed.includes('*') || allowed.includes(origin)
}
