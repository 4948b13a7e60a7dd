/** How a client asks, and which refusals it does not take for the last word. */

import type { Refused, Subscribe } from '../wire/control-messages.ts'
import { PROTOCOL_VERSION } from '../wire/control-messages.ts'
import type { StreamOptions } from './stream-client.ts'
import type { WantedFilters } from './wanted-filters.ts'

/** So long a server may be behind what another one has sent, before this is an error. */
const AHEAD_LIMIT_MS = 60_000

export function subscribeRequest(
  options: StreamOptions,
  start: Pick<Subscribe, 'fromSeq' | 'prevHash'>,
  filters: WantedFilters | undefined,
): Subscribe {
  const { role = 'dapp', token, policy, queueMessages } = options
  return {
    type: 'subscribe',
    version: PROTOCOL_VERSION,
    ...start,
    role,
    ...(token !== undefined && { token }),
    ...(policy !== undefined && { policy }),
    ...(queueMessages !== undefined && { queueMessages }),
    ...(filters && { blocks: filters.blocks }),
  }
}

/** Whether it may be otherwise soon. */
export class RefusalPatience {
  /** Since when servers have been behind this side. */
  #aheadSinceMs: number | undefined

  /** A frame came: whatever was refused is over. */
  reset(): void {
    this.#aheadSinceMs = undefined
  }

  /** `hasTip`: what the server does not have yet was sent by one; it may still be catching up. */
  mayRetry({ code }: Refused, hasTip: boolean): boolean {
    if (code === 'full' || code === 'filtersFull') return true
    if (code !== 'ahead' || !hasTip) return false
    this.#aheadSinceMs ??= performance.now()
    return performance.now() - this.#aheadSinceMs < AHEAD_LIMIT_MS
  }
}
