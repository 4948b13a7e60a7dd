/**
 * Logs of a message with the movements of ether among them, each where it happened, in the form of
 * ERC-20's event `Transfer` at the address that ERC-7528 gives to ether.
 */

import type { Log } from '../../chain/receipt.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { OP_LOG0, OP_LOG4 } from '../../layout/opcodes.ts'
import { bigIntToBytes, concatBytes, hexToBytes } from '../../primitives/bytes.ts'
import type { FrameEnd, FrameStart, FrameStep, FrameTracer } from '../frame-tracer.ts'
import { memoryOf } from '../frame-tracer.ts'

const ETHER = hexToBytes('0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee')
/** Keccak-256 of `Transfer(address,address,uint256)`. */
const TRANSFER = hexToBytes('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef')

export class TransferLogs implements FrameTracer {
  /** Of the open frames, the outermost first. */
  readonly #frames: Log[][] = [[]]
  #wasEntered = false

  enter({ kind, from, to, value = 0n }: FrameStart): void {
    this.#wasEntered = true
    const isMoved = kind !== 'DELEGATECALL' && kind !== 'CALLCODE' && value > 0n
    this.#frames.push(isMoved ? [transferLog(from, to, value)] : [])
  }

  step(step: FrameStep): void {
    const { op, address, stack } = step
    if (op < OP_LOG0 || op > OP_LOG4) return
    const [offset, length] = [stack.at(-1), stack.at(-2)]
    // A log that is too long to be paid for fails its frame.
    if (offset === undefined || length === undefined || length > step.gas) return
    const topics = Array.from({ length: op - OP_LOG0 }, (_, index) => {
      return bigIntToBytes(stack.at(-3 - index) ?? 0n, 32)
    })
    const data = memoryOf(step, offset, length)
    this.#frames.at(-1)?.push({ address, topics, data })
  }

  exit({ failure }: FrameEnd): void {
    const logs = this.#frames.pop() ?? []
    if (failure === undefined) this.#frames.at(-1)?.push(...logs)
  }

  /** The transaction is executed; a transfer to an account without code entered no frame. */
  complete({ to, value }: Transaction, sender: Uint8Array): void {
    if (this.#wasEntered || to === undefined || value === 0n) return
    this.#frames[0]?.push(transferLog(sender, to, value))
  }

  /** Of the whole message. */
  get logs(): readonly Log[] {
    return this.#frames[0] ?? []
  }
}

function transferLog(from: Uint8Array, to: Uint8Array, value: bigint): Log {
  const topics = [TRANSFER, wordOf(from), wordOf(to)]
  return { address: ETHER, topics, data: bigIntToBytes(value, 32) }
}

function wordOf(address: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array(12), address)
}
