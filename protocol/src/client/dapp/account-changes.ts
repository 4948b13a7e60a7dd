/** Changes of some accounts, by shreds and by the blocks themselves. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Observable } from 'rxjs'
import { mergeMap } from 'rxjs'
import { changesOfMessage } from '../../wire/message-changes.ts'
import type { StreamMessage } from '../../wire/messages.ts'
import type { AccountChange } from './shred-view.ts'
import { accountChange } from './shred-view.ts'

/** @param slots undefined: all changes, with all their slots */
export function changesOf(
  messages$: Observable<StreamMessage>,
  addresses: ReadonlySet<Hex>,
  slots: ReadonlySet<Hex> | undefined,
): Observable<AccountChange> {
  return messages$.pipe(
    mergeMap((message) => {
      return changesOfMessage(message)
        .filter(({ address }) => addresses.has(bytesToHex(address)))
        .map((change) => accountChange(message, narrowed(change, slots)))
        .filter((change) => slots === undefined || change.storageCleared || change.slots.length > 0)
    }),
  )
}

function narrowed(change: StateChange, slots: ReadonlySet<Hex> | undefined): StateChange {
  if (slots === undefined) return change
  return { ...change, slots: change.slots.filter(({ key }) => slots.has(bytesToHex(key))) }
}
