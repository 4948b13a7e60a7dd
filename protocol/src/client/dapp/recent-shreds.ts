/** The newest shreds, for whoever asks for a receipt after its shred came. */

import { transactionHash } from '@shredcast/shared/chain/transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Shred } from '../../wire/messages.ts'
import type { ReceivedMessage } from '../stream-reader.ts'

const MESSAGES_MAX = 1024
/** A message keeps the frame alive that it came in, so the first of a frame counts for more. */
const BYTES_MAX = 4 * 1024 * 1024

type KeptMessage = Pick<ReceivedMessage, 'message' | 'bytes'>

interface RecentMessage {
  readonly received: KeptMessage
  /** Of the transaction, once somebody has asked for one. */
  hash?: Hex
}

export class RecentShreds {
  readonly #messages: RecentMessage[] = []
  #bytes = 0

  add(received: KeptMessage): void {
    if (received.message.type === 'chainReverted') {
      // Some of them are no part of the chain any more; JSON-RPC knows which.
      this.#messages.length = 0
      this.#bytes = 0
    }
    this.#messages.push({ received })
    this.#bytes += received.bytes.length
    while (this.#messages.length > MESSAGES_MAX || this.#bytes > BYTES_MAX) {
      this.#bytes -= this.#messages.shift()!.received.bytes.length
    }
  }

  find(hash: Hex): Shred | undefined {
    for (let i = this.#messages.length - 1; i >= 0; i--) {
      const recent = this.#messages[i]!
      const { message } = recent.received
      if (message.type !== 'shred') continue
      recent.hash ??= bytesToHex(transactionHash(message.transaction))
      if (recent.hash === hash) return message
    }
    return undefined
  }
}
