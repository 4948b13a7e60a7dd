/**
 * JSON-RPC 2.0: from the bytes of a message to the text of its answer. Whatever the bytes are, there
 * is an answer; what is the caller's fault is told him, what is ours is an internal error whose cause
 * goes to the log alone.
 */

import { InvalidJsonFieldError } from '@shredcast/shared/chain/json-fields'
import { CallRefusedError } from './call-error.ts'
import { JsonText } from './json-text.ts'
import type { Caller, MethodTable, RpcContext } from './method.ts'
import { isNestedDeeper } from './nesting.ts'
import { Params } from './params.ts'
import {
  INTERNAL_ERROR,
  INVALID_PARAMS,
  INVALID_REQUEST,
  LIMIT_EXCEEDED,
  METHOD_NOT_FOUND,
  PARSE_ERROR,
  RpcError,
  SERVER_ERROR,
  UNAUTHORIZED,
} from './rpc-error.ts'

/** One message; a transaction with six blobs in hex has about 1.6 MB. */
export const MAX_REQUEST_BYTES = 2 * 1024 * 1024
/** As geth: all answers of a batch together. */
export const MAX_RESPONSE_BYTES = 25_000_000
/** As geth. */
const MAX_BATCH_REQUESTS = 1000
/** The deepest parameters are the slots of a state override in a batch: 6. */
const MAX_JSON_DEPTH = 16
/** Characters of a method's name or of an id that are repeated to the caller. */
const MAX_ID_LENGTH = 256

type Id = string | number | null

/** A request as whoever watches the server sees it. */
export interface AnsweredRequest {
  /** Undefined: there is no such method. */
  readonly method: string | undefined
  /** Of the error; 0 when there is none. */
  readonly code: number
  readonly tookMs: number
}

export class Dispatcher {
  readonly #methods: MethodTable
  readonly #context: RpcContext
  readonly #onInternalError: (method: string, error: unknown) => void
  readonly #onAnswered: (answered: AnsweredRequest) => void

  constructor(
    methods: MethodTable,
    context: RpcContext,
    onInternalError: (method: string, error: unknown) => void,
    onAnswered: (answered: AnsweredRequest) => void = () => {},
  ) {
    this.#methods = methods
    this.#context = context
    this.#onInternalError = onInternalError
    this.#onAnswered = onAnswered
  }

  /** The answer as text; undefined when nothing is to be answered. Never rejects. */
  async answer(message: Uint8Array, caller: Caller): Promise<string | undefined> {
    if (message.length > MAX_REQUEST_BYTES) {
      const limit = `a message has at most ${MAX_REQUEST_BYTES} bytes`
      return this.#refuse(new RpcError(LIMIT_EXCEEDED, limit), caller)
    }
    if (isNestedDeeper(message, MAX_JSON_DEPTH)) {
      const limit = `JSON is nested at most ${MAX_JSON_DEPTH} deep`
      return this.#refuse(new RpcError(INVALID_REQUEST, limit), caller)
    }
    const json = parse(message)
    if (json === undefined) {
      return this.#refuse(new RpcError(PARSE_ERROR, 'not JSON in UTF-8'), caller)
    }
    return Array.isArray(json.value)
      ? this.#answerBatch(json.value, caller)
      : this.#answerOne(json.value, caller)
  }

