/** Where a NATS stream ends, and whether what a publisher has continues it. */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { PublishedFrame } from '../server/frame-log.ts'
import type { StreamIdentity } from '../server/stream-server.ts'
import { openFrame } from '../wire/frame.ts'
import { createFrameVerifier } from '../wire/frame-verifier.ts'
import { decodeMessage } from '../wire/message-codec.ts'
import type { NatsFrameStream } from './nats-frame-stream.ts'

/** The NATS stream is of another chain, leader or history than what would be published to it. */
export class NatsStreamMismatchError extends BaseError {
  override readonly name = 'Nats.NatsStreamMismatchError'
}

export interface StreamEnd {
  /** The server's number of the newest message there ever was. */
  readonly position: number
  /** `seq` behind the newest whole frame; undefined when there is none. */
  readonly nextSeq?: number
  /** Hash of message `nextSeq - 1`; undefined when it is not known. */
  readonly latestHash?: Uint8Array
}

/** @throws NatsStreamMismatchError, InvalidNatsMessageError */
export async function streamEnd(
  stream: NatsFrameStream,
  identity: StreamIdentity,
): Promise<StreamEnd> {
  const position = await stream.lastPosition()
  const newest = await stream.newest()
  if (newest === undefined) return { position }
  const { hello, part, partCount } = newest
  const { chainId, genesisHash, leaderKey } = hello
  const isSame =
    chainId === identity.chainId &&
    equalBytes(genesisHash, identity.genesisHash) &&
    equalBytes(leaderKey, identity.leaderKey)
  if (!isSame) {
    throw new NatsStreamMismatchError(
      `the NATS stream is of chain ${chainId}, genesis ${bytesToHex(genesisHash)}, leader ` +
        `${bytesToHex(leaderKey)}: publish to another one`,
    )
  }
  if (part < partCount) return { position, nextSeq: hello.oldestSeq }
  return { position, nextSeq: hello.nextSeq, latestHash: hello.latestHash }
}

/**
 * `frame` holds message `nextSeq`, the first that is published over a connection.
 * @throws NatsStreamMismatchError
 */
export function checkContinues(
  frame: PublishedFrame,
  nextSeq: number,
  end: StreamEnd,
  identity: StreamIdentity,
): void {
  if (end.latestHash === undefined || end.nextSeq !== nextSeq || frame.firstSeq > nextSeq) return
  const messages = openFrame(frame.bytes, createFrameVerifier(identity.leaderKey))
  const { prevHash } = decodeMessage(messages[nextSeq - frame.firstSeq]!)
  if (equalBytes(prevHash, end.latestHash)) return
  throw new NatsStreamMismatchError(
    `the NATS stream has another message ${nextSeq - 1} than the stream that is published: ` +
      'publish to another one',
  )
}
