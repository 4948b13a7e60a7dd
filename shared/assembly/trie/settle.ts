/**
 * The end of a lane's changes: accounts that do not exist are removed, and branches that were left
 * with one blinded child name it, because they cannot be hashed as they are.
 */

import { STAGED_DOUBTFUL, STAGED_HASH } from '../../src/layout/trie'
import { doesExist, removeAccount } from './apply'
import {
  DOUBTFUL,
  isLaneBlinded,
  LANE_POSITION,
  laneIndex,
  LONELY_COUNT,
  ROOT,
  singleLane,
} from './lane'
import { noteMissing } from './missing'
import {
  ACCOUNT,
  ACCOUNT_FLAGS,
  BRANCH,
  childCell,
  childCount,
  CHILDREN,
  depthOf,
  DIRTY,
  KEY,
  kindOf,
  STORAGE,
  STORAGE_IS_DIRTY,
} from './node'
import { setNibble } from './nibbles'
import { findLeaf } from './find'
import { kernelScratch } from '../memory/thread'

/** Behind the parts of encoder, decoder and slots. */
const SINGLE_KEY_OFFSET: usize = 1344

/** Everything is applied. Holder only; what is missing then is noted. */
export function settleLane(lane: usize): void {
  let staged = <usize>load<u32>(lane, DOUBTFUL)
  store<u32>(lane, 0, DOUBTFUL)
  for (; staged != 0; staged = <usize>load<u32>(staged, STAGED_DOUBTFUL)) {
    const key = staged + STAGED_HASH
    const account = findLeaf(<usize>load<u32>(lane, ROOT), key)
    if (account != 0 && !doesExist(account)) removeAccount(lane, account, key)
  }
  if (load<u32>(lane, LONELY_COUNT) != 0) seekLonely(lane, 0, <usize>load<u32>(lane, ROOT))
}

/** A branch becomes lonely by a change, so it hangs where references are out of date. */
function seekLonely(lane: usize, owner: usize, node: usize): void {
  const kind = kindOf(node)
  if (kind == ACCOUNT) {
    const isDirty = (<u32>load<u8>(node, ACCOUNT_FLAGS) & STORAGE_IS_DIRTY) != 0
    const storage = <usize>load<u32>(node, STORAGE)
    if (isDirty && storage != 0) seekLonely(lane, node, storage)
  }
  if (kind != BRANCH) return
  if (childCount(node) == 1) {
    const depth = depthOf(node)
    const path = noteMissing(lane, owner, node + KEY, depth + 1)
    setNibble(path, depth, ctz<u32>(load<u16>(node, CHILDREN)))
    return
  }
  for (let dirty = <u32>load<u16>(node, DIRTY); dirty != 0; dirty &= dirty - 1) {
    seekLonely(lane, owner, <usize>load<u32>(childCell(node, ctz<u32>(dirty))))
  }
}

/** The only lane's root has to be known, because it hangs at the root. All lanes are settled. */
export function settleTop(): void {
  const lane = singleLane()
  if (lane == 0 || !isLaneBlinded(lane)) return
  const path = kernelScratch() + SINGLE_KEY_OFFSET
  setNibble(path, 0, laneIndex(lane))
  noteMissing(lane, 0, path, LANE_POSITION)
}
