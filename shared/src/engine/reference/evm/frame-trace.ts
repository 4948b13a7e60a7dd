/**
 * Tells a `FrameTracer` what the EVM does. The EVM has an event before and one behind each message;
 * what go-ethereum tells besides is found between them: calls that fail before a frame is entered,
 * SELFDESTRUCT, and the STOP behind the end of a code.
 */

import type { EVMResult, ExecResult, Message } from '@ethereumjs/evm'
import { OPCODES } from '../../../chain/opcodes.ts'
import {
  OP_CALL,
  OP_CALLCODE,
  OP_CREATE,
  OP_CREATE2,
  OP_DELEGATECALL,
  OP_RETURN,
  OP_REVERT,
  OP_SELFDESTRUCT,
  OP_STATICCALL,
  OP_STOP,
} from '../../../layout/opcodes.ts'
import { assert } from '../../../primitives/assert.ts'
import { bigIntToBytes } from '../../../primitives/bytes.ts'
import type { FrameKind, FrameStart, FrameStep, FrameTracer } from '../../frame-tracer.ts'
import { memoryOf } from '../../frame-tracer.ts'
import type { TraceStep } from '../../trace.ts'
import type { AccountState } from '../state/account-state.ts'
import { failureText } from './failure-text.ts'
import type { Interpreter } from './interpreter-prototype.ts'

const CALL_DEPTH_MAX = 1024
const CALL_STIPEND = 2300n
const NO_BYTES = new Uint8Array(0)

const KINDS: ReadonlyMap<number, FrameKind> = new Map([
  [OP_CALL, 'CALL'],
  [OP_CALLCODE, 'CALLCODE'],
  [OP_DELEGATECALL, 'DELEGATECALL'],
  [OP_STATICCALL, 'STATICCALL'],
  [OP_CREATE, 'CREATE'],
  [OP_CREATE2, 'CREATE2'],
])

/** Behind these a frame is over. */
const HALTS = new Set([OP_STOP, OP_RETURN, OP_REVERT, OP_SELFDESTRUCT])

/** The last step of a frame, and what it would be told as if it has no frame of its own. */
interface LastStep {
  readonly step: FrameStep
  readonly start: FrameStart | undefined
}

interface OpenFrame {
  readonly kind: FrameKind
  readonly account: AccountState
  last: LastStep | undefined
}

export class FrameTrace {
  readonly #tracer: FrameTracer
  readonly #accountOf: (address: Uint8Array) => AccountState
  readonly #frames: OpenFrame[] = []

  /** `accountOf` looks into the state of the execution at hand. */
  constructor(tracer: FrameTracer, accountOf: (address: Uint8Array) => AccountState) {
    this.#tracer = tracer
    this.#accountOf = accountOf
  }

  /** A new execution: nothing is left of one that was abandoned. */
  begin(): void {
    this.#frames.length = 0
  }

