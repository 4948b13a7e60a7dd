/** Looking, without changing anything. */

import { childCell, BRANCH, CHILDREN, depthOf, hasBit, KEY, kindOf } from './node'
import { KEY_NIBBLES, nibbleAt, sharedNibbles } from './nibbles'

/** The leaf of `key` below `node`; 0 when there is none, or it is not revealed. */
export function findLeaf(node: usize, key: usize): usize {
  while (node != 0 && kindOf(node) == BRANCH) {
    const nibble = nibbleAt(key, depthOf(node))
    node = hasBit(node, CHILDREN, nibble) ? <usize>load<u32>(childCell(node, nibble)) : 0
  }
  if (node == 0 || sharedNibbles(node + KEY, key, KEY_NIBBLES) < KEY_NIBBLES) return 0
  return node
}
