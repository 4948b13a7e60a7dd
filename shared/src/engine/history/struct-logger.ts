/**
 * The trace that go-ethereum gives when no tracer is named (`eth/tracers/logger`): a JSON object for
 * each instruction, with words of 32 bytes in full as execution-apis demands them.
 */

import type { StructLoggerOptions } from '../../chain/trace-choice.ts'
import { OP_SLOAD, OP_SSTORE } from '../../layout/opcodes.ts'
import { bigIntToBytes, bytesToHex } from '../../primitives/bytes.ts'
import type { FrameEnd, FrameStep } from '../frame-tracer.ts'
import { isEarlyFailure } from '../frame-tracer.ts'
import type { ExecutionResult } from '../reference/execution-result.ts'
import { NAME_OF_OPCODE } from '../trace.ts'
import type { TraceSize } from './trace-size.ts'
import type { TransactionTracer } from './transaction-tracer.ts'

const WORD_BYTES = 32

export class StructLogger implements TransactionTracer {
  readonly #options: StructLoggerOptions
  readonly #size: TraceSize
  readonly #lines: string[] = []
  /** Index of the last line of each open frame. */
  readonly #lastLines: (number | undefined)[] = []
  /** Slots that each account has read or written: place and value, as JSON. */
  readonly #storage = new Map<string, Map<string, string>>()

  constructor(options: StructLoggerOptions, size: TraceSize) {
    this.#options = options
    this.#size = size
  }

  enter(): void {
    this.#lastLines.push(undefined)
  }

  step(step: FrameStep): void {
    const { limit } = this.#options
    const storage = this.#options.storage ? this.#storageAt(step) : undefined
    const isBeyond = limit > 0 && this.#lines.length >= limit
    this.#lastLines[this.#lastLines.length - 1] = isBeyond ? undefined : this.#lines.length
    if (isBeyond) return
    const line = this.#lineOf(step, storage)
    this.#size.add(line.length)
    this.#lines.push(line)
  }

  exit({ failure }: FrameEnd): void {
    const last = this.#lastLines.pop()
    if (last === undefined || failure === undefined || !isEarlyFailure(failure)) return
    this.#lines[last] = `{"error":${JSON.stringify(failure)},${this.#lines[last]?.slice(1)}`
  }

  result({ gasUsed, message }: ExecutionResult): string {
    const { failure, output } = message ?? {}
    const isShown = failure === undefined || failure === 'execution reverted'
    const value = isShown && output !== undefined ? bytesToHex(output) : '0x'
    return (
      `{"gas":${gasUsed},"failed":${failure !== undefined},"returnValue":"${value}",` +
      `"structLogs":[${this.#lines.join(',')}]}`
    )
  }

  #lineOf(step: FrameStep, storage: string | undefined): string {
    const { pc, op, gas, gasCost, depth, stack, returnData, refund } = step
    const { memory, stack: hasStack, returnData: hasReturnData } = this.#options
    const items = hasStack ? `,"stack":[${stack.map(quotedQuantity).join(',')}]` : ''
    const data =
      hasReturnData && returnData.length > 0 ? `,"returnData":"${bytesToHex(returnData)}"` : ''
    const words = memory && step.memoryBytes > 0 ? `,"memory":[${wordsOf(step)}]` : ''
    const slots = storage === undefined ? '' : `,"storage":{${storage}}`
    const counter = refund === 0n ? '' : `,"refund":${refund}`
    return (
      `{"pc":${pc},"op":"${NAME_OF_OPCODE[op]}","gas":${gas},"gasCost":${gasCost},` +
      `"depth":${depth}${items}${data}${words}${slots}${counter}}`
    )
  }

  /** All slots of the account that were met so far; undefined where none is. */
  #storageAt({ op, stack, address, slot }: FrameStep): string | undefined {
    if (op !== OP_SLOAD && op !== OP_SSTORE) return undefined
    const key = stack.at(-1)
    const written = op === OP_SSTORE ? stack.at(-2) : 0n
    if (key === undefined || written === undefined) return undefined
    const place = bigIntToBytes(key, WORD_BYTES)
    const value = op === OP_SSTORE ? bigIntToBytes(written, WORD_BYTES) : slot(place)
    const account = bytesToHex(address)
    const slots = this.#storage.get(account) ?? new Map<string, string>()
    this.#storage.set(account, slots)
    slots.set(`"${bytesToHex(place)}"`, `"${bytesToHex(value)}"`)
    return [...slots].map(([name, text]) => `${name}:${text}`).join(',')
  }
}

function quotedQuantity(word: bigint): string {
  return `"0x${word.toString(16)}"`
}

function wordsOf(step: FrameStep): string {
  const memory = step.memory()
  const words: string[] = []
  for (let at = 0; at < memory.length; at += WORD_BYTES) {
    words.push(`"${bytesToHex(memory.subarray(at, at + WORD_BYTES))}"`)
  }
  return words.join(',')
}
