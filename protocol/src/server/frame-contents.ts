/**
 * What is in a frame, read once for all subscribers that filter or merge: its messages, what filters
 * look for in them, and the tree that parts of the frame are proved with.
 */

import { messagesOfOwnFrame } from '../wire/frame.ts'
import type { KeyHash } from '../wire/key-hash.ts'
import { messageHash } from '../wire/message-chain.ts'
import { decodeMessage } from '../wire/message-codec.ts'
import type { TreeNode } from '../wire/message-tree.ts'
import { treeOver } from '../wire/message-tree.ts'
import type { StreamMessage } from '../wire/messages.ts'
import type { ShredKeys } from '../wire/shred-filter.ts'
import { keysOfShred } from '../wire/shred-filter.ts'
import { nextTurn } from './frame-archive.ts'
import type { PublishedFrame } from './frame-log.ts'
import { RecentCache } from './recent-cache.ts'

/** Messages are read for so long at a time. */
const TURN_MS = 2
/** A frame of no more is read at once: the usual one of a few shreds waits for nothing. */
const FEW_MESSAGES = 16

export interface ReadMessage {
  readonly message: StreamMessage
  /** Of a shred. */
  readonly keys: ShredKeys | undefined
}

export class FrameContents {
  readonly messages: readonly Uint8Array[]
  readonly frameBytes: number
  readonly #hash: KeyHash
  readonly #read: ReadMessage[] = []
  #tree: TreeNode | undefined
  #reading: Promise<void> | undefined

  constructor(frame: PublishedFrame, hash: KeyHash) {
    this.messages = messagesOfOwnFrame(frame.bytes)
    this.frameBytes = frame.bytes.length
    this.#hash = hash
    if (this.messages.length <= FEW_MESSAGES) while (this.#readNext());
  }

  /** Begins to read; returns what to wait for before `at` may be called, if there is anything. */
  read(): Promise<void> | undefined {
    if (this.#read.length === this.messages.length) return undefined
    this.#reading ??= this.#readAll()
    return this.#reading
  }

  at(index: number): ReadMessage {
    return this.#read[index]!
  }

  /** Once it is read: the chain goes back, so that what was said before it holds no more. */
  get hasRevert(): boolean {
    return this.#read.some(({ message }) => message.type === 'chainReverted')
  }

  get tree(): TreeNode {
    this.#tree ??= treeOver(this.messages.map(messageHash))
    return this.#tree
  }

  async #readAll(): Promise<void> {
    for (let startedMs = performance.now(); this.#readNext(); ) {
      if (performance.now() - startedMs < TURN_MS) continue
      await nextTurn()
      startedMs = performance.now()
    }
  }

  #readNext(): boolean {
    const bytes = this.messages[this.#read.length]
    if (bytes === undefined) return false
    const message = decodeMessage(bytes)
    const keys = message.type === 'shred' ? keysOfShred(message, this.#hash) : undefined
    this.#read.push({ message, keys })
    return true
  }
}

/** Contents are several times as large as their frame. */
const KEPT_FRAME_BYTES = 4 * 1024 * 1024

/** Contents of the frames that were asked for last. */
export class FrameContentsCache {
  readonly #hash: KeyHash
  readonly #kept = new RecentCache<PublishedFrame, FrameContents>(KEPT_FRAME_BYTES, (contents) => {
    return contents.frameBytes
  })

  constructor(hash: KeyHash) {
    this.#hash = hash
  }

  of(frame: PublishedFrame): FrameContents {
    const known = this.#kept.get(frame)
    if (known !== undefined) return known
    const contents = new FrameContents(frame, this.#hash)
    this.#kept.set(frame, contents)
    return contents
  }
}
