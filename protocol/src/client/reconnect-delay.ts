/** When to try again: exponential back-off with jitter, so that a crowd does not return at once. */

export interface ReconnectOptions {
  /** Delay before the first attempt; each further one doubles it. Default 100. */
  readonly minDelayMs?: number
  /** Default 10000. */
  readonly maxDelayMs?: number
  /** Attempts in a row without a frame before giving up. Default: no end. */
  readonly maxAttempts?: number
  /** Also when there was no connection yet. Default true. */
  readonly initially?: boolean
}

/** Delay before attempt `attempt` (from 0); `random` from 0 to 1 shortens it by up to a half. */
export function reconnectDelayMs(
  attempt: number,
  options: ReconnectOptions,
  random: number = Math.random(),
): number {
  const { minDelayMs = 100, maxDelayMs = 10_000 } = options
  const delay = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(attempt, 30))
  return delay * (1 - random / 2)
}
