/** A difference at its place in the stream. */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Difference } from './difference.ts'
import { locationText } from './difference.ts'

/** A shred by its index, or the message that opens or seals the block. */
export type BlockPlace = number | 'open' | 'seal'

export interface Divergence extends Difference {
  readonly blockNumber: bigint
  readonly place: BlockPlace
  /** The message that says `got`. */
  readonly received: ReceivedMessage
}

/** The leader's stream does not hold; nothing of its block is to be believed from here on. */
export class DivergenceError extends BaseError {
  override readonly name = 'Follower.DivergenceError'
  readonly divergence: Divergence
  /** What the steps of the block so far did here, the differing one included. */
  readonly ownDiffs: readonly StateDiff[]

  constructor(divergence: Divergence, ownDiffs: readonly StateDiff[] = []) {
    super(divergenceLine(divergence))
    this.divergence = divergence
    this.ownDiffs = ownDiffs
  }
}

/** Hash of the transaction that the message carries, if it carries one. */
export function transactionHashOf({ message }: ReceivedMessage): Hex | null {
  return message.type === 'shred' ? bytesToHex(transactionHash(message.transaction)) : null
}

/** Longest value that a line shows whole: a 32-byte word. */
const SHOWN_LENGTH = 66

/** The divergence in one line for people. */
function divergenceLine(divergence: Divergence): string {
  const { blockNumber, place, kind, location, expected, got, received } = divergence
  const hash = transactionHashOf(received)
  const where = typeof place === 'number' ? `shred ${place}` : place
  const transaction = hash === null ? '' : ` (transaction ${hash})`
  return (
    `the leader diverges at block ${blockNumber}, ${where}${transaction}: ${kind}, ` +
    `${locationText(location)}: expected ${excerpt(expected)}, got ${excerpt(got)}`
  )
}

function excerpt(value: string | null): string {
  if (value === null) return 'nothing'
  return value.length <= SHOWN_LENGTH ? value : `${value.slice(0, SHOWN_LENGTH)}...`
}
