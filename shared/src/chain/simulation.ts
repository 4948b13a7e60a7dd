/** What `eth_simulateV1` asks for, and what comes of it. */

import type { BlockOverrides, CallRequest, StateOverride } from './call.ts'
import type { Header } from './header.ts'
import type { Log, Receipt } from './receipt.ts'

export interface SimulationRequest {
  readonly blocks: readonly BlockStateCalls[]
  /** Nonces, funds and fees are checked as for a transaction; a base fee is then asked for. */
  readonly validation: boolean
  /** Movements of ether are among the logs of the results, as ERC-20 has them (ERC-7528). */
  readonly traceTransfers: boolean
  /** For all calls together. */
  readonly gasLimit: bigint
}

/** The blocks follow each other; numbers that are left out stand for empty blocks. */
export interface BlockStateCalls {
  readonly blockOverrides: BlockOverrides
  readonly stateOverrides: readonly StateOverride[]
  readonly calls: readonly SimulatedCall[]
}

export interface SimulatedCall extends CallRequest {
  readonly nonce?: bigint | undefined
}

export interface SimulatedBlock {
  /** Without a state root: it is 32 zero bytes. */
  readonly header: Header
  readonly hash: Uint8Array
  readonly transactions: readonly SimulatedTransaction[]
}

export interface SimulatedTransaction {
  /** Encoded as if it were signed, with zeros for the signature. */
  readonly bytes: Uint8Array
  readonly hash: Uint8Array
  readonly sender: Uint8Array
  readonly receipt: Receipt
  readonly output: Uint8Array
  /** Before the refund. */
  readonly maxGasUsed: bigint
  /** Undefined: success. `execution reverted`, or a fault. */
  readonly failure: string | undefined
  /** Of the receipt, with transfers among them if they were asked for. */
  readonly logs: readonly Log[]
  /** Block-wide index of the first of `logs`. */
  readonly startingLogIndex: number
}
