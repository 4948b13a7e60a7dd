/**
 * Describes the instructions that the core's own EVM reports (`assembly/interpreter/watch.ts`) as the
 * trace wants them. The core reports before an instruction; what it costs shows when the next report
 * comes, so that each step waits for that one.
 *
 * An instruction that fails has its base gas as cost, because the frame's gas is gone then.
 */

import { ENV_OPCODES } from '../layout/environment.ts'
import {
  END_SUCCESS,
  FAULT_FIRST,
  FRAME_CALL_PRICE,
  FRAME_CODE,
  FRAME_DEPTH,
  FRAME_FLAGS,
  FRAME_IS_CREATION,
  FRAME_MEMORY_BYTES,
  FRAME_STACK_BASE,
} from '../layout/frame.ts'
import { ENV_OFFSET } from '../layout/memory-map.ts'
import {
  OP_CALL,
  OP_CALLCODE,
  OP_CREATE,
  OP_CREATE2,
  OP_DELEGATECALL,
  OP_STATICCALL,
} from '../layout/opcodes.ts'
import { CODE_LENGTH } from '../layout/records.ts'
import type { HostTrace } from './core.ts'
import type { CoreThread } from './core-thread.ts'
import { loadLong, loadWord, readBigInt } from './core-thread.ts'
import type { Tracer, TraceStep } from './trace.ts'

/** Data are the return data, or the output at the end of a frame or message. */
type Report = Parameters<HostTrace>

/** Calls and creations, of which the core tells the price. */
const CALLS = new Set([OP_CALL, OP_CALLCODE, OP_DELEGATECALL, OP_STATICCALL, OP_CREATE, OP_CREATE2])
const CODE_BYTE_GAS = 200n
const WORD_BYTES = 32
const GAS_BITS = 16

export class CoreTrace implements Tracer {
  readonly #tracer: Tracer
  readonly #threadOf: () => CoreThread
  #waiting: { readonly frame: number; readonly step: Omit<TraceStep, 'gasCost'> } | undefined

  /** `threadOf` answers when the thread is there, which needs `report` first. */
  constructor(tracer: Tracer, threadOf: () => CoreThread) {
    this.#tracer = tracer
    this.#threadOf = threadOf
  }

  /** The thread's import `env.trace`. */
  readonly report: HostTrace = (...report) => {
    const [end, frame, , , , , , data, dataBytes] = report
    const thread = this.#threadOf()
    this.#settleWaiting(thread, report)
    if (frame === 0) this.end(thread.bytes.slice(data, data + dataBytes))
    else if (end === 0 && isInCode(thread, report)) {
      this.#waiting = { frame, step: stepOf(thread, report) }
    }
  }

  step(step: TraceStep): void {
    this.#tracer.step(step)
  }

  end(output: Uint8Array): void {
    this.#tracer.end(output)
  }

  repeat(): void {
    this.#waiting = undefined
    this.#tracer.repeat()
  }

  #settleWaiting(thread: CoreThread, next: Report): void {
    if (this.#waiting === undefined) return
    const { step, frame } = this.#waiting
    this.#waiting = undefined
    this.step({ ...step, gasCost: costOf(thread, step, frame, next) })
  }
}

/** Behind the code's end there is a STOP that nobody wrote. */
function isInCode(thread: CoreThread, [, frame, pc]: Report): boolean {
  return pc < loadWord(thread, loadWord(thread, frame + FRAME_CODE) + CODE_LENGTH)
}

function stepOf(thread: CoreThread, report: Report): Omit<TraceStep, 'gasCost'> {
  const [, frame, pc, op, sp, gas, refund, data, dataBytes] = report
  const stack: bigint[] = []
  const first = loadWord(thread, frame + FRAME_STACK_BASE) - WORD_BYTES
  for (let word = first; word >= sp; word -= WORD_BYTES) stack.push(readBigInt(thread, word))
  return {
    pc,
    op,
    gas,
    stack,
    depth: loadWord(thread, frame + FRAME_DEPTH) + 1,
    returnData: thread.bytes.slice(data, data + dataBytes),
    refund,
    memoryBytes: Number(loadLong(thread, frame + FRAME_MEMORY_BYTES)),
  }
}

/** What `step` of `frame` cost, now that the `next` report is there. */
function costOf(
  thread: CoreThread,
  { op, gas }: Omit<TraceStep, 'gasCost'>,
  frame: number,
  [end, , , , , gasLeft, , , outputBytes]: Report,
): bigint {
  if (end <= FAULT_FIRST) return baseGas(thread, op)
  if (end === 0 && CALLS.has(op)) {
    return baseGas(thread, op) + loadLong(thread, frame + FRAME_CALL_PRICE)
  }
  const isCreated = end === END_SUCCESS && loadWord(thread, frame + FRAME_FLAGS) & FRAME_IS_CREATION
  // What a contract pays for its code is no part of the last instruction.
  return gas - gasLeft - (isCreated ? CODE_BYTE_GAS * BigInt(outputBytes) : 0n)
}

function baseGas(thread: CoreThread, op: number): bigint {
  return BigInt.asUintN(GAS_BITS, loadLong(thread, ENV_OFFSET + ENV_OPCODES + op * 8))
}
