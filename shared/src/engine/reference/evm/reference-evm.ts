/**
 * `@ethereumjs/evm` with value transfers that do not read what they need not, and on a state that
 * lasts for one execution. One instance per fork and worker, used for one execution after another;
 * an execution that was abandoned in the middle leaves nothing behind that the next `begin` does not
 * replace.
 */

import type { Common } from '@ethereumjs/common'
import type {
  EVMMockBlockchainInterface,
  EVMResult,
  Message,
  PrecompileFunc,
} from '@ethereumjs/evm'
import { EVM, EVMError } from '@ethereumjs/evm'
import type { Account, Address } from '@ethereumjs/util'
import { MAX_INTEGER } from '@ethereumjs/util'
import { hexToBytes } from '../../../primitives/bytes.ts'
import type { FrameTracer } from '../../frame-tracer.ts'
import type { Tracer } from '../../trace.ts'
import type { JournaledState } from '../state/journaled-state.ts'
import { createEvmJournal } from './evm-journal.ts'
import { EvmState } from './evm-state.ts'
import { createEvmTransientStorage } from './evm-transient-storage.ts'
import { FrameTrace } from './frame-trace.ts'
import { onInstructions, traceInstructions } from './instruction-trace.ts'
import { MCL_BN254 } from './mcl-bn254.ts'
import { PrecompileTable } from './precompile-table.ts'

/** A message whose recipient is known. */
type CallMessage = Message & { readonly to: Address }

/** Who is told what the EVM does, if anybody is; not both. */
export interface ReferenceTracers {
  readonly tracer?: Tracer | undefined
  readonly frames?: FrameTracer | undefined
}

export class ReferenceEvm extends EVM {
  readonly precompileTable: PrecompileTable
  /** Who is told of every instruction. */
  readonly tracer: Tracer | undefined
  readonly #evmState: EvmState
  readonly #frames: FrameTrace | undefined
  /** Only a trace of frames listens to the EVM's events, of which it has two per message. */
  protected override readonly _emit = (topic: string, event: unknown): Promise<void> => {
    return this.#frames === undefined ? NOTHING_EMITTED : this.#tell(this.#frames, topic, event)
  }
  override readonly transientStorage: EVM['transientStorage']

  constructor(
    common: Common,
    blockchain: EVMMockBlockchainInterface,
    { tracer, frames }: ReferenceTracers = {},
  ) {
    const evmState = new EvmState()
    super({ common, blockchain, stateManager: evmState, bn254: MCL_BN254 })
    this.#evmState = evmState
    this.precompileTable = new PrecompileTable(this.precompiles)
    this.journal = createEvmJournal(evmState, this.precompileTable)
    this.transientStorage = createEvmTransientStorage(evmState)
    this.tracer = tracer
    if (tracer !== undefined) traceInstructions(this, tracer)
    if (frames === undefined) return
    const trace = new FrameTrace(frames, (address) => evmState.state.account(address))
    this.#frames = trace
    onInstructions(this, (step, frame) => trace.step(step, frame))
  }

  /** From here on the EVM works on `state`. */
  begin(state: JournaledState): void {
    this.#evmState.begin(state)
    this.#frames?.begin()
  }

  async #tell(frames: FrameTrace, topic: string, event: unknown): Promise<void> {
    if (topic === 'afterMessage') frames.exit(event as EVMResult)
    if (topic !== 'beforeMessage') return
    const message = event as Message
    if (message.to !== undefined) return frames.enter(message, undefined)
    // The EVM does the same a moment later; the address of CREATE2 depends on it.
    message.code = message.data
    frames.enter(message, (await this._generateAddress(message)).bytes)
  }

  override getPrecompile(address: Address | `0x${string}`): PrecompileFunc | undefined {
    return this.precompileTable.at(
      typeof address === 'string' ? hexToBytes(address) : address.bytes,
    )
  }

  /**
   * The balance suffices already: inside a contract the interpreter has compared it, and what the
   * sender of the transaction sends is part of the balance that the transaction requires.
   */
  protected override async _reduceSenderBalance(_from: Account, message: Message): Promise<void> {
    this.#evmState.state.account(message.caller.bytes).debit(message.value)
  }

  protected override async _addToBalance(_to: Account, message: CallMessage): Promise<void> {
    const { state } = this.#evmState
    const account = state.account(message.to.bytes)
    state.touch(account)
    if (account.isBalanceKnown && account.balance + message.value > MAX_INTEGER) {
      throw new EVMError(EVMError.errorMessages.VALUE_OVERFLOW)
    }
    account.credit(message.value)
  }
}

const NOTHING_EMITTED = Promise.resolve()
