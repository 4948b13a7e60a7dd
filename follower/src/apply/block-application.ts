/**
 * Takes one block over from its shreds, without executing it: the signature and the chain of messages
 * say that the leader sent them, the seal is checked against their content, and the state root, which
 * the chain checks, against their changes. Not checked is what only execution shows: who sent the
 * transactions, and that they lead to these changes.
 */

import type {
  BlockOpened,
  BlockSealed,
  Shred,
  StreamMessage,
} from '@shredcast/protocol/wire/messages'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { Engine } from '@shredcast/shared/engine/engine'
import type { BlockRun, FinishedBlock, Received } from './block-run.ts'
import { differentLogIndex } from './compare-step.ts'
import type { Difference } from './difference.ts'
import { difference } from './difference.ts'
import { DivergenceError } from './divergence.ts'

/** EIP-7685: the type byte of deposits, which the logs of the transactions say. */
const DEPOSIT_TYPE = 0

export class BlockApplication implements BlockRun {
  readonly comparing: Promise<void> = Promise.resolve()
  readonly #engine: Pick<Engine, 'adoptBlock'>
  readonly #opened: BlockOpened
  readonly #shreds: Shred[] = []
  readonly #onTaken: (message: StreamMessage) => void

  /** The engine holds the state before the block, and no open block. */
  constructor(
    engine: Pick<Engine, 'adoptBlock'>,
    { message }: Received<BlockOpened>,
    onTaken: (message: StreamMessage) => void,
  ) {
    this.#engine = engine
    this.#opened = message
    this.#onTaken = onTaken
    onTaken(message)
  }

  /** As the shreds declare them. */
  get diffs(): readonly StateDiff[] {
    return [this.#opened, ...this.#shreds].map(({ diff }) => diff)
  }

  /** @throws DivergenceError */
  async add(received: Received<Shred>): Promise<void> {
    const { message } = received
    const found = this.#differentTotal(message)
    if (found !== undefined) {
      const blockNumber = this.#opened.context.number
      const place = message.shredIndex
      const diffs = [...this.diffs, message.diff]
      throw new DivergenceError({ ...found, blockNumber, place, received }, diffs)
    }
    this.#shreds.push(message)
    this.#onTaken(message)
  }

  /** What a receipt says of itself alone is in no root: it follows from the receipt before it. */
  #differentTotal({ receipt, startingLogIndex }: Shred): Difference | undefined {
    const before = this.#shreds.at(-1)
    const gasUsed = receipt.cumulativeGasUsed - (before?.receipt.cumulativeGasUsed ?? 0n)
    if (receipt.gasUsed !== gasUsed) {
      return difference('receipt', { kind: 'receipt', field: 'gasUsed' }, gasUsed, receipt.gasUsed)
    }
    const logIndex = (before?.startingLogIndex ?? 0) + (before?.receipt.logs.length ?? 0)
    return differentLogIndex(logIndex, startingLogIndex)
  }

  async seal({ message }: Received<BlockSealed>): Promise<FinishedBlock> {
    const { context } = this.#opened
    const diffs = [this.#opened, ...this.#shreds, message].map(({ diff }) => diff)
    const startedMs = performance.now()
    await this.#engine.adoptBlock(context, diffs)
    return {
      mode: 'apply',
      context,
      transactions: this.#shreds.map(({ transaction }) => transaction),
      receipts: this.#shreds.map(({ receipt }) => receipt),
      requests: message.requests.filter((request) => request[0] !== DEPOSIT_TYPE),
      diffs,
      executeMs: performance.now() - startedMs,
    }
  }

  async settle(): Promise<void> {}

  async abandon(): Promise<void> {}
}
