/** What the pool holds at most. */

export interface PoolLimits {
  /** Transactions, those in the engine included. */
  readonly transactions: number
  /** Of all signed transactions together. */
  readonly bytes: number
  /** Transactions of one sender. */
  readonly perSender: number
  /** Transactions whose sender is being recovered. */
  readonly recovering: number
  /** After that, a transaction that waits is dropped. */
  readonly lifetimeMs: number
  /** How many others may overtake a transaction that is ready to execute. */
  readonly overtaken: number
}

export const DEFAULT_POOL_LIMITS: PoolLimits = {
  transactions: 65_536,
  bytes: 128 * 1024 * 1024,
  perSender: 4096,
  recovering: 16_384,
  lifetimeMs: 3 * 3600 * 1000,
  overtaken: 4096,
}

/** Price by which a transaction must outbid the one it replaces, in percent (geth's PriceBump). */
export const PRICE_BUMP_PERCENT = 10n