  /** `created` is the address that a creation comes to. */
  enter(message: Message, created: Uint8Array | undefined): void {
    const parent = this.#frames.at(-1)
    const op = parent?.last?.step.op
    const kind = op === undefined ? kindOf(message) : KINDS.get(op)
    assert(kind !== undefined, 'a call or creation enters a frame')
    if (parent?.last !== undefined) parent.last = { ...parent.last, start: undefined }
    const own = created ?? message.to?.bytes
    assert(own !== undefined, 'a message has a recipient or creates one')
    this.#frames.push({ kind, account: this.#accountOf(own), last: undefined })
    const isBorrowed = kind === 'DELEGATECALL' || kind === 'CALLCODE'
    this.#tracer.enter({
      kind,
      from: kind === 'DELEGATECALL' ? own : message.caller.bytes,
      to: isBorrowed ? message.codeAddress.bytes : own,
      input: message.data,
      gas: message.gasLimit,
      value: kind === 'STATICCALL' ? undefined : message.value,
    })
  }

  step(step: TraceStep, { _runState: run }: Interpreter): void {
    const frame = this.#frames.at(-1)
    assert(frame !== undefined, 'instructions are executed in frames')
    this.#settle(frame)
    const memory = () => run.memory.read(0, step.memoryBytes)
    const told = this.#stepOf(frame, step, memory)
    frame.last = { step: told, start: startOf(told, frame.account, run.messageGasLimit) }
    this.#tracer.step(told)
  }

  exit({ execResult }: EVMResult): void {
    const frame = this.#frames.at(-1)
    assert(frame !== undefined, 'a frame ends after it was entered')
    const { exceptionError, executionGasUsed: gasUsed, returnValue } = execResult
    if (exceptionError === undefined) {
      this.#settle(frame)
      this.#tellImplicitStop(frame, execResult)
    }
    this.#frames.pop()
    const isCreation = frame.kind === 'CREATE' || frame.kind === 'CREATE2'
    const failure = exceptionError && failureText(exceptionError, isCreation, frame.last?.step)
    this.#tracer.exit({ gasUsed, output: returnValue, failure })
  }

  /** The frame has gone on behind its last step: a call that no frame was entered for failed at once. */
  #settle({ last }: OpenFrame): void {
    if (last?.start === undefined) return
    const { start, step } = last
    this.#tracer.enter(start)
    const isDestruction = start.kind === 'SELFDESTRUCT'
    const isTooDeep = step.depth > CALL_DEPTH_MAX
    const failure = isTooDeep ? 'max call depth exceeded' : 'insufficient balance for transfer'
    this.#tracer.exit({
      gasUsed: 0n,
      output: NO_BYTES,
      failure: isDestruction ? undefined : failure,
    })
  }

  #tellImplicitStop(frame: OpenFrame, { runState, gasRefund = 0n }: ExecResult): void {
    if (frame.last === undefined || HALTS.has(frame.last.step.op) || runState === undefined) return
    const memoryBytes = Number(runState.memoryWordCount) * 32
    const step = {
      pc: runState.programCounter,
      op: OP_STOP,
      gas: runState.gasLeft,
      gasCost: 0n,
      stack: runState.stack.getStack(),
      depth: frame.last.step.depth,
      returnData: runState.returnBytes,
      refund: gasRefund,
      memoryBytes,
    }
    this.#tracer.step(this.#stepOf(frame, step, () => runState.memory.read(0, memoryBytes)))
  }

  #stepOf({ account }: OpenFrame, step: TraceStep, memory: () => Uint8Array): FrameStep {
    return {
      ...step,
      address: account.address,
      memory,
      slot: (key) => account.slot(key).value,
      nonce: () => account.nonce,
      codeAt: (address) => this.#accountOf(address).code?.bytes ?? NO_BYTES,
    }
  }
}

/** Of the transaction itself. */
function kindOf({ to }: Message): FrameKind {
  return to === undefined ? 'CREATE' : 'CALL'
}

/** What a call, creation or destruction begins, from its operands. */
function startOf(
  step: FrameStep,
  account: AccountState,
  passedOn: bigint | undefined,
): FrameStart | undefined {
  const { op, stack } = step
  const kind = op === OP_SELFDESTRUCT ? 'SELFDESTRUCT' : KINDS.get(op)
  if (kind === undefined) return undefined
  const operand = (index: number) => stack.at(-1 - index) ?? 0n
  if (stack.length < inputsOf(op)) return undefined
  const from = account.address
  if (kind === 'SELFDESTRUCT') {
    const to = addressOf(operand(0))
    return { kind, from, to, input: NO_BYTES, gas: 0n, value: account.balance }
  }
  const gas = passedOn ?? 0n
  if (kind === 'CREATE' || kind === 'CREATE2') {
    const input = memoryOf(step, operand(1), operand(2))
    // Nothing was created, and a frame that fails is told without a recipient.
    return { kind, from, to: new Uint8Array(20), input, gas, value: operand(0) }
  }
  const hasValue = kind === 'CALL' || kind === 'CALLCODE'
  const value = hasValue ? operand(2) : undefined
  const [offset, length] = hasValue ? [operand(3), operand(4)] : [operand(2), operand(3)]
  const to = addressOf(operand(1))
  const stipend = value ? CALL_STIPEND : 0n
  return { kind, from, to, input: memoryOf(step, offset, length), gas: gas + stipend, value }
}

function inputsOf(op: number): number {
  return OPCODES.find(({ code }) => code === op)?.inputs ?? 0
}

function addressOf(word: bigint): Uint8Array {
  return bigIntToBytes(BigInt.asUintN(160, word), 20)
}
