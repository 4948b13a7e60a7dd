/**
 * Reports the interpreter's instructions to whoever follows them. The EVM has an event for this, but it
 * copies the memory for every instruction and leaves out the return data; so the method that would emit
 * it is replaced, in threads that trace.
 */

import type { EVM } from '@ethereumjs/evm'
import { OP_CALL, OP_CALLCODE, OP_DELEGATECALL, OP_STATICCALL } from '../../../layout/opcodes.ts'
import type { Tracer, TraceStep } from '../../trace.ts'
import type { Interpreter } from './interpreter-prototype.ts'
import { INTERPRETER_PROTOTYPE } from './interpreter-prototype.ts'

const CALLS = new Set([OP_CALL, OP_CALLCODE, OP_DELEGATECALL, OP_STATICCALL])

/** Called before each instruction is executed, with the frame that executes it. */
export type InstructionListener = (step: TraceStep, frame: Interpreter) => void

const listeners = new WeakMap<object, InstructionListener>()
let isInstalled = false

export function traceInstructions(evm: EVM, tracer: Tracer): void {
  onInstructions(evm, (step) => tracer.step(step))
}

/** One listener an EVM. */
export function onInstructions(evm: EVM, listener: InstructionListener): void {
  listeners.set(evm, listener)
  // The interpreter reports when somebody listens to its event.
  evm.events.on('step', () => {})
  if (!isInstalled) install()
  isInstalled = true
}

function install(): void {
  const { runStep } = INTERPRETER_PROTOTYPE
  // SSTORE has changed the counter already when it is reported.
  let refund = 0n
  INTERPRETER_PROTOTYPE.runStep = function (this: Interpreter, opcode) {
    refund = this._runState.gasRefund
    return runStep.call(this, opcode)
  }
  INTERPRETER_PROTOTYPE._runStepHook = async function (this: Interpreter, fee, gas, memoryWords) {
    const run = this._runState
    // An opcode that the fork does not have comes under the number of INVALID.
    const op = run.code[run.programCounter] ?? run.opCode
    // Set for calls and creations; what a creation passes on is no part of its price.
    const passedOn = CALLS.has(op) ? (run.messageGasLimit ?? 0n) : 0n
    const step = {
      pc: run.programCounter,
      op,
      gas,
      gasCost: fee + passedOn,
      stack: run.stack.getStack(),
      depth: this._env.depth + 1,
      returnData: run.returnBytes,
      refund,
      memoryBytes: Number(memoryWords) * 32,
    }
    listeners.get(this._evm)?.(step, this)
  }
}
