/** What is measured of a JSON-RPC server's requests. */

import type { AnsweredRequest } from '../rpc/dispatcher.ts'
import {
  EXECUTION_REVERTED,
  INTERNAL_ERROR,
  INVALID_PARAMS,
  INVALID_REQUEST,
  LIMIT_EXCEEDED,
  METHOD_NOT_FOUND,
  PARSE_ERROR,
  UNAUTHORIZED,
} from '../rpc/rpc-error.ts'
import type { Metrics } from './metrics.ts'

/** Of the error's code; codes that are not here are `refused`. */
const OUTCOMES: ReadonlyMap<number, string> = new Map([
  [0, 'ok'],
  [EXECUTION_REVERTED, 'reverted'],
  [LIMIT_EXCEEDED, 'limited'],
  [UNAUTHORIZED, 'unauthorized'],
  [INTERNAL_ERROR, 'internal'],
  ...[PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS].map(
    (code) => [code, 'invalid'] as const,
  ),
])

/** Takes each request that was answered. */
export function measureRequests(metrics: Metrics): (answered: AnsweredRequest) => void {
  const requests = metrics.counter('rpc_requests_total', 'JSON-RPC requests, batched ones singly', [
    'method',
    'outcome',
  ])
  const durations = metrics.latency('rpc_request', 'From a request to its answer', ['method'])
  return ({ method = 'unknown', code, tookMs }) => {
    requests.inc({ method, outcome: OUTCOMES.get(code) ?? 'refused' })
    durations.observe({ method }, tookMs / 1000)
  }
}
