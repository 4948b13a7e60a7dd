/**
 * Snapshots of a node that has its chain in a data folder, leader or relay: of the newest block whose
 * seal it can show, read by a thread beside everything else.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { InvalidSnapshotError } from '@shredcast/shared/state/snapshot/snapshot-entry'
import { decodePlace } from '@shredcast/shared/state/snapshot/snapshot-place'
import { SnapshotThread } from '@shredcast/shared/state/snapshot/snapshot-thread'
import type { SnapshotSource } from '../server/snapshot-reader.ts'
import type { Refusal } from '../server/subscription-check.ts'
import type { SnapshotChunk, SnapshotHead } from '../wire/control-messages.ts'
import { MAX_HEADER_BYTES, MAX_SNAPSHOT_HEAD_BYTES } from '../wire/limits.ts'

/** The newest block that is stored, and the message that sealed it or made it the newest again. */
export interface SealedPlace {
  readonly number: bigint
  readonly hash: Uint8Array
  readonly seq: number
}

export interface SnapshotSourceOptions {
  /** The data folder, which this process has open. */
  readonly path: string
  /** Undefined while there is no block but the genesis. */
  readonly newest: () => SealedPlace | undefined
  /** The signed frame that has the message; undefined when it is gone. */
  readonly frameAt: (seq: number) => Uint8Array | undefined
}

/** Headers at their longest take the rest of a head. */
const FRAME_BYTES_MAX = MAX_SNAPSHOT_HEAD_BYTES - 256 * (MAX_HEADER_BYTES + 8)

/** It has a frame too long to be sent with a snapshot. */
class FrameTooLongError extends BaseError {
  override readonly name = 'Snapshot.FrameTooLongError'
}

export class FolderSnapshots implements SnapshotSource {
  readonly #options: SnapshotSourceOptions
  readonly #thread: SnapshotThread

  constructor(options: SnapshotSourceOptions) {
    this.#options = options
    this.#thread = new SnapshotThread(options.path)
  }

  /** @throws SnapshotThreadError */
  async head(): Promise<SnapshotHead | Refusal> {
    const newest = this.#options.newest()
    const frame = newest && this.#options.frameAt(newest.seq)
    if (newest === undefined || frame === undefined) {
      return { code: 'ahead', reason: 'no block is sealed yet that a snapshot could be of' }
    }
    if (frame.length > FRAME_BYTES_MAX) {
      throw new FrameTooLongError(`the frame that sealed block ${newest.number} is too long`)
    }
    const { hash } = newest
    const found = await this.#thread.run({ type: 'headers', hash })
    return found === undefined ? gone(hash) : { type: 'snapshotHead', frame, ...found }
  }

  /** @throws SnapshotThreadError */
  async chunk(block: Uint8Array, after: Uint8Array): Promise<SnapshotChunk | Refusal> {
    if (!isPlace(after)) return { code: 'badRequest', reason: 'no place in a snapshot' }
    const found = await this.#thread.run({ type: 'content', hash: block, after })
    if (found === undefined) return gone(block)
    const { content, checksum, isLast } = found
    return { type: 'snapshotChunk', after, content, checksum, ...(isLast && { isLast }) }
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}

/** Its state is older than what is kept, or it is no block of the chain. */
function gone(hash: Uint8Array): Refusal {
  return { code: 'tooOld', reason: `the state of block ${bytesToHex(hash)} is not kept any more` }
}

function isPlace(after: Uint8Array): boolean {
  try {
    decodePlace(after)
    return true
  } catch (error) {
    if (error instanceof InvalidSnapshotError) return false
    throw error
  }
}
