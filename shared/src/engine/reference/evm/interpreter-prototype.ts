/**
 * The class that interprets bytecode inside `@ethereumjs/evm`. The package does not export it, so its
 * module is found beside the package's entry. Some of its methods are replaced, see `jump-analysis.ts`,
 * `call-balance.ts` and `instruction-trace.ts`; the version is pinned, and the assertion tells of a
 * change.
 */

import type { Message } from '@ethereumjs/evm'
import type { Account, Address } from '@ethereumjs/util'
import { assert } from '../../../primitives/assert.ts'

/** The part of it that matters here, with the names it has there. */
export interface Interpreter {
  readonly _evm: object
  readonly _env: { contract: Account; readonly depth: number; readonly address: Address }
  readonly _runState: {
    readonly programCounter: number
    readonly opCode: number
    readonly code: Uint8Array
    readonly stack: { getStack(): bigint[] }
    readonly memory: { read(offset: number, size: number, avoidCopy?: boolean): Uint8Array }
    readonly messageGasLimit?: bigint
    readonly returnBytes: Uint8Array
    readonly gasRefund: bigint
  }
  _getValidJumpDestinations(code: Uint8Array): object
  _baseCall(message: Message): Promise<bigint>
  runStep(opcode?: object): Promise<void>
  _runStepHook(fee: bigint, gasLeft: bigint, memoryWords: bigint): Promise<void>
}

async function load(): Promise<Interpreter> {
  const url = new URL('./interpreter.js', import.meta.resolve('@ethereumjs/evm'))
  const module: { Interpreter?: { prototype: Interpreter } } = await import(url.href)
  const prototype = module.Interpreter?.prototype
  assert(
    typeof prototype?._getValidJumpDestinations === 'function' &&
      typeof prototype._baseCall === 'function' &&
      typeof prototype.runStep === 'function' &&
      typeof prototype._runStepHook === 'function',
    '@ethereumjs/evm has the interpreter that this project knows',
  )
  return prototype
}

export const INTERPRETER_PROTOTYPE = await load()
