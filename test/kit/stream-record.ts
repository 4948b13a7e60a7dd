/**
 * What subscribers have received of one stream, over all connections and all lives of its leader: one
 * unbroken chain, whoever was told what and when.
 */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import { messageHash, NO_MESSAGE_HASH } from '@shredcast/protocol/wire/message-chain'
import type { BlockSealed, StreamMessage } from '@shredcast/protocol/wire/messages'
import { headerHash } from '@shredcast/shared/chain/header'
import { equalBytes } from '@shredcast/shared/primitives/bytes'

export class StreamRecord {
  /** Everything that may not be, in words. */
  readonly faults: string[] = []
  readonly #hashes: Uint8Array[] = []
  #sealed: BlockSealed | undefined
  /** Messages that were received when they had been before. */
  repeated = 0

  /** `seq` behind the newest message. */
  get nextSeq(): number {
    return this.#hashes.length
  }

  /** The newest seal. */
  get sealed(): BlockSealed | undefined {
    return this.#sealed
  }

  hashOf(seq: number): Uint8Array | undefined {
    return this.#hashes[seq]
  }

  take({ message, bytes }: ReceivedMessage): void {
    const { seq } = message
    const hash = messageHash(bytes)
    if (seq > this.nextSeq) {
      this.faults.push(`message ${seq} came before ${this.nextSeq}`)
    } else if (seq < this.nextSeq) {
      this.repeated++
      if (!equalBytes(hash, this.#hashes[seq]!)) this.faults.push(`message ${seq} is another now`)
    } else {
      const before = this.#hashes[seq - 1] ?? NO_MESSAGE_HASH
      if (!equalBytes(message.prevHash, before)) this.faults.push(`message ${seq} breaks the chain`)
      this.#hashes.push(hash)
      this.#takeBlock(message)
    }
  }

  #takeBlock(message: StreamMessage): void {
    if (message.type !== 'blockSealed') return
    const { header, hash } = message
    const parent = this.#sealed
    if (!equalBytes(headerHash(header), hash)) this.faults.push(`block ${header.number}: its hash`)
    if (parent && !equalBytes(header.parentHash, parent.hash)) {
      this.faults.push(`block ${header.number} is not on block ${parent.header.number}`)
    }
    this.#sealed = message
  }
}
