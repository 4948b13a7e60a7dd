/**
 * How often each client may ask: a bucket of tokens a client, filled at an even rate. The table of
 * clients is bounded; the one that was quiet for longest is forgotten first, and begins anew.
 */

export interface RateLimit {
  /** Requests a second of one client; 0: no limit. */
  readonly perSecond: number
  /** Requests at once, after a while of silence. */
  readonly burst: number
}

const CLIENTS_MAX = 16_384

interface Bucket {
  tokens: number
  filledMs: number
}

export class RateLimiter {
  readonly #limit: RateLimit
  readonly #nowMs: () => number
  readonly #clientsMax: number
  /** By network, the longest quiet first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(
    limit: RateLimit,
    { nowMs = () => performance.now(), clientsMax = CLIENTS_MAX } = {},
  ) {
    this.#limit = limit
    this.#nowMs = nowMs
    this.#clientsMax = clientsMax
  }

  /** Takes a token of the client at this address; false: there is none. */
  take(address: string): boolean {
    if (this.#limit.perSecond === 0) return true
    const bucket = this.#filled(address)
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  /** Whether the next `take` would fail. */
  isExhausted(address: string): boolean {
    return this.#limit.perSecond > 0 && this.#filled(address).tokens < 1
  }

  #filled(address: string): Bucket {
    const { perSecond, burst } = this.#limit
    const network = networkOf(address)
    const nowMs = this.#nowMs()
    const bucket = this.#buckets.get(network) ?? { tokens: burst, filledMs: nowMs }
    const added = ((nowMs - bucket.filledMs) / 1000) * perSecond
    bucket.tokens = Math.min(burst, bucket.tokens + added)
    bucket.filledMs = nowMs
    this.#buckets.delete(network)
    this.#buckets.set(network, bucket)
    if (this.#buckets.size > this.#clientsMax) {
      const [quietest] = this.#buckets.keys()
      this.#buckets.delete(quietest!)
    }
    return bucket
  }
}

/** An IPv4 address, or the /64 of an IPv6 address: whoever has one of its addresses has them all. */
export function networkOf(address: string): string {
  const v4 = /^(?:::ffff:)?(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (v4 !== undefined) return v4
  const [head = '', tail] = address.toLowerCase().split('::')
  const before = head.split(':')
  if (tail === undefined) return before.slice(0, 4).join(':')
  const after = tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0')
  return [...before, ...zeros, ...after].slice(0, 4).join(':')
}
