/**
 * The order that messages must have, from what they say themselves: a block opens, its shreds count up
 * from 0 without a gap, the seal counts the same number. The stream's own chain (`seq`, `prevHash`)
 * only proves that the leader sent them in this order; that the order is right is checked here.
 *
 *     between blocks --BlockOpened--> in a block --Shred*--> in a block --BlockSealed--> between blocks
 *     between blocks --ChainReverted--> between blocks
 */

import type { BlockOpened, StreamMessage } from '@shredcast/protocol/wire/messages'
import type { Difference } from '../apply/difference.ts'
import { difference } from '../apply/difference.ts'
import type { BlockPlace } from '../apply/divergence.ts'

export interface Misplacement extends Difference {
  readonly blockNumber: bigint
  readonly place: BlockPlace
}

export class MessageOrder {
  #opened: BlockOpened | undefined
  #shredCount = 0
  /** Until the first block opens, when the stream may be joined in the middle of one. */
  #isJoining: boolean

  constructor(mayJoinInBlock: boolean) {
    this.#isJoining = mayJoinInBlock
  }

  /** Whether the message belongs to a block that opened before the stream was joined. */
  isBeforeFirstBlock(message: StreamMessage): boolean {
    if (message.type === 'blockOpened') this.#isJoining = false
    return this.#isJoining
  }

  /** Takes the message to be the next one, or tells what would have to stand in its place. */
  next(message: StreamMessage): Misplacement | undefined {
    const { type } = message
    if (this.#opened === undefined) {
      if (type === 'chainReverted') return undefined
      if (type !== 'blockOpened') return this.#misplaced(message, 'type', 'blockOpened', type)
      this.#opened = message
      this.#shredCount = 0
      return undefined
    }
    if (type === 'blockOpened' || type === 'chainReverted') {
      return this.#misplaced(message, 'type', 'shred or blockSealed', type)
    }
    return type === 'shred' ? this.#shred(message) : this.#seal(message)
  }

  #shred(message: StreamMessage & { type: 'shred' }): Misplacement | undefined {
    const { blockNumber, shredIndex } = message
    const { number } = this.#opened!.context
    if (blockNumber !== number) {
      return this.#misplaced(message, 'blockNumber', number, blockNumber)
    }
    if (shredIndex !== this.#shredCount) {
      return this.#misplaced(message, 'shredIndex', this.#shredCount, shredIndex)
    }
    this.#shredCount++
    return undefined
  }

  #seal(message: StreamMessage & { type: 'blockSealed' }): Misplacement | undefined {
    if (message.shredCount !== this.#shredCount) {
      return this.#misplaced(message, 'shredCount', this.#shredCount, message.shredCount)
    }
    this.#opened = undefined
    return undefined
  }

  #misplaced(
    message: StreamMessage,
    field: string,
    expected: bigint | number | string,
    got: bigint | number | string,
  ): Misplacement {
    return {
      ...difference('sequence', { kind: 'message', field }, expected, got),
      blockNumber: this.#opened?.context.number ?? blockNumberOf(message),
      place: this.#placeOf(message),
    }
  }

  /** The place that is not filled as it should be: where a shred stands, the one that was due. */
  #placeOf(message: StreamMessage): BlockPlace {
    if (this.#opened === undefined) return 'open'
    return message.type === 'shred' ? this.#shredCount : 'seal'
  }
}

/** Number of the block that the message says it belongs to. */
function blockNumberOf(message: StreamMessage): bigint {
  if (message.type === 'blockOpened') return message.context.number
  if (message.type === 'chainReverted') return message.number
  return message.type === 'shred' ? message.blockNumber : message.header.number
}
