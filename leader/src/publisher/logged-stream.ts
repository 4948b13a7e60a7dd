/**
 * The stream as the shred log has it: where it goes on, and its messages, framed and signed anew, for
 * subscribers that want more than the stream server has in memory.
 */

import type { FrameArchive } from '@shredcast/protocol/server/frame-archive'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { FrameSigner } from '@shredcast/protocol/wire/frame'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'
import { messageHash, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import { prevHashOf } from '@shredcast/protocol/wire/message-link'
import type { ShredLog } from '@shredcast/shared/store/repositories/shred-log'

/**
 * A frame ends before a multiple of this, so that subscribers which began at different messages soon
 * want the same frames.
 */
const FRAME_MESSAGES = 256

/** Reading so much holds the leader for about a millisecond. */
const FRAME_BYTES = 128 * 1024

/** Behind the last message of the log. */
export function tipOfLog(log: ShredLog): ChainTip {
  const { nextSeq } = log
  const [last] = nextSeq === 0 ? [] : log.read(nextSeq - 1, 1)
  return { nextSeq, latestHash: last === undefined ? NO_MESSAGE_HASH : messageHash(last.bytes) }
}

export class LoggedFrames implements FrameArchive {
  readonly #log: ShredLog
  readonly #signer: FrameSigner

  constructor(log: ShredLog, signer: FrameSigner) {
    this.#log = log
    this.#signer = signer
  }

  get oldestSeq(): number {
    return this.#log.firstSeq
  }

  /** @throws StoreCorruptedError */
  frameAt(seq: number, endSeq: number): PublishedFrame | undefined {
    if (seq < this.#log.firstSeq) return undefined
    const end = Math.min(endSeq, seq - (seq % FRAME_MESSAGES) + FRAME_MESSAGES)
    const logged = this.#log.read(seq, end - seq + 1, FRAME_BYTES).map(({ bytes }) => bytes)
    // The message behind the frame says its last hash, as each message does of the one before it.
    const behind = logged.length > 1 ? logged.pop() : undefined
    const last = logged.at(-1)
    if (last === undefined) return undefined
    const lastHash = behind === undefined ? messageHash(last) : prevHashOf(behind)
    const hashes = [...logged.slice(1).map(prevHashOf), lastHash]
    return {
      bytes: sealFrame(logged, this.#signer, hashes),
      firstSeq: seq,
      lastSeq: seq + logged.length - 1,
      lastHash,
    }
  }
}
