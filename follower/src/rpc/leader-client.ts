/** Requests to the leader's JSON-RPC over HTTP. */

import { TransactionRefusedError } from '@shredcast/protocol/rpc/pool-error'

/** What the leader answered: a result, or why there is none. */
export interface LeaderAnswer {
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** Rejects with TransactionRefusedError when there is no answer. */
export type AskLeader = (method: string, params: readonly unknown[]) => Promise<LeaderAnswer>

const TIMEOUT_MS = 10_000

/** Without `url`: refuses everything, with what is missing. */
export function leaderClient(url: string | undefined): AskLeader {
  return async (method, params) => {
    if (url === undefined) {
      throw new TransactionRefusedError(
        'this follower hands no transactions on: it was started without --leader-rpc',
      )
    }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    try {
      const headers = { 'content-type': 'application/json' }
      const signal = AbortSignal.timeout(TIMEOUT_MS)
      const response = await fetch(url, { method: 'POST', headers, body, signal })
      const answer: unknown = await response.json()
      if (isAnswer(answer)) return answer
      throw new Error(`status ${response.status}, and no JSON-RPC`)
    } catch (cause) {
      throw new TransactionRefusedError(
        `the leader's JSON-RPC at ${url} gives no answer: ${reasonOf(cause)}`,
        { cause },
      )
    }
  }
}

function isAnswer(value: unknown): value is LeaderAnswer {
  if (typeof value !== 'object' || value === null) return false
  if (!('error' in value)) return 'result' in value
  const { error } = value
  if (typeof error !== 'object' || error === null) return false
  const { code, message } = error as { code?: unknown; message?: unknown }
  return typeof code === 'number' && typeof message === 'string'
}

/** `fetch` says why only in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: unknown; message?: string }
  return cause instanceof Error && cause.message !== '' ? cause.message : String(message)
}
