/** Why a message failed: the words of `@ethereumjs/evm` in those of the engine. */

import { EVMError } from '@ethereumjs/evm'
import type { MessageFailure } from '../../call-failure.ts'

const { errorMessages } = EVMError

const FAILURES: ReadonlyMap<string, MessageFailure> = new Map([
  [errorMessages.REVERT, 'execution reverted'],
  [errorMessages.OUT_OF_GAS, 'out of gas'],
  [errorMessages.CODESTORE_OUT_OF_GAS, 'out of gas'],
  [errorMessages.CODESIZE_EXCEEDS_MAXIMUM, 'max code size exceeded'],
  [errorMessages.STACK_UNDERFLOW, 'stack underflow'],
  [errorMessages.STACK_OVERFLOW, 'stack overflow'],
  [errorMessages.INVALID_OPCODE, 'invalid opcode'],
  [errorMessages.OUT_OF_RANGE, 'return data out of bounds'],
  [errorMessages.STATIC_STATE_CHANGE, 'write protection'],
  [errorMessages.CREATE_COLLISION, 'contract address collision'],
  [errorMessages.VALUE_OVERFLOW, 'balance overflow'],
  [errorMessages.INVALID_BYTECODE_RESULT, 'invalid code: must not begin with 0xef'],
  [errorMessages.INITCODE_SIZE_VIOLATION, 'max initcode size exceeded'],
])

/** What is left are the reasons of precompiles. */
export function messageFailureOf(error: EVMError): MessageFailure {
  // It says where it jumped from.
  if (error.error.startsWith(errorMessages.INVALID_JUMP)) return 'invalid jump destination'
  return FAILURES.get(error.error) ?? 'precompile failed'
}
