/**
 * The block that a snapshot is of, as its head proves it: the leader has signed that it is a block of
 * its stream, and where; the headers before it follow from that. What the state is, its root says.
 */

import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import type { Header } from '@shredcast/shared/chain/header'
import { decodeHeader, headerHash } from '@shredcast/shared/chain/header'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { InvalidSnapshotError } from '@shredcast/shared/state/snapshot/snapshot-entry'
import type { StoredFrame } from '@shredcast/shared/store/repositories/frame-repository'
import type { SnapshotHead } from '../wire/control-messages.ts'
import type { FrameVerifier } from '../wire/frame.ts'
import { openFrame } from '../wire/frame.ts'
import { ChainVerifier, messageHash } from '../wire/message-chain.ts'
import { decodeMessage } from '../wire/message-codec.ts'
import type { StreamMessage } from '../wire/messages.ts'

export interface SnapshotBlock {
  readonly header: Header
  readonly hash: Uint8Array
  /** Headers and hashes up to the block, ascending. */
  readonly headers: readonly { readonly header: Header; readonly hash: Uint8Array }[]
  /** Where the stream goes on: behind the block, perhaps with messages of the next one. */
  readonly frame: StoredFrame
}

export interface ExpectedChain {
  /** Of the leader. */
  readonly verifier: FrameVerifier
  /** Of the chain's first block. */
  readonly firstNumber: bigint
  readonly genesisHash: Uint8Array
}

/**
 * Reads a head from an untrusted sender.
 * @throws InvalidSnapshotError; what `openFrame`, `decodeMessage` and `decodeHeader` throw
 */
export function snapshotBlock(head: SnapshotHead, chain: ExpectedChain): SnapshotBlock {
  const headers = linkedHeaders(head.headers, chain)
  const newest = headers.at(-1)!
  const messages = openFrame(head.frame, chain.verifier).map((bytes) => {
    return { bytes, message: decodeMessage(bytes) }
  })
  const stream = new ChainVerifier()
  for (const { bytes, message } of messages) stream.check(message, bytes)
  const { number } = newest.header
  if (!messages.some(({ message }) => isWhereBlockBegan(message, number, newest.hash))) {
    throw new InvalidSnapshotError(
      `the leader has not signed that block ${number} is ${bytesToHex(newest.hash)}`,
    )
  }
  const last = messages.at(-1)!
  const frame = {
    bytes: head.frame,
    messageCount: messages.length,
    lastSeq: last.message.seq,
    lastHash: messageHash(last.bytes),
  }
  return { ...newest, headers, frame }
}

function isWhereBlockBegan(message: StreamMessage, number: bigint, hash: Uint8Array): boolean {
  if (message.type === 'chainReverted') {
    return message.number === number && equalBytes(message.hash, hash)
  }
  if (message.type !== 'blockSealed' || message.header.number !== number) return false
  return equalBytes(message.hash, hash)
}

/** As many as BLOCKHASH may ask for, or all there are. */
function linkedHeaders(
  encoded: readonly Uint8Array[],
  { firstNumber, genesisHash }: ExpectedChain,
): { header: Header; hash: Uint8Array }[] {
  const headers = encoded.map((bytes) => {
    const header = decodeHeader(bytes)
    return { header, hash: headerHash(header) }
  })
  for (const [index, { header }] of headers.entries()) {
    const parent = headers[index - 1]
    if (parent === undefined) continue
    const isNext = header.number === parent.header.number + 1n
    if (isNext && equalBytes(header.parentHash, parent.hash)) continue
    throw new InvalidSnapshotError(`header ${header.number} does not follow the one before it`)
  }
  const [oldest] = headers
  if (oldest === undefined) throw new InvalidSnapshotError('the snapshot comes without a header')
  const { number } = oldest.header
  const isWhole = number === firstNumber || BigInt(headers.length) === BLOCK_HASH_COUNT
  if (!isWhole || number < firstNumber) {
    throw new InvalidSnapshotError(`the snapshot comes with ${headers.length} headers alone`)
  }
  if (number === firstNumber && !equalBytes(oldest.hash, genesisHash)) {
    throw new InvalidSnapshotError(`block ${number} is ${bytesToHex(oldest.hash)}, not the genesis`)
  }
  return headers
}
