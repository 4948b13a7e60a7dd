/** Errors of the NATS client in words, on one line. */

import { BaseError } from '@shredcast/shared/primitives/base-error'

export function natsFailure(error: unknown): string {
  if (error instanceof BaseError) return error.shortMessage
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? error.cause.message : ''
  const parts = [error.message, cause].filter((part) => part !== '')
  return [...new Set(parts)].join(': ').replace(/\n/g, ' ')
}
