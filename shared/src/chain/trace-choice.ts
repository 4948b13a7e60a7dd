/** What a trace shows, in the terms of go-ethereum's tracers. */

/** `structLogger` is what go-ethereum takes when no tracer is named. */
export type TracerChoice =
  | ({ readonly name: 'structLogger' } & StructLoggerOptions)
  | ({ readonly name: 'callTracer' } & CallTracerOptions)
  | ({ readonly name: 'prestateTracer' } & PrestateTracerOptions)
  | { readonly name: '4byteTracer' }
  | { readonly name: 'noopTracer' }

export interface StructLoggerOptions {
  readonly memory: boolean
  readonly stack: boolean
  readonly storage: boolean
  readonly returnData: boolean
  /** Steps; 0: all. */
  readonly limit: number
}

export interface CallTracerOptions {
  readonly onlyTopCall: boolean
  readonly withLog: boolean
}

export interface PrestateTracerOptions {
  /** What has changed, before and after, instead of all that was met. */
  readonly diffMode: boolean
  readonly disableCode: boolean
  readonly disableStorage: boolean
  /** Also accounts that did not exist before. */
  readonly includeEmpty: boolean
}
