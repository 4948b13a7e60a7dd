/** The top of the account trie: a branch over the lanes, or what the only lane has. */

import { LANE_COUNT, TRIE_ROOT } from '../../src/layout/trie'
import { keccak256 } from '../keccak/keccak'
import { finishList, payloadStart, putReference } from './encode'
import {
  isLaneEmpty,
  LANE_POSITION,
  lanePtr,
  markRoot,
  ROOT,
  ROOT_HAS_REFERENCE,
  ROOT_IS_DIRTY,
  ROOT_IS_EMBEDDED,
  ROOT_REFERENCE,
  rootState,
  singleLane,
  trieWord,
  unmarkRoot,
} from './lane'
import { copyEmptyRoot } from './node'
import { refresh, rootHash } from './reference'
import { refreshWide } from './two-streams'

/** Brings the lane's own reference up to date. Holder only; the lane is settled. */
export function hashLane(lane: usize): void {
  if ((rootState(lane) & ROOT_IS_DIRTY) == 0) return
  unmarkRoot(lane, ROOT_IS_DIRTY | ROOT_IS_EMBEDDED)
  const root = <usize>load<u32>(lane, ROOT)
  if (root == 0) return
  refreshWide(root)
  const isEmbedded = refresh(root, LANE_POSITION, lane + ROOT_REFERENCE)
  markRoot(lane, ROOT_HAS_REFERENCE | (isEmbedded ? ROOT_IS_EMBEDDED : 0))
}

/** True when no account exists. */
export function isTrieEmpty(): bool {
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    if (!isLaneEmpty(lanePtr(index))) return false
  }
  return true
}

/** Encodes the branch over the lanes; returns the end of the payload. All lanes are hashed. */
export function encodeTop(): usize {
  let at = payloadStart()
  for (let index: u32 = 0; index < <u32>LANE_COUNT; index++) {
    const lane = lanePtr(index)
    if (isLaneEmpty(lane)) {
      store<u8>(at++, 0x80)
      continue
    }
    at = putReference(at, lane + ROOT_REFERENCE, (rootState(lane) & ROOT_IS_EMBEDDED) != 0)
  }
  store<u8>(at, 0x80)
  return at + 1
}

/** Computes TRIE_ROOT. All lanes are hashed. */
export function hashTop(): void {
  const out = trieWord(TRIE_ROOT)
  const single = singleLane()
  if (single != 0) {
    rootHash(<usize>load<u32>(single, ROOT), 0, out)
  } else if (isTrieEmpty()) {
    copyEmptyRoot(out)
  } else {
    const end = encodeTop()
    const start = finishList(end)
    keccak256(out, start, end - start)
  }
}
