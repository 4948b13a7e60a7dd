/** What any message of the stream says of the state. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { StreamMessage } from './messages.ts'

/** In order: an account that was edited may come again. */
export function changesOfMessage(message: StreamMessage): readonly StateChange[] {
  if (message.type === 'chainReverted') return message.changes
  const { changes } = message.diff
  if (message.type !== 'blockOpened' || message.edits === undefined) return changes
  return [...message.edits.changes, ...changes]
}
