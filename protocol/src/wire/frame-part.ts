/** Parts of frames: the messages that concern one subscriber, provable as the whole frame is. */

import type { FrameEntry, LeftOut } from './frame.ts'
import {
  FRAME_HEADER_BYTES,
  FRAME_SIGNATURE_BYTES,
  HASH_BYTES,
  LEFT_OUT,
  MESSAGE_PREFIX_BYTES,
  PARTIAL,
  putMessage,
  startFrame,
} from './frame.ts'
import type { TreeNode } from './message-tree.ts'

/**
 * The part of a whole frame that has the messages for which `isWanted`, at least one of them and not
 * all. `tree` is the one over the frame's messages.
 */
export function partOfFrame(
  frame: Uint8Array,
  tree: TreeNode,
  messages: readonly Uint8Array[],
  isWanted: readonly boolean[],
): Uint8Array {
  const entries = entriesOf(tree, messages, isWanted)
  const bodyBytes = entries.reduce((sum, entry) => {
    return sum + MESSAGE_PREFIX_BYTES + ('bytes' in entry ? entry.bytes.length : HASH_BYTES)
  }, 0)
  const byteLength = FRAME_HEADER_BYTES + bodyBytes + FRAME_SIGNATURE_BYTES
  const part = startFrame(byteLength, PARTIAL, messages.length)
  let offset = FRAME_HEADER_BYTES
  for (const entry of entries) {
    if ('bytes' in entry) offset = putMessage(part, offset, entry.bytes)
    else offset = putLeftOut(part, offset, entry)
  }
  part.set(frame.subarray(frame.length - FRAME_SIGNATURE_BYTES), offset)
  return part
}

function putLeftOut(frame: Uint8Array, offset: number, { span, hash }: LeftOut): number {
  new DataView(frame.buffer).setUint32(offset, LEFT_OUT + span)
  frame.set(hash, offset + MESSAGE_PREFIX_BYTES)
  return offset + MESSAGE_PREFIX_BYTES + HASH_BYTES
}

function entriesOf(
  tree: TreeNode,
  messages: readonly Uint8Array[],
  isWanted: readonly boolean[],
): FrameEntry[] {
  const entries: FrameEntry[] = []
  const walk = (node: TreeNode, start: number): void => {
    const { span, left, right } = node
    if (!isWanted.slice(start, start + span).includes(true)) entries.push(node)
    else if (left === undefined || right === undefined) entries.push({ bytes: messages[start]! })
    else {
      walk(left, start)
      walk(right, start + left.span)
    }
  }
  walk(tree, 0)
  return entries
}
