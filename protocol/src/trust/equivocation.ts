/**
 * Evidence that a leader signed two different messages for one `seq`, as a file that anybody can check
 * who knows the leader's key. A signed frame says of each message in it what its hash is, and by
 * `prevHash` what the hash of the message before it is; two frames that do not agree convict.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, equalBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { EquivocationError } from '../client/equivocation-error.ts'
import { openFrameOrPart } from '../wire/frame.ts'
import { createFrameVerifier } from '../wire/frame-verifier.ts'
import { messageHash } from '../wire/message-chain.ts'
import { decodeMessage } from '../wire/message-codec.ts'

const EVIDENCE_VERSION = 1

/** As its file has it. */
export interface EquivocationEvidence {
  readonly type: 'equivocation'
  readonly version: typeof EVIDENCE_VERSION
  /** Ed25519 key that signed both frames. */
  readonly leaderKey: Hex
  /** The message of which there are two. */
  readonly seq: number
  /** What each frame says that its hash is. */
  readonly hashes: readonly [Hex, Hex]
  /** Whole, with their signatures. */
  readonly frames: readonly [Hex, Hex]
}

/** The evidence does not show what it says; `message` is why. */
export class UnprovenError extends BaseError {
  override readonly name = 'Trust.UnprovenError'
}

export function equivocationEvidence({ evidence }: EquivocationError): EquivocationEvidence {
  const { leaderKey, seq, first, second } = evidence
  return {
    type: 'equivocation',
    version: EVIDENCE_VERSION,
    leaderKey: bytesToHex(leaderKey),
    seq,
    hashes: [bytesToHex(first.hash), bytesToHex(second.hash)],
    frames: [bytesToHex(first.frame), bytesToHex(second.frame)],
  }
}

/** Writes the evidence into `folder`, which is made if need be, and returns the file's path. */
export async function writeEvidence(
  folder: string,
  evidence: EquivocationEvidence,
): Promise<string> {
  const path = join(folder, `equivocation-${evidence.seq}.json`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, `${JSON.stringify(evidence, null, 2)}\n`)
  return path
}

/** @throws UnprovenError, and what `openFrameOrPart` and `decodeMessage` throw */
export function checkEquivocation(evidence: EquivocationEvidence): void {
  const { seq, hashes, frames, leaderKey } = evidence
  if (hashes[0] === hashes[1]) throw new UnprovenError('both hashes are the same')
  const key = hexToBytes(leaderKey)
  for (const index of [0, 1] as const) {
    if (!saysHash(hexToBytes(frames[index]), key, seq, hexToBytes(hashes[index]))) {
      throw new UnprovenError(
        `frame ${index} does not say that message ${seq} has the hash ${hashes[index]}`,
      )
    }
  }
}

function saysHash(frame: Uint8Array, key: Uint8Array, seq: number, hash: Uint8Array): boolean {
  return openFrameOrPart(frame, createFrameVerifier(key)).messages.some(({ bytes }) => {
    const message = decodeMessage(bytes)
    return (
      (message.seq === seq && equalBytes(messageHash(bytes), hash)) ||
      (message.seq === seq + 1 && equalBytes(message.prevHash, hash))
    )
  })
}
