/** The way back of a development chain, as far as it can be told in one message. */

import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import { EDIT_BYTES_MAX, editBytes, REVERTED_BLOCKS_MAX } from '@shredcast/shared/chain/block-edits'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { StateUnavailableError } from '@shredcast/shared/state/state-readers'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'

/**
 * The changes that lead from the head back to block `number`.
 * @throws ChangeRefusedError when it is too far behind, or not kept
 */
export function changesBackTo(chain: StoredChain, number: bigint): StateChange[] {
  const { number: newest } = chain.head.header
  if (newest - number > REVERTED_BLOCKS_MAX) {
    const limit = `${REVERTED_BLOCKS_MAX} blocks may be reverted`
    throw new ChangeRefusedError(`block ${number} is too far behind block ${newest}: ${limit}`)
  }
  try {
    const changes = chain.changesBackTo(number)
    assertEditable(changes)
    return changes
  } catch (error) {
    if (!(error instanceof StateUnavailableError)) throw error
    throw new ChangeRefusedError(error.shortMessage, { cause: error })
  }
}

/**
 * What is changed by hand at once must fit in a message.
 * @throws ChangeRefusedError
 */
export function assertEditable(changes: readonly StateChange[]): void {
  const bytes = editBytes(changes)
  if (bytes <= EDIT_BYTES_MAX) return
  throw new ChangeRefusedError(`${bytes} bytes of changes, at most ${EDIT_BYTES_MAX} in one block`)
}
