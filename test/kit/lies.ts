/** Changes to an honest stream, as a lying leader would make them before it chains and signs it. */

import type {
  BlockOpened,
  BlockSealed,
  MessageDraft,
  Shred,
} from '@shredcast/protocol/wire/messages'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import type { StateChange, StateDiff } from '@shredcast/shared/chain/state-change'

type Draft<M> = Omit<M, 'seq' | 'prevHash'>
type Lie = (drafts: readonly MessageDraft[]) => MessageDraft[]
export type ShredDraft = Draft<Shred>

/** The place of a message among the drafts: that of shred `index` of the first block. */
const placeOf = (index: number) => index + 1

/** Changes shred `index` of the first block. */
export function inShred(index: number, change: (shred: ShredDraft) => Partial<ShredDraft>): Lie {
  return replaced(placeOf(index), (draft) => ({ ...draft, ...change(draft as ShredDraft) }))
}

export function inDiff(index: number, change: (diff: StateDiff) => Partial<StateDiff>): Lie {
  return inShred(index, ({ diff }) => ({ diff: { ...diff, ...change(diff) } }))
}

export function inReceipt(index: number, change: (receipt: Receipt) => Partial<Receipt>): Lie {
  return inShred(index, ({ receipt }) => ({ receipt: { ...receipt, ...change(receipt) } }))
}

/** Changes the first changed account of shred `index` for which `choose` holds. */
export function inChange(
  index: number,
  choose: (change: StateChange) => boolean,
  change: (account: StateChange) => StateChange,
): Lie {
  return inDiff(index, ({ changes }) => {
    const chosen = changes.find(choose)
    if (chosen === undefined) throw new Error(`shred ${index} has no such change`)
    return { changes: changes.map((entry) => (entry === chosen ? change(entry) : entry)) }
  })
}

/** Changes the first block's opening message. */
export function inOpening(change: (opened: Draft<BlockOpened>) => Partial<BlockOpened>): Lie {
  return replaced(0, (draft) => ({ ...draft, ...change(draft as Draft<BlockOpened>) }))
}

/** Changes the first block's seal; a changed header gets its right hash, unless that is the lie. */
export function inSeal(change: (sealed: Draft<BlockSealed>) => Partial<BlockSealed>): Lie {
  return (drafts) => {
    const place = drafts.findIndex(({ type }) => type === 'blockSealed')
    return replaced(place, (draft) => {
      const changed = change(draft as Draft<BlockSealed>)
      const hash = changed.header && headerHash(changed.header)
      return { ...draft, ...(hash && { hash }), ...changed }
    })(drafts)
  }
}

export function inHeader(fields: Partial<Header>): Lie {
  return inSeal(({ header }) => ({ header: { ...header, ...fields } }))
}

/** Moves, drops or repeats whole shreds of the first block; `order` names them by index. */
export function reordered(order: (shreds: readonly ShredDraft[]) => readonly ShredDraft[]): Lie {
  return (drafts) => {
    const end = drafts.findIndex(({ type }) => type === 'blockSealed')
    const shreds = drafts.slice(1, end) as ShredDraft[]
    return [...drafts.slice(0, 1), ...order(shreds), ...drafts.slice(end)]
  }
}

function replaced(place: number, change: (draft: MessageDraft) => object): Lie {
  return (drafts) => {
    return drafts.map((draft, at) => (at === place ? (change(draft) as MessageDraft) : draft))
  }
}

/** The same bytes but for the last one. */
export function tweaked(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length - 1]! ^= 1
  return copy
}
