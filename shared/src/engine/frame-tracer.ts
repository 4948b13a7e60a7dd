/**
 * An execution told frame by frame and instruction by instruction, as go-ethereum's tracing hooks tell
 * it (`core/tracing`): `enter` and `exit` nest, the message of the transaction is the outermost frame.
 * A transfer to an account without code is told by nobody: nothing runs there.
 */

import type { TraceStep } from './trace.ts'

export type FrameKind =
  | 'CALL'
  | 'CALLCODE'
  | 'DELEGATECALL'
  | 'STATICCALL'
  | 'CREATE'
  | 'CREATE2'
  | 'SELFDESTRUCT'

/** A frame begins. Of SELFDESTRUCT, `to` gets what is left, and nothing runs. */
export interface FrameStart {
  readonly kind: FrameKind
  /** 20 bytes; of DELEGATECALL and CALLCODE, the account that the code runs in. */
  readonly from: Uint8Array
  /** 20 bytes; whose code runs, or the account that is created. */
  readonly to: Uint8Array
  readonly input: Uint8Array
  readonly gas: bigint
  /** In wei; STATICCALL has none. */
  readonly value: bigint | undefined
}

export interface FrameEnd {
  readonly gasUsed: bigint
  /** Of a creation: the code. */
  readonly output: Uint8Array
  /** Undefined: success. In go-ethereum's words, `execution reverted` for REVERT. */
  readonly failure: string | undefined
}

/** One instruction, and what is in reach of it before it is executed. */
export interface FrameStep extends TraceStep {
  /** Of the account whose storage is in reach, 20 bytes. */
  readonly address: Uint8Array
  /** A copy of `memoryBytes` bytes. */
  readonly memory: () => Uint8Array
  /** Value of a slot of `address`, 32 bytes each. */
  readonly slot: (key: Uint8Array) => Uint8Array
  /** Of `address`. */
  readonly nonce: () => bigint
  /** Of any account, 20 bytes. */
  readonly codeAt: (account: Uint8Array) => Uint8Array
}

/** Who is told, in the thread that executes. */
export interface FrameTracer {
  enter(start: FrameStart): void
  step(step: FrameStep): void
  exit(end: FrameEnd): void
}

const NO_BYTES = new Uint8Array(0)
/** Failures that go-ethereum finds before it tells the instruction. */
const EARLY_FAILURES = /^(out of gas|stack underflow|stack limit|return data out of bounds)/

/** Whether the last instruction of a frame that failed so did not begin. */
export function isEarlyFailure(failure: string): boolean {
  return EARLY_FAILURES.test(failure)
}

/** Memory that operands name; beyond its end it reads as zero, and what cannot be paid is nothing. */
export function memoryOf(step: FrameStep, offset: bigint, length: bigint): Uint8Array {
  const end = offset + length
  if (length === 0n || memoryPrice(end) - memoryPrice(BigInt(step.memoryBytes)) > step.gas) {
    return NO_BYTES
  }
  const bytes = new Uint8Array(Number(length))
  bytes.set(step.memory().subarray(Number(offset), Number(end)))
  return bytes
}

/** Gas for so many bytes of memory (Yellow Paper, appendix H). */
function memoryPrice(byteCount: bigint): bigint {
  const words = (byteCount + 31n) / 32n
  return 3n * words + (words * words) / 512n
}
