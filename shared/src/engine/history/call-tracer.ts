/** The tree of a transaction's calls, as go-ethereum's `callTracer` gives it. */

import { revertReason } from '../../chain/revert-reason.ts'
import type { CallTracerOptions } from '../../chain/trace-choice.ts'
import { OP_LOG0, OP_LOG4 } from '../../layout/opcodes.ts'
import type { Hex } from '../../primitives/bytes.ts'
import { bigIntToBytes, bytesToHex } from '../../primitives/bytes.ts'
import type { FrameEnd, FrameKind, FrameStart, FrameStep } from '../frame-tracer.ts'
import { memoryOf } from '../frame-tracer.ts'
import type { ExecutionResult } from '../reference/execution-result.ts'
import type { TraceSize } from './trace-size.ts'
import type { TracedTransaction, TransactionTracer } from './transaction-tracer.ts'

interface CallLog {
  readonly address: Hex
  readonly topics: Hex[]
  readonly data: Hex
  index: string
  /** Calls of the frame that came before it. */
  readonly position: string
}

/** As JSON; members without a value are left out. */
interface CallFrame {
  readonly from: Hex
  readonly gas: string
  gasUsed: string
  to?: Hex | undefined
  readonly input: Hex
  output?: Hex | undefined
  error?: string | undefined
  revertReason?: string | undefined
  calls?: CallFrame[]
  logs?: CallLog[] | undefined
  readonly value?: string | undefined
  readonly type: FrameKind
}

/** Characters of a frame and of a log without their bytes, about. */
const FRAME_LENGTH = 250
const LOG_LENGTH = 150

export class CallTracer implements TransactionTracer {
  readonly #options: CallTracerOptions
  readonly #size: TraceSize
  readonly #startingLogIndex: number
  readonly #top: CallFrame
  /** Open frames, the outermost first. */
  readonly #stack: CallFrame[] = []
  /** Frames that are open, also those that are not shown. */
  #depth = 0

  constructor(options: CallTracerOptions, traced: TracedTransaction, size: TraceSize) {
    const { transaction, sender, startingLogIndex } = traced
    const { to, data: input, gasLimit: gas, value } = transaction
    this.#options = options
    this.#size = size
    this.#startingLogIndex = startingLogIndex
    const kind = to === undefined ? 'CREATE' : 'CALL'
    this.#top = this.#frameOf({ kind, from: sender, to: to ?? sender, input, gas, value })
  }

  enter(start: FrameStart): void {
    this.#depth++
    if (this.#depth === 1) {
      this.#top.to = bytesToHex(start.to)
      this.#stack.push(this.#top)
      return
    }
    if (this.#options.onlyTopCall) return
    const frame = this.#frameOf(start)
    const parent = this.#stack.at(-1)
    if (parent !== undefined) {
      parent.calls ??= []
      parent.calls.push(frame)
    }
    this.#stack.push(frame)
  }

  step(step: FrameStep): void {
    const { op, stack, address } = step
    if (!this.#options.withLog || op < OP_LOG0 || op > OP_LOG4) return
    const frame = this.#stack.at(-1)
    const topicCount = op - OP_LOG0
    const [offset, length] = [stack.at(-1), stack.at(-2)]
    const isShown = this.#depth === this.#stack.length && frame !== undefined
    if (!isShown || offset === undefined || length === undefined || length > step.gas) return
    const topics = Array.from({ length: topicCount }, (_, index) => {
      return bytesToHex(bigIntToBytes(stack.at(-3 - index) ?? 0n, 32))
    })
    const data = bytesToHex(memoryOf(step, offset, length))
    this.#size.add(LOG_LENGTH + data.length + topicCount * 68)
    const position = quantity(frame.calls?.length ?? 0)
    const log = { address: bytesToHex(address), topics, data, index: '0x0', position }
    frame.logs ??= []
    frame.logs.push(log)
  }

  exit(end: FrameEnd): void {
    const isShown = this.#depth-- === this.#stack.length
    const frame = isShown ? this.#stack.pop() : undefined
    if (frame !== undefined) this.#finish(frame, end)
  }

  result({ gasUsed }: ExecutionResult): string {
    this.#top.gasUsed = quantity(gasUsed)
    settleLogs(this.#top, false, this.#startingLogIndex)
    return JSON.stringify(this.#top)
  }

  #frameOf({ kind, from, to, input, gas, value }: FrameStart): CallFrame {
    this.#size.add(FRAME_LENGTH + 2 * input.length)
    return {
      from: bytesToHex(from),
      gas: quantity(gas),
      gasUsed: '0x0',
      to: bytesToHex(to),
      input: bytesToHex(input),
      // Set later; it stands here for the order of members.
      output: undefined,
      error: undefined,
      revertReason: undefined,
      value: value === undefined ? undefined : quantity(value),
      type: kind,
    }
  }

  #finish(frame: CallFrame, { gasUsed, output, failure }: FrameEnd): void {
    frame.gasUsed = quantity(gasUsed)
    frame.error = failure
    if (failure !== undefined && frame.type.startsWith('CREATE')) frame.to = undefined
    const isShown = failure === undefined || failure === 'execution reverted'
    if (!isShown || output.length === 0) return
    this.#size.add(2 * output.length)
    frame.output = bytesToHex(output)
    if (failure !== undefined) frame.revertReason = revertReason(output)
  }
}

/** Takes the logs of frames that failed, and numbers the others; returns the next number. */
function settleLogs(frame: CallFrame, hasFailed: boolean, next: number): number {
  const isGone = hasFailed || frame.error !== undefined
  if (isGone) frame.logs = undefined
  let index = next
  const logs = frame.logs ?? []
  let told = 0
  for (let position = 0; position <= (frame.calls?.length ?? 0); position++) {
    for (; told < logs.length && Number(logs[told]?.position) === position; told++) {
      logs[told]!.index = quantity(index++)
    }
    const call = frame.calls?.[position]
    if (call !== undefined) index = settleLogs(call, isGone, index)
  }
  return index
}

function quantity(value: bigint | number): string {
  return `0x${value.toString(16)}`
}
