/**
 * Which opcodes a campaign has executed and how each has failed, counted on the oracle: the
 * interpreter inside `@ethereumjs/evm` is wrapped. Holes in the table are holes in the generator.
 */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { INTERPRETER_PROTOTYPE } from '@shredcast/shared/engine/reference/evm/interpreter-prototype'
import { INVALID_REASONS } from '@shredcast/shared/engine/reference/execution-result'
import type { ComparableStep } from './expected-run.ts'
import { OPCODES, opcodeOf } from './generator/opcode-table.ts'

/** The methods that are wrapped here, with the names and fields they have there. */
interface WrappedInterpreter {
  readonly _runState: { readonly opCode: number }
  runStep(opcode: unknown): Promise<void>
  run(code: Uint8Array, options: unknown): Promise<{ exceptionError?: { error: string } }>
}

/** How a frame ended at an opcode, by the text of the EVM's error. */
type Failures = Map<string, number>

const OUT_OF_GAS = 'out of gas'

class Coverage {
  readonly #executed = new Float64Array(256)
  readonly #failed = Array.from({ length: 256 }, (): Failures => new Map())
  readonly #outcomes = new Map<string, number>()

  countExecution(opcode: number): void {
    this.#executed[opcode]!++
  }

  countFailure(opcode: number, error: string): void {
    const failures = this.#failed[opcode]!
    failures.set(error, (failures.get(error) ?? 0) + 1)
  }

  countStep({ rejected, status }: ComparableStep): void {
    if (rejected === undefined && status === undefined) return
    const outcome = rejected ?? (status === 1 ? 'succeeded' : 'failed')
    this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + 1)
  }

  /** In two or three lines. */
  summary(fork: Hardfork = 'osaka'): string[] {
    const known = OPCODES.filter(({ since }) => isAtLeast(fork, since))
    const unused = known.filter(({ code }) => this.#executed[code] === 0)
    const neverDry = known.filter(({ code }) => !this.#failed[code]!.has(OUT_OF_GAS))
    const missing = INVALID_REASONS.filter((reason) => !this.#outcomes.has(reason))
    const [succeeded, failed] = ['succeeded', 'failed'].map((key) => this.#outcomes.get(key) ?? 0)
    const rejected = [...this.#outcomes.values()].reduce((a, b) => a + b, 0) - succeeded! - failed!
    return [
      `transactions: ${succeeded} succeeded, ${failed} failed, ${rejected} refused${list('; never refused for', missing)}`,
      `opcodes: ${known.length - unused.length} of ${known.length} executed${list('; not', names(unused))}`,
      `out of gas at ${known.length - neverDry.length}${list('; not at', names(neverDry))}`,
    ]
  }

  /** A line for each opcode and byte that was met: executions, then how frames failed there. */
  table(): string[] {
    const lines: string[] = []
    for (let code = 0; code < 256; code++) {
      const failures = [...this.#failed[code]!].sort((a, b) => b[1] - a[1])
      const opcode = opcodeOf(code)
      if (opcode === undefined && this.#executed[code] === 0) continue
      const name = opcode?.name ?? `0x${code.toString(16).padStart(2, '0')}`
      const text = failures.map(([error, count]) => `${error} ${count}`).join(', ')
      lines.push(
        `${name.padEnd(15)}${String(this.#executed[code]).padStart(10)}  ${text}`.trimEnd(),
      )
    }
    const outcomes = [...this.#outcomes].sort((a, b) => b[1] - a[1])
    return [
      ...lines,
      ...outcomes.map(([outcome, count]) => `${String(count).padStart(9)}  ${outcome}`),
    ]
  }
}

function names(opcodes: readonly { readonly name: string }[]): string[] {
  return opcodes.map(({ name }) => name)
}

const LISTED_MAX = 12

function list(prefix: string, items: readonly string[]): string {
  if (items.length === 0) return ''
  const more = items.length > LISTED_MAX ? ` and ${items.length - LISTED_MAX} more` : ''
  return `${prefix} ${items.slice(0, LISTED_MAX).join(', ')}${more}`
}

/** Counts from now on what this thread's reference executor executes; to be called once. */
export function startCoverage(): Coverage {
  const coverage = new Coverage()
  const prototype = INTERPRETER_PROTOTYPE as unknown as WrappedInterpreter
  const { runStep, run } = prototype
  prototype.runStep = function (this: WrappedInterpreter, opcode) {
    coverage.countExecution(this._runState.opCode)
    return runStep.call(this, opcode)
  }
  prototype.run = async function (this: WrappedInterpreter, code, options) {
    const result = await run.call(this, code, options)
    const error = result.exceptionError?.error
    // Behind ` at ` the text says where, which is different every time.
    const kind = error?.split(' at ')[0]
    if (kind !== undefined) coverage.countFailure(this._runState.opCode, kind)
    return result
  }
  return coverage
}

export type { Coverage }
