/**
 * References below a branch, two at a time: the subtries of its children that are out of date are
 * divided among two streams, each of which goes through its own bottom-up, and both hash in one
 * permutation (`keccak/two-lanes.ts`). A stream never waits for the other: whichever has hashed a
 * node goes on with its next one.
 *
 *   Scratch  0 states[400]  400 branch  404 children not taken  416 stream[2]  512 message[2]
 *            2048 frames[2]
 *   Stream   0 frames  4 blocks left  8 next block  12 nibble of the child that it is below
 *   Frame    0 node  4 position where it hangs  8 where its reference goes  12 flags
 */

import { STORAGE_ROOT } from '../../src/layout/trie'
import { BLOCK_BYTES } from '../keccak/keccak'
import { addBlock, beginMessage, padMessage, permuteTwo, takeHash } from '../keccak/two-lanes'
import { streamScratch } from '../memory/thread'
import { encodeExtension, encodeNode, finishList } from './encode'
import {
  ACCOUNT,
  ACCOUNT_FLAGS,
  BRANCH,
  childCell,
  childReference,
  depthOf,
  DIRTY,
  KEY,
  kindOf,
  STORAGE,
  STORAGE_IS_DIRTY,
} from './node'
import {
  hasExtension,
  HASH_BYTES,
  markHashed,
  markStorageHashed,
  refresh,
  refreshBelow,
} from './reference'

const PARENT: usize = 400
const CHILDREN_LEFT: usize = 404
const STREAMS: usize = 416
const STREAM_BYTES: usize = 16
const MESSAGES: usize = 512
/** A full branch takes four blocks. */
const MESSAGE_BYTES: usize = 704
const FRAMES: usize = 2048
const FRAME_BYTES: usize = 16
const FRAMES_BYTES: usize = 1024
/** What is deeper is hashed by itself. */
const FRAME_COUNT_MAX: u32 = 64

const FRAME_COUNT: usize = 0
const BLOCKS_LEFT: usize = 4
const NEXT_BLOCK: usize = 8
const NIBBLE: usize = 12

const NODE: usize = 0
const POSITION: usize = 4
const OUT: usize = 8
const FLAGS: usize = 12

/** A root is known by its hash however short it is. */
const IS_ROOT: u32 = 1
/** The branch has its reference, and the extension before it is next. */
const IS_EXTENSION: u32 = 2
/** That reference is a short node. */
const IS_EMBEDDED: u32 = 4

@inline
function streamPtr(index: usize): usize {
  return streamScratch() + STREAMS + index * STREAM_BYTES
}

@inline
function topFrame(index: usize): usize {
  const count = <usize>load<u32>(streamPtr(index), FRAME_COUNT)
  return streamScratch() + FRAMES + index * FRAMES_BYTES + (count - 1) * FRAME_BYTES
}

/** Brings all references that the node keeps up to date, two at a time where it divides. */
export function refreshWide(node: usize): void {
  let wide = node
  while (wide != 0) {
    const kind = kindOf(wide)
    if (kind == BRANCH) {
      const dirty = <u32>load<u16>(wide, DIRTY)
      if (popcnt<u32>(dirty) > 1) refreshChildren(wide, dirty)
      if (popcnt<u32>(dirty) != 1) break
      wide = <usize>load<u32>(childCell(wide, ctz<u32>(dirty)))
    } else {
      if (kind != ACCOUNT || !isStorageDirty(wide)) break
      wide = <usize>load<u32>(wide, STORAGE)
    }
  }
  refreshBelow(node)
}

@inline
function isStorageDirty(account: usize): bool {
  return (<u32>load<u8>(account, ACCOUNT_FLAGS) & STORAGE_IS_DIRTY) != 0
}

function refreshChildren(branch: usize, dirty: u32): void {
  const states = streamScratch()
  store<u32>(states, <u32>branch, PARENT)
  store<u32>(states, dirty, CHILDREN_LEFT)
  store<u32>(streamPtr(0), 0, FRAME_COUNT)
  store<u32>(streamPtr(1), 0, FRAME_COUNT)
  let isFirstBusy = goOn(0)
  let isSecondBusy = goOn(1)
  while (isFirstBusy || isSecondBusy) {
    permuteTwo(states)
    if (isFirstBusy) isFirstBusy = advance(0)
    if (isSecondBusy) isSecondBusy = advance(1)
  }
}

/** The stream's block is absorbed: the next one, or the next message; false when none is left. */
function advance(index: usize): bool {
  const stream = streamPtr(index)
  const left = load<u32>(stream, BLOCKS_LEFT) - 1
  if (left == 0) {
    takeHash(streamScratch(), index, <usize>load<u32>(topFrame(index), OUT))
    finish(index, false)
    return goOn(index)
  }
  const block = load<u32>(stream, NEXT_BLOCK)
  store<u32>(stream, left, BLOCKS_LEFT)
  store<u32>(stream, block + <u32>BLOCK_BYTES, NEXT_BLOCK)
  addBlock(streamScratch(), index, <usize>block)
  return true
}

