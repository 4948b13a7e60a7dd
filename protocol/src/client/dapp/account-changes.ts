/** Changes of some accounts: by shreds, by the blocks themselves, and in merged states. */

import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Observable } from 'rxjs'
import { mergeMap } from 'rxjs'
import { changesOfMessage } from '../../wire/message-changes.ts'
import type { StreamItem } from './shared-stream.ts'
import type { AccountChange, StreamPlace } from './shred-view.ts'
import { accountChange, placeOf } from './shred-view.ts'

/** @param slots undefined: all changes, with all their slots */
export function changesOf(
  items$: Observable<StreamItem>,
  addresses: ReadonlySet<Hex>,
  slots: ReadonlySet<Hex> | undefined,
): Observable<AccountChange> {
  return items$.pipe(
    mergeMap((item) => {
      return placedChanges(item)
        .filter(({ change }) => addresses.has(bytesToHex(change.address)))
        .map(({ place, change }) => accountChange(place, narrowed(change, slots)))
        .filter((change) => slots === undefined || change.storageCleared || change.slots.length > 0)
    }),
  )
}

interface PlacedChange {
  readonly place: StreamPlace
  readonly change: StateChange
}

export function placedChanges(item: StreamItem): PlacedChange[] {
  if (item.type === 'gap') return []
  if (item.type === 'conflated') {
    return item.conflated.accounts.map(({ seq, ...change }) => ({ place: { seq }, change }))
  }
  const place = placeOf(item.message)
  return changesOfMessage(item.message).map((change) => ({ place, change }))
}

function narrowed(change: StateChange, slots: ReadonlySet<Hex> | undefined): StateChange {
  if (slots === undefined) return change
  return { ...change, slots: change.slots.filter(({ key }) => slots.has(bytesToHex(key))) }
}
