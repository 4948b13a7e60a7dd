/**
 * The hash tree over the messages of a frame, whose root the leader signs: any selection of them can
 * be proved with the hashes of what is left out. It is the tree of RFC 9162, section 2.1.1, with the
 * messages' own hashes for leaves. No message begins with the byte of an inner node, so neither can
 * pass for the other; the shape follows from the number of messages, which is signed as well.
 *
 *                 root                  a node of `span` leaves has the largest power of two
 *            /            \             below `span` on its left
 *         0..3             4
 *       /      \           |
 *     0, 1    2, 3         4
 */

import { sha256 } from '@shredcast/shared/primitives/sha256'

const INNER_NODE = 1
const HASH_BYTES = 32

export interface TreeNode {
  /** 32 bytes. */
  readonly hash: Uint8Array
  /** How many leaves are below it. */
  readonly span: number
  readonly left?: TreeNode
  readonly right?: TreeNode
}

/** The tree over at least one leaf; keeps all nodes. */
export function treeOver(hashes: readonly Uint8Array[], start = 0, span = hashes.length): TreeNode {
  if (span === 1) return { hash: hashes[start]!, span }
  const leftSpan = leftSpanOf(span)
  const left = treeOver(hashes, start, leftSpan)
  const right = treeOver(hashes, start + leftSpan, span - leftSpan)
  return { hash: innerHash(left.hash, right.hash), span, left, right }
}

/** Leaves on the left of a node that has at least two. */
export function leftSpanOf(span: number): number {
  return 2 ** (31 - Math.clz32(span - 1))
}

export function innerHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + 2 * HASH_BYTES)
  bytes[0] = INNER_NODE
  bytes.set(left, 1)
  bytes.set(right, 1 + HASH_BYTES)
  return sha256(bytes)
}