/** Goes on until a message waits for the permutation; false when nothing is left. */
function goOn(index: usize): bool {
  while (load<u32>(streamPtr(index), FRAME_COUNT) != 0 || takeChild(index)) {
    const frame = topFrame(index)
    const isBelowDone = (load<u32>(frame, FLAGS) & IS_EXTENSION) != 0
    if (!isBelowDone && descend(index, <usize>load<u32>(frame, NODE))) continue
    if (encode(index, frame)) return true
    finish(index, true)
  }
  return false
}

/** Takes the next child of the parent; false when all are taken. */
function takeChild(index: usize): bool {
  const left = load<u32>(streamScratch(), CHILDREN_LEFT)
  if (left == 0) return false
  const parent = <usize>load<u32>(streamScratch(), PARENT)
  const nibble = ctz<u32>(left)
  store<u32>(streamScratch(), left & (left - 1), CHILDREN_LEFT)
  store<u32>(streamPtr(index), nibble, NIBBLE)
  push(index, <usize>load<u32>(childCell(parent, nibble)), depthOf(parent) + 1)
  store<u32>(topFrame(index), <u32>childReference(parent, nibble), OUT)
  return true
}

function push(index: usize, node: usize, position: u32): void {
  const stream = streamPtr(index)
  store<u32>(stream, load<u32>(stream, FRAME_COUNT) + 1, FRAME_COUNT)
  const frame = topFrame(index)
  store<u32>(frame, <u32>node, NODE)
  store<u32>(frame, position, POSITION)
  store<u32>(frame, 0, FLAGS)
}

/** Turns to what is out of date below the node; false when nothing is. */
function descend(index: usize, node: usize): bool {
  const isFull = load<u32>(streamPtr(index), FRAME_COUNT) == FRAME_COUNT_MAX
  const kind = kindOf(node)
  if (kind == BRANCH) {
    const dirty = <u32>load<u16>(node, DIRTY)
    if (dirty == 0) return false
    const nibble = ctz<u32>(dirty)
    const child = <usize>load<u32>(childCell(node, nibble))
    const out = childReference(node, nibble)
    if (isFull) {
      markHashed(node, nibble, refresh(child, depthOf(node) + 1, out))
    } else {
      push(index, child, depthOf(node) + 1)
      store<u32>(topFrame(index), <u32>out, OUT)
    }
    return true
  }
  if (kind != ACCOUNT || !isStorageDirty(node)) return false
  const storage = <usize>load<u32>(node, STORAGE)
  if (storage == 0 || isFull) {
    refreshBelow(node)
    return false
  }
  push(index, storage, 0)
  store<u32>(topFrame(index), <u32>(node + STORAGE_ROOT), OUT)
  store<u32>(topFrame(index), IS_ROOT, FLAGS)
  return true
}

/** Encodes what the frame is at; false when that is so short that it is its own reference. */
function encode(index: usize, frame: usize): bool {
  const node = <usize>load<u32>(frame, NODE)
  const position = load<u32>(frame, POSITION)
  const out = <usize>load<u32>(frame, OUT)
  const flags = load<u32>(frame, FLAGS)
  const isExtension = (flags & IS_EXTENSION) != 0
  const isLast = isExtension || !hasExtension(node, position)
  const end = isExtension
    ? encodeExtension(node + KEY, position, depthOf(node), out, (flags & IS_EMBEDDED) != 0)
    : encodeNode(node, isLast ? position : depthOf(node))
  const start = finishList(end)
  const bytes = end - start
  if (bytes < HASH_BYTES && !(isLast && (flags & IS_ROOT) != 0)) {
    memory.copy(out, start, bytes)
    return false
  }
  const message = streamScratch() + MESSAGES + index * MESSAGE_BYTES
  memory.copy(message, start, bytes)
  const stream = streamPtr(index)
  store<u32>(stream, padMessage(message, bytes), BLOCKS_LEFT)
  store<u32>(stream, <u32>(message + BLOCK_BYTES), NEXT_BLOCK)
  beginMessage(streamScratch(), index, message)
  return true
}

/** What the frame is at has its reference: the extension before it is next, or its parent. */
function finish(index: usize, isEmbedded: bool): void {
  const stream = streamPtr(index)
  const frame = topFrame(index)
  const flags = load<u32>(frame, FLAGS)
  const isExtension = (flags & IS_EXTENSION) != 0
  if (!isExtension && hasExtension(<usize>load<u32>(frame, NODE), load<u32>(frame, POSITION))) {
    store<u32>(frame, flags | IS_EXTENSION | (isEmbedded ? IS_EMBEDDED : 0), FLAGS)
    return
  }
  const left = load<u32>(stream, FRAME_COUNT) - 1
  store<u32>(stream, left, FRAME_COUNT)
  if (left == 0) {
    const parent = <usize>load<u32>(streamScratch(), PARENT)
    markHashed(parent, load<u32>(stream, NIBBLE), isEmbedded)
    return
  }
  const above = <usize>load<u32>(topFrame(index), NODE)
  if (kindOf(above) == BRANCH) markHashed(above, ctz<u32>(load<u16>(above, DIRTY)), isEmbedded)
  else markStorageHashed(above)
}
