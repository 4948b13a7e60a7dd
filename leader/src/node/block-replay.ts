/**
 * Executes a logged block once more: what comes out must be what the log has, which was sent already,
 * and is not sent again. Reads, and which writes were lazy, are no part of that: they are the
 * scheduler's way to the same result, and another way the next time.
 */

import { encodeMessage } from '@shredcast/protocol/wire/message-codec'
import type { BlockOpened, MessageDraft, StreamMessage } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { BlockChoice } from '../builder/next-block.ts'
import type { LoggedBlock } from './logged-blocks.ts'

/** A block came out otherwise than it was logged, and sent. */
export class ReplayError extends BaseError {
  override readonly name = 'Leader.ReplayError'
}

const NO_HASH = new Uint8Array(32)

export class BlockReplay {
  readonly context: BlockContext
  /** What the leader had decided of the block. */
  readonly choice: BlockChoice
  readonly transactions: readonly Uint8Array[]
  /** Whether the log has the block's seal too. */
  readonly isSealed: boolean
  readonly #messages: readonly StreamMessage[]
  #taken = 0

  constructor({ opened, shreds, sealed }: LoggedBlock) {
    this.context = opened.context
    this.choice = choiceOf(opened)
    this.transactions = shreds.map(({ transaction }) => transaction)
    this.isSealed = sealed !== undefined
    this.#messages = [opened, ...shreds, ...(sealed === undefined ? [] : [sealed])]
  }

  /**
   * `seq` of the message that `draft` would become, while the log has it.
   * @throws ReplayError when the log has another in its place
   */
  take(draft: MessageDraft): number | undefined {
    const logged = this.#messages[this.#taken]
    if (logged === undefined) return undefined
    if (!equalBytes(effectOf(draft), effectOf(logged))) throw this.#error(logged, draft.type)
    this.#taken++
    return logged.seq
  }

  /** @throws ReplayError when a transaction of the log is among those that are yet to come out */
  takeRejected(reason: string): void {
    const logged = this.#messages[this.#taken]
    if (logged !== undefined) throw this.#error(logged, `refused, ${reason}`)
  }

  #error({ seq, type }: StreamMessage, got: string): ReplayError {
    const { number } = this.context
    return new ReplayError(
      `message ${seq} (${type}) of block ${number} came out otherwise than it was logged: take the ` +
        'version that wrote the folder, or put a copy in its place',
      { details: `now ${got}` },
    )
  }
}

/** What the message says happened, in one encoding; when, and its place in the stream, is left out. */
function effectOf(message: MessageDraft): Uint8Array {
  const link = { seq: 0, prevHash: NO_HASH }
  if (message.type === 'chainReverted') return encodeMessage({ ...message, ...link })
  const place = { ...link, diff: effectOfDiff(message.diff) }
  if (message.type !== 'shred') return encodeMessage({ ...message, ...place })
  const { committedAtUs: _, ...shred } = message
  return encodeMessage({ ...shred, ...place })
}

function choiceOf({ context, edits }: BlockOpened): BlockChoice {
  const { timestamp, beneficiary, gasLimit, prevRandao, baseFeePerGas } = context
  return {
    ...{ timestamp, beneficiary, gasLimit, prevRandao },
    ...(baseFeePerGas !== undefined && { baseFeePerGas }),
    ...(edits && { edits }),
  }
}

function effectOfDiff({ changes, deltas }: StateDiff): StateDiff {
  const unmoved = deltas.filter(({ amount }) => amount === 0n).map(({ address }) => address)
  return {
    changes: changes.map(({ balance, ...change }) => ({
      ...change,
      // A delta of nothing would not be there if the balance had been read.
      ...(balance !== undefined && !includes(unmoved, change.address) && { balance }),
      slots: change.slots.map(({ key, value }) => ({ key, value })),
    })),
    deltas: [],
    reads: [],
  }
}

function includes(addresses: readonly Uint8Array[], address: Uint8Array): boolean {
  return addresses.some((other) => equalBytes(other, address))
}