  /** A message that holds no requests counts as one. */
  #refuse(error: RpcError, { access }: Caller): string {
    access?.take()
    this.#onAnswered({ method: undefined, code: error.code, tookMs: 0 })
    return errorText(null, error)
  }

  async #answerBatch(requests: readonly unknown[], caller: Caller): Promise<string | undefined> {
    if (requests.length === 0) {
      return this.#refuse(new RpcError(INVALID_REQUEST, 'the batch is empty'), caller)
    }
    if (requests.length > MAX_BATCH_REQUESTS) {
      const limit = `a batch has at most ${MAX_BATCH_REQUESTS} requests`
      return this.#refuse(new RpcError(LIMIT_EXCEEDED, limit), caller)
    }
    // They begin in order and run side by side: those that wait do not hold up the others.
    let bytes = 0
    const answers: Promise<string | undefined>[] = []
    for (const request of requests) {
      const answer = this.#answerOne(request, caller, () => bytes > MAX_RESPONSE_BYTES)
      answers.push(answer)
      answer.then((text) => {
        bytes += text?.length ?? 0
      })
      await this.#context.yieldTurn()
    }
    const texts = (await Promise.all(answers)).filter((text) => text !== undefined)
    return texts.length === 0 ? undefined : `[${texts.join(',')}]`
  }

  async #answerOne(
    request: unknown,
    caller: Caller,
    isFull: () => boolean = () => false,
  ): Promise<string | undefined> {
    const id = idOf(request)
    const startedMs = performance.now()
    let code = 0
    try {
      const result = await this.#run(request, caller)
      if (id === undefined) return undefined
      const json = result instanceof JsonText ? result.text : JSON.stringify(result)
      const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${json}}`
      if (text.length <= MAX_RESPONSE_BYTES && !isFull()) return text
      throw new RpcError(LIMIT_EXCEEDED, `the answer has more than ${MAX_RESPONSE_BYTES} bytes`)
    } catch (error) {
      const told = this.#told(request, error)
      code = told.code
      return id === undefined && told.code !== INVALID_REQUEST ? undefined : errorText(id, told)
    } finally {
      const tookMs = performance.now() - startedMs
      this.#onAnswered({ method: this.#methodOf(request), code, tookMs })
    }
  }

  /** Its name if the table has it. */
  #methodOf(request: unknown): string | undefined {
    const method = fieldsOf(request)?.method
    return typeof method === 'string' && Object.hasOwn(this.#methods, method) ? method : undefined
  }

  #run(request: unknown, caller: Caller): unknown {
    const { access } = caller
    if (access?.take() === false) throw new RpcError(LIMIT_EXCEEDED, 'too many requests')
    const { method: name, params = [] } = requestOf(request)
    if (access?.mayCall(name) === false) {
      throw new RpcError(UNAUTHORIZED, `${name.slice(0, MAX_ID_LENGTH)} needs the admin token`)
    }
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined
    if (method === undefined) {
      const shown = JSON.stringify(name.slice(0, MAX_ID_LENGTH))
      throw new RpcError(METHOD_NOT_FOUND, `the method ${shown} does not exist or is not available`)
    }
    if (!Array.isArray(params)) throw new RpcError(INVALID_PARAMS, 'params must be an array')
    if (params.length < method.least || params.length > method.most) {
      const { least, most } = method
      const wanted = least === most ? `${least}` : `${least} to ${most}`
      throw new RpcError(INVALID_PARAMS, `${params.length} parameters, ${name} takes ${wanted}`)
    }
    return method.run(new Params(params), this.#context, caller)
  }

  #told(request: unknown, error: unknown): RpcError {
    if (error instanceof RpcError) return error
    if (error instanceof InvalidJsonFieldError) {
      return new RpcError(INVALID_PARAMS, error.shortMessage)
    }
    if (error instanceof CallRefusedError) {
      return new RpcError(error.code ?? SERVER_ERROR, error.shortMessage)
    }
    this.#onInternalError(requestOf(request).method, error)
    return new RpcError(INTERNAL_ERROR, 'internal error')
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(message: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(utf8.decode(message)) }
  } catch {
    return undefined
  }
}

interface Request {
  readonly method: string
  readonly params?: unknown
}

function requestOf(request: unknown): Request {
  const fields = fieldsOf(request)
  if (fields === undefined) throw new RpcError(INVALID_REQUEST, 'a request is a JSON object')
  const { jsonrpc, method, id } = fields
  if (jsonrpc !== '2.0') throw new RpcError(INVALID_REQUEST, 'jsonrpc must be "2.0"')
  if (typeof method !== 'string') throw new RpcError(INVALID_REQUEST, 'method must be a string')
  if (id !== undefined && !isId(id)) {
    const limit = `id must be null, a number or a string of at most ${MAX_ID_LENGTH} characters`
    throw new RpcError(INVALID_REQUEST, limit)
  }
  return { method, params: fields.params ?? undefined }
}

/** Undefined: a notification, which gets no answer. An id that is none is answered as null. */
function idOf(request: unknown): Id | undefined {
  const id = fieldsOf(request)?.id
  if (id === undefined) return undefined
  return isId(id) ? id : null
}

function isId(id: unknown): id is Id {
  if (typeof id === 'string') return id.length <= MAX_ID_LENGTH
  return id === null || typeof id === 'number'
}

function fieldsOf(request: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof request === 'object' && request !== null && !Array.isArray(request)
  return isObject ? (request as Record<string, unknown>) : undefined
}

function errorText(id: Id | undefined, { code, shortMessage, data }: RpcError): string {
  const error = { code, message: shortMessage, ...(data !== undefined && { data }) }
  return JSON.stringify({ jsonrpc: '2.0', id: id ?? null, error })
}
