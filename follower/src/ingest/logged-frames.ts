/**
 * What the folder's frames have behind its newest block: frames that were received, perhaps passed on,
 * and whose blocks are not stored yet. They are verified again before the stream goes on.
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import type { FrameVerifier } from '@shredcast/protocol/wire/frame'
import { openFrame } from '@shredcast/protocol/wire/frame'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'
import { ChainVerifier, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { StoredFrame } from '@shredcast/shared/store/repositories/frame-repository'
import type { Head } from '@shredcast/shared/store/repositories/meta-repository'
import type { StoreTables } from '@shredcast/shared/store/store'

/** Frames and blocks of a data folder are not of one history. */
export class FrameMismatchError extends BaseError {
  override readonly name = 'Follower.FrameMismatchError'
}

/** A frame and those of its messages that are behind the newest block. */
export interface LoggedFrame {
  readonly frame: StoredFrame
  readonly messages: readonly ReceivedMessage[]
}

export interface LoggedFrames {
  /** The seal of the newest block, or the way back to it; undefined behind the genesis. */
  readonly seal?: ReceivedMessage
  /** In order. */
  readonly frames: readonly LoggedFrame[]
  /** Behind the last frame, where the stream goes on. */
  readonly end: ChainTip
}

/**
 * The frames with messages behind the seal of `head`, or behind the way back to it; all of them while there is no block but the
 * genesis.
 * @throws FrameMismatchError; what `openFrame` and `decodeMessage` throw at a damaged folder
 */
export function loggedFramesAbove(
  tables: StoreTables,
  head: Head,
  {
    verifier,
    isGenesis,
    mayRevert,
  }: { verifier: FrameVerifier; isGenesis: boolean; mayRevert: boolean },
): LoggedFrames {
  const frames: LoggedFrame[] = []
  const last = tables.snapshot(() => tables.frames.last())
  let seal: ReceivedMessage | undefined
  for (let frame = last; frame && seal === undefined; frame = frameBefore(tables, frame)) {
    const messages = receivedIn(frame, verifier)
    const sealIndex = messages.findLastIndex((received) =>
      isWhereHeadBegan(head, received, mayRevert),
    )
    seal = messages[sealIndex]
    const above = messages.slice(sealIndex + 1)
    if (above.length > 0) frames.unshift({ frame, messages: above })
  }
  if (last === undefined) return noFrames(head, isGenesis)
  // Behind the genesis come all of them.
  const isWhole = seal !== undefined || (isGenesis && frames[0]?.messages[0]?.message.seq === 0)
  if (!isWhole) throw mismatch(head)
  const end = { nextSeq: last.lastSeq + 1, latestHash: last.lastHash }
  return { ...(seal && { seal }), frames: withoutRepeats(frames), end }
}

/**
 * Of a folder that has received nothing yet.
 * @throws FrameMismatchError when it has blocks
 */
export function noFrames(head: Head, isGenesis: boolean): LoggedFrames {
  if (isGenesis) return { frames: [], end: { nextSeq: 0, latestHash: NO_MESSAGE_HASH } }
  throw mismatch(head)
}

function mismatch(head: Head): FrameMismatchError {
  return new FrameMismatchError(
    `the folder has block ${head.number}, but not the frame that sealed it: it is no follower's, ` +
      'or damaged; put a copy of it in its place, or take a new one',
  )
}

function frameBefore(tables: StoreTables, frame: StoredFrame): StoredFrame | undefined {
  const firstSeq = frame.lastSeq - frame.messageCount + 1
  if (firstSeq === 0) return undefined
  const [before] = tables.snapshot(() => tables.frames.read(firstSeq - 1, 1))
  return before === undefined || before.lastSeq >= frame.lastSeq ? undefined : before
}

function receivedIn({ bytes: signedIn }: StoredFrame, verifier: FrameVerifier): ReceivedMessage[] {
  return openFrame(signedIn, verifier).map((bytes) => {
    return { message: decodeMessage(bytes), bytes, signedIn }
  })
}

/** Frames may overlap, and must continue each other otherwise. */
function withoutRepeats(frames: readonly LoggedFrame[]): LoggedFrame[] {
  const chain = new ChainVerifier()
  return frames.map(({ frame, messages }) => {
    const added = messages.filter(({ message }) => message.seq >= (chain.nextSeq ?? message.seq))
    for (const { message, bytes } of added) chain.check(message, bytes)
    return { frame, messages: added }
  })
}

/** The seal of the head, or the way back to it. */
function isWhereHeadBegan(head: Head, { message }: ReceivedMessage, mayRevert: boolean): boolean {
  if (message.type === 'chainReverted') return isAt(head, message)
  if (message.type !== 'blockSealed' || message.header.number > head.number) return false
  const sealed = { number: message.header.number, hash: message.hash }
  if (isAt(head, sealed)) return true
  // Of blocks that came when the chain had gone back behind the head.
  if (mayRevert) return false
  throw new FrameMismatchError(
    `the folder's frames end with block ${sealed.number} ${bytesToHex(sealed.hash)}, its blocks with ` +
      `${head.number} ${bytesToHex(head.hash)}: put a copy of it in its place`,
  )
}

function isAt(head: Head, { number, hash }: Head): boolean {
  return number === head.number && equalBytes(hash, head.hash)
}
