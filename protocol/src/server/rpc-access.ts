/** Who may ask what of the JSON-RPC server, and how often. */

import type { IncomingMessage } from 'node:http'
import type { CallerAccess } from '../rpc/method.ts'
import type { RateLimit } from './rate-limiter.ts'
import { RateLimiter } from './rate-limiter.ts'
import type { RpcServerStats } from './rpc-server-stats.ts'
import { tokenCheck } from './token-check.ts'

export interface RpcAccessOptions {
  readonly rate: RateLimit
  /** Absent: everybody may call all methods. */
  readonly adminToken?: string
  /** What stands before the `_` of methods that need the token. */
  readonly adminNamespaces: readonly string[]
}

export const FREE_ACCESS: RpcAccessOptions = {
  rate: { perSecond: 0, burst: 0 },
  adminNamespaces: [],
}

export class RpcAccess {
  readonly #rates: RateLimiter
  readonly #isAdminToken: (token: string | undefined) => boolean
  readonly #hasAdmin: boolean
  readonly #adminNamespaces: ReadonlySet<string>
  readonly #stats: RpcServerStats

  constructor({ rate, adminToken, adminNamespaces }: RpcAccessOptions, stats: RpcServerStats) {
    this.#rates = new RateLimiter(rate)
    this.#isAdminToken = tokenCheck(adminToken)
    this.#hasAdmin = adminToken !== undefined
    this.#adminNamespaces = new Set(adminNamespaces)
    this.#stats = stats
  }

  /** Whether the request shows a token that is not the right one. */
  hasWrongToken(request: IncomingMessage): boolean {
    const token = bearerOf(request)
    const isWrong = this.#hasAdmin && token !== undefined && !this.#isAdminToken(token)
    if (isWrong) this.#stats.unauthorized++
    return isWrong
  }

  /** Whether the client has used up what it may ask; then its request need not be read. */
  isExhausted(request: IncomingMessage): boolean {
    const isExhausted = this.#rates.isExhausted(addressOf(request))
    if (isExhausted) this.#stats.rateLimited++
    return isExhausted
  }

  /** What the sender of a request, or the peer of a connection that began with it, may do. */
  of(request: IncomingMessage): CallerAccess {
    const address = addressOf(request)
    const isAdmin = this.#isAdminToken(bearerOf(request))
    return {
      take: () => {
        const isTaken = this.#rates.take(address)
        if (!isTaken) this.#stats.rateLimited++
        return isTaken
      },
      mayCall: (method) => {
        const mayCall = isAdmin || !this.#adminNamespaces.has(method.split('_')[0]!)
        if (!mayCall) this.#stats.unauthorized++
        return mayCall
      },
    }
  }
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? ''
}

/** RFC 6750, section 2.1. */
function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
}
