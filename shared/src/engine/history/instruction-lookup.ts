/** Which accounts and slots an instruction is about to meet, in the manner of go-ethereum's tracers. */

import { createdAddress, saltedAddress } from '../../chain/created-address.ts'
import {
  OP_BALANCE,
  OP_CALL,
  OP_CALLCODE,
  OP_CREATE,
  OP_CREATE2,
  OP_DELEGATECALL,
  OP_EXTCODECOPY,
  OP_EXTCODEHASH,
  OP_EXTCODESIZE,
  OP_SELFDESTRUCT,
  OP_SLOAD,
  OP_SSTORE,
  OP_STATICCALL,
} from '../../layout/opcodes.ts'
import { bigIntToBytes } from '../../primitives/bytes.ts'
import type { FrameStep } from '../frame-tracer.ts'
import { memoryOf } from '../frame-tracer.ts'
import { delegateOf } from '../reference/delegation.ts'

const CALLS = new Set([OP_CALL, OP_CALLCODE, OP_DELEGATECALL, OP_STATICCALL])
const ACCOUNT_READS = new Set([
  ...[OP_BALANCE, OP_EXTCODESIZE, OP_EXTCODECOPY, OP_EXTCODEHASH],
  OP_SELFDESTRUCT,
])

export interface InstructionLookup {
  /** 20 bytes each. */
  readonly accounts: readonly Uint8Array[]
  /** Of the account at hand, 32 bytes. */
  readonly slot?: Uint8Array
  /** What it creates, if nothing hinders it. */
  readonly created?: Uint8Array
  /** The account that destroys itself. */
  readonly destroyed?: Uint8Array
}

/** Undefined where it meets nothing; what the stack does not hold is met by nobody. */
export function lookupOf(step: FrameStep): InstructionLookup | undefined {
  const { op, stack, address } = step
  const [first, second, third, fourth] = [stack.at(-1), stack.at(-2), stack.at(-3), stack.at(-4)]
  if (op === OP_CREATE) {
    const created = createdAddress(address, step.nonce())
    return { accounts: [created], created }
  }
  if (first === undefined) return undefined
  if (op === OP_SLOAD || op === OP_SSTORE) {
    return { accounts: [address], slot: bigIntToBytes(first, 32) }
  }
  if (ACCOUNT_READS.has(op)) {
    const destroyed = op === OP_SELFDESTRUCT ? { destroyed: address } : {}
    return { accounts: [addressOf(first)], ...destroyed }
  }
  if (CALLS.has(op) && second !== undefined && stack.length >= 5) {
    const callee = addressOf(second)
    const delegate = delegateOf(step.codeAt(callee))
    return { accounts: delegate === undefined ? [callee] : [callee, delegate] }
  }
  if (op !== OP_CREATE2 || second === undefined || third === undefined || fourth === undefined) {
    return undefined
  }
  const salt = bigIntToBytes(fourth, 32)
  const created = saltedAddress(address, salt, memoryOf(step, second, third))
  return { accounts: [created], created }
}

function addressOf(word: bigint): Uint8Array {
  return bigIntToBytes(BigInt.asUintN(160, word), 20)
}
