/**
 * Traces as EIP-3155 has them: a line of JSON for each instruction, with what it finds before it is
 * executed. Either engine describes its instructions as `TraceStep`, so that the traces of both can be
 * compared line by line. The optional members `memory` and `storage` are left out; `error` too, as
 * the line stands before the instruction is known to fail.
 */

import { OPCODES } from '../chain/opcodes.ts'
import { bytesToHex } from '../primitives/bytes.ts'

/** One instruction. Gas is what there is before it. */
export interface TraceStep {
  readonly pc: number
  readonly op: number
  readonly gas: bigint
  /** With what a call passes on to its callee, without what a creation passes on. */
  readonly gasCost: bigint
  /** The lowest item first. */
  readonly stack: readonly bigint[]
  /** 1 in the code that the transaction calls. */
  readonly depth: number
  /** Of the last call that this frame has made. */
  readonly returnData: Uint8Array
  /** Refund counter of the transaction so far. */
  readonly refund: bigint
  /** Multiple of 32. */
  readonly memoryBytes: number
}

/** Who is told of instructions, in the thread that executes them. */
export interface Tracer {
  step(step: TraceStep): void
  /** The transaction's message has ended with `output`. */
  end(output: Uint8Array): void
  /** The message begins once more, on the same state: what comes until here has come already. */
  repeat(): void
}

/** Lines of a trace, each with its line break; `output` comes with a message's last lines. */
export interface TracePart {
  readonly lines: string
  readonly output?: Uint8Array
}

export const NAME_OF_OPCODE = Array.from({ length: 256 }, (_, code) => {
  const opcode = OPCODES.find((known) => known.code === code)
  return opcode?.mnemonic ?? `0x${code.toString(16).padStart(2, '0')}`
})

const PART_LENGTH = 64 * 1024

/** Writes lines and hands them on in parts of limited size. */
export class TraceWriter implements Tracer {
  readonly #handOn: (part: TracePart) => void
  #lines = ''
  /** Steps of the message so far, and how many of them are known from the time before. */
  #stepCount = 0
  #knownCount = 0

  constructor(handOn: (part: TracePart) => void) {
    this.#handOn = handOn
  }

  step(step: TraceStep): void {
    if (this.#stepCount++ < this.#knownCount) return
    this.#lines += traceLine(step)
    if (this.#lines.length >= PART_LENGTH) this.flush()
  }

  end(output: Uint8Array): void {
    this.#stepCount = 0
    this.#knownCount = 0
    this.#handOn({ lines: this.#takeLines(), output })
  }

  repeat(): void {
    this.#knownCount = Math.max(this.#knownCount, this.#stepCount)
    this.#stepCount = 0
  }

  /** Hands on what there is, when an execution has ended otherwise. */
  flush(): void {
    if (this.#lines !== '') this.#handOn({ lines: this.#takeLines() })
  }

  #takeLines(): string {
    const lines = this.#lines
    this.#lines = ''
    return lines
  }
}

/** The line of one instruction, members in the order of the EIP. */
export function traceLine(step: TraceStep): string {
  const { pc, op, gas, gasCost, stack, depth, returnData, refund, memoryBytes } = step
  const items = stack.map((item) => `"${hexOf(item)}"`).join(',')
  return (
    `{"pc":${pc},"op":${op},"gas":"${hexOf(gas)}","gasCost":"${hexOf(gasCost)}",` +
    `"stack":[${items}],"depth":${depth},"returnData":"${bytesToHex(returnData)}",` +
    `"refund":"${hexOf(refund)}","memSize":${memoryBytes},"opName":"${NAME_OF_OPCODE[op]}"}\n`
  )
}

function hexOf(value: bigint): string {
  return `0x${value.toString(16)}`
}
