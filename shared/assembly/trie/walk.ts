/**
 * The way from a root to a key. It is walked in order to change something there, so everything on
 * it is marked: its references out of date, unsaved, of the current generation.
 */

import {
  BRANCH,
  childCell,
  DIRTY,
  depthOf,
  EMBEDDED,
  GENERATION,
  hasBit,
  CHILDREN,
  KEY,
  kindOf,
  setBit,
  UNSAVED,
} from './node'
import { generation } from './lane'
import { KEY_NIBBLES, nibbleAt, sharedNibbles } from './nibbles'
import { revealEmbedded } from './decode'

/** A leaf with the key hangs at the cell. */
export const FOUND: u32 = 0
/** The branch at the cell has no child for the key. */
export const NO_CHILD: u32 = 1
/** What hangs at the cell leaves the key at `walkSplit`. */
const SPLIT: u32 = 2
/** The way leads into a blinded node: its path is the first `walkPosition` nibbles of the key. */
export const BLINDED: u32 = 3

// Worker-local: where the last walk ended. A cell is where the pointer to a node stands.
/** The cell, and the nibbles that lead to what hangs there. */
export let walkCell: usize = 0
export let walkPosition: u32 = 0
/** The same of the branch above, 0 if there is none. */
export let walkParentCell: usize = 0
export let walkParentPosition: u32 = 0
/** The first nibble at which the key is another. */
export let walkSplit: u32 = 0

/** Walks from a root that is not blinded and not empty, and hangs at `position`. */
export function walk(
  lane: usize,
  owner: usize,
  root: usize,
  position: u32,
  key: usize,
): u32 {
  const now = generation()
  walkParentCell = 0
  walkCell = root
  walkPosition = position
  while (true) {
    const node = <usize>load<u32>(walkCell)
    store<u32>(node, now, GENERATION)
    if (kindOf(node) != BRANCH) {
      walkSplit = sharedNibbles(node + KEY, key, KEY_NIBBLES)
      return walkSplit == KEY_NIBBLES ? FOUND : SPLIT
    }
    const depth = depthOf(node)
    if (depth != walkPosition) {
      walkSplit = sharedNibbles(node + KEY, key, depth)
      if (walkSplit < depth) return SPLIT
    }
    const nibble = nibbleAt(key, depth)
    if (!hasBit(node, CHILDREN, nibble)) return NO_CHILD
    const cell = childCell(node, nibble)
    if (load<u32>(cell) == 0) {
      if (!hasBit(node, EMBEDDED, nibble)) {
        walkPosition = depth + 1
        return BLINDED
      }
      revealEmbedded(lane, owner, node, nibble)
    }
    setBit(node, DIRTY, nibble)
    setBit(node, UNSAVED, nibble)
    walkParentCell = walkCell
    walkParentPosition = walkPosition
    walkCell = cell
    walkPosition = depth + 1
  }
}
