/** Lets a thread leave the interpreter before the next instruction, wherever it is. */

import { BaseError } from '../../../primitives/base-error.ts'
import type { Interpreter } from './interpreter-prototype.ts'
import { INTERPRETER_PROTOTYPE } from './interpreter-prototype.ts'

/** Somebody wants the execution to end; it has left nothing behind. */
export class ExecutionStoppedError extends BaseError {
  override readonly name = 'Engine.ExecutionStoppedError'
}

/** To be called once, before any EVM of the thread runs. */
export function stopInterpreterWhen(isStopped: () => boolean): void {
  const { runStep } = INTERPRETER_PROTOTYPE
  INTERPRETER_PROTOTYPE.runStep = function (this: Interpreter, opcode) {
    if (isStopped()) throw new ExecutionStoppedError('the execution was stopped')
    return runStep.call(this, opcode)
  }
}
