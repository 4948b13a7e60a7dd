/**
 * What the oracle, `@ethereumjs/evm` 10.1.3, is known to do wrong. A case that meets it proves nothing.
 *
 * - It knows the object format (EIP-3540) in every fork, though none has it: CREATE and CREATE2 of
 *   code that begins with 0xef00 do nothing, and EXTCODESIZE, EXTCODECOPY and EXTCODEHASH of such
 *   code answer for two bytes.
 * - A creation that reverts with data that begins with 0xef is taken for one that deploys such code
 *   (EIP-3541), and burns all its gas.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { INTERPRETER_PROTOTYPE } from '@shredcast/shared/engine/reference/evm/interpreter-prototype'
import type { ComparableStep } from './expected-run.ts'

const CREATE = 0xf0
const CREATE2 = 0xf5
const REVERT = 0xfd
const FORMAT = 0xef
const MAGIC = 0x00

/** The part of the interpreter that is looked at, with the names it has there. */
interface WatchedInterpreter {
  readonly _env: { readonly isCreate: boolean }
  readonly _runState: {
    readonly opCode: number
    readonly stack: { readonly length: number; peek(count: number): bigint[] }
    readonly memory: { readonly _store: Uint8Array }
  }
  runStep(opcode: unknown): Promise<void>
}

let hasMetGap = false

const prototype = INTERPRETER_PROTOTYPE as unknown as WatchedInterpreter
const { runStep } = prototype
prototype.runStep = function (this: WatchedInterpreter, opcode) {
  const { opCode } = this._runState
  if (opCode === CREATE || opCode === CREATE2) hasMetGap ||= createsObjectFormat(this)
  else if (opCode === REVERT && this._env.isCreate) hasMetGap ||= revertsWithFormat(this)
  return runStep.call(this, opcode)
}

function createsObjectFormat({ _runState: { stack, memory } }: WatchedInterpreter): boolean {
  if (stack.length < 3) return false
  const [, offset, length] = stack.peek(3) as [bigint, bigint, bigint]
  const { _store: bytes } = memory
  if (length < 2n || offset >= bytes.length) return false
  const at = Number(offset)
  return bytes[at] === FORMAT && (bytes[at + 1] ?? 0) === MAGIC
}

function revertsWithFormat({ _runState: { stack, memory } }: WatchedInterpreter): boolean {
  if (stack.length < 2) return false
  const [offset, length] = stack.peek(2) as [bigint, bigint]
  return length > 0n && offset < memory._store.length && memory._store[Number(offset)] === FORMAT
}

/** What follows, until `metGap`, is one case. */
export function watchForGaps(): void {
  hasMetGap = false
}

export function metGap(
  accounts: readonly GenesisAccount[],
  steps: readonly ComparableStep[],
): boolean {
  if (hasMetGap) return true
  if (accounts.some(({ code }) => code[0] === FORMAT && code[1] === MAGIC)) return true
  return steps.some(({ differences = [] }) => {
    return differences.some(({ code }) => code?.startsWith('0xef00'))
  })
}
