/** Failures in go-ethereum's words (`core/vm/errors.go`), as traces give them. */

import { EVMError } from '@ethereumjs/evm'
import { OPCODES } from '../../../chain/opcodes.ts'
import { OP_RETURN, OP_RETURNDATACOPY } from '../../../layout/opcodes.ts'
import type { TraceStep } from '../../trace.ts'
import { messageFailureOf } from './evm-failure.ts'

/** `last` is the instruction that failed; without it, it was a precompile. */
export function failureText(
  error: EVMError,
  isCreation: boolean,
  last: TraceStep | undefined,
): string {
  const { errorMessages } = EVMError
  const isUnpaidCode =
    error.error === errorMessages.CODESTORE_OUT_OF_GAS ||
    (error.error === errorMessages.OUT_OF_GAS && isCreation && last?.op === OP_RETURN)
  if (isUnpaidCode) return 'contract creation code storage out of gas'
  const failure = messageFailureOf(error)
  if (last === undefined) return failure === 'precompile failed' ? error.error : failure
  if (failure === 'stack underflow') {
    return `stack underflow (${last.stack.length} <=> ${opcodeOf(last.op)?.inputs ?? 0})`
  }
  if (failure === 'stack overflow') return 'stack limit reached 1024 (1023)'
  if (failure === 'invalid opcode') return `invalid opcode: ${opcodeName(last.op)}`
  if (failure === 'out of gas' && isBeyondReturnData(last)) return 'return data out of bounds'
  return failure
}

/** The EVM takes it for too little gas. */
function isBeyondReturnData({ op, stack, returnData }: TraceStep): boolean {
  const [offset = 0n, length = 0n] = [stack.at(-2), stack.at(-3)]
  return op === OP_RETURNDATACOPY && offset + length > BigInt(returnData.length)
}

function opcodeOf(op: number) {
  return OPCODES.find(({ code }) => code === op)
}

function opcodeName(op: number): string {
  return opcodeOf(op)?.mnemonic ?? `opcode 0x${op.toString(16)} not defined`
}
