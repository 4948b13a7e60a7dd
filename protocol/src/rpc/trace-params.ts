/** Reads the options of `debug_trace*`: go-ethereum's `TraceConfig`. */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, jsonObject } from '@shredcast/shared/chain/json-fields'
import type { TracerChoice } from '@shredcast/shared/chain/trace-choice'
import type { TraceOptions } from './backend.ts'
import { invalidParams, RpcError, SERVER_ERROR } from './rpc-error.ts'

/** More is cut to this: other executions wait meanwhile. */
const TIME_MS_MAX = 60_000

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** @throws RpcError; InvalidJsonFieldError */
export function parseTraceOptions(value: unknown): TraceOptions {
  const json = value === undefined ? {} : jsonObject(value, 'trace options')
  const timeMs = isAbsent(json.timeout) ? undefined : parseDuration(json.timeout)
  return { tracer: tracerOf(json), timeMs }
}

function tracerOf(json: JsonObject): TracerChoice {
  const { tracer } = json
  if (isAbsent(tracer) || tracer === '') {
    return {
      name: 'structLogger',
      memory: flagOf(json, 'enableMemory'),
      stack: !flagOf(json, 'disableStack'),
      storage: !flagOf(json, 'disableStorage'),
      returnData: flagOf(json, 'enableReturnData'),
      limit: limitOf(json),
    }
  }
  const config = isAbsent(json.tracerConfig) ? {} : jsonObject(json.tracerConfig, 'tracerConfig')
  if (tracer === 'callTracer') {
    const [onlyTopCall, withLog] = [flagOf(config, 'onlyTopCall'), flagOf(config, 'withLog')]
    return { name: tracer, onlyTopCall, withLog }
  }
  if (tracer === 'prestateTracer') return prestateTracerOf(config)
  if (tracer === '4byteTracer' || tracer === 'noopTracer') return { name: tracer }
  const known = 'callTracer, prestateTracer, 4byteTracer, noopTracer'
  throw new RpcError(
    SERVER_ERROR,
    `tracer not found: there is ${known}, or none for the struct logger`,
  )
}

function prestateTracerOf(config: JsonObject): TracerChoice {
  const diffMode = flagOf(config, 'diffMode')
  const includeEmpty = flagOf(config, 'includeEmpty')
  if (diffMode && includeEmpty) {
    throw new RpcError(SERVER_ERROR, 'cannot use diffMode with includeEmpty')
  }
  const disableCode = flagOf(config, 'disableCode')
  const disableStorage = flagOf(config, 'disableStorage')
  return { name: 'prestateTracer', diffMode, includeEmpty, disableCode, disableStorage }
}

function flagOf(json: JsonObject, key: string): boolean {
  const value = json[key] ?? false
  if (typeof value === 'boolean') return value
  throw invalidParams(`${key} must be true or false`)
}

function limitOf(json: JsonObject): number {
  const limit = json.limit ?? 0
  if (typeof limit === 'number' && Number.isSafeInteger(limit) && limit >= 0) return limit
  throw invalidParams('limit must be a count of steps')
}

/** As Go writes durations, such as `5s` or `1m30s`; in milliseconds. */
function parseDuration(value: unknown): number {
  const parts =
    typeof value === 'string' ? [...value.matchAll(/(\d+(?:\.\d+)?)([a-z\u00b5]+)/g)] : []
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === value
  const timeMs = parts.reduce((sum, [, count, unit]) => {
    return sum + Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN)
  }, 0)
  if (!isWhole || !(timeMs > 0)) throw invalidParams('timeout must be a duration such as 5s')
  return Math.min(Math.ceil(timeMs), TIME_MS_MAX)
}
