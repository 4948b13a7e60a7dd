/**
 * The file in which a follower says where and how a leader diverged, with the message itself, so that
 * a third party who has the same state can check it.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { WitnessAccount } from '../verify/witness.ts'
import type { Difference } from './difference.ts'
import type { BlockPlace, Divergence } from './divergence.ts'
import { transactionHashOf } from './divergence.ts'

const REPORT_VERSION = 2

/** Of a report's frames and accounts, in characters; a report with more leaves them out. */
const EVIDENCE_LENGTH_MAX = 64 * 1024 * 1024

/** Who reports, and about whom. */
export interface ReportOrigin {
  /** Ed25519 key that signed the stream. */
  readonly leaderKey: Uint8Array
  /** The follower's engine and version. */
  readonly follower: { readonly engine: string; readonly version: string }
  readonly chainId: bigint
  readonly genesisHash: Uint8Array
}

/** What the report can be checked with, by whoever has nothing but the genesis. */
export interface ReportEvidence {
  /** Signed, from the seal before the block to the message; undefined when they are too much to keep. */
  readonly frames: readonly Uint8Array[] | undefined
  /** What the block's steps touch of the state before it; undefined when there are no proofs of it. */
  readonly accounts: readonly WitnessAccount[] | undefined
}

/** The report as its file has it: byte strings in hex, large integers in decimal. */
export interface DivergenceReport extends Difference {
  readonly type: 'divergence'
  readonly version: typeof REPORT_VERSION
  readonly blockNumber: string
  readonly shredIndex: BlockPlace
  readonly txHash: Hex | null
  readonly seq: number
  /** The encoded message at fault. */
  readonly message: Hex
  readonly leaderKey: Hex
  readonly follower: ReportOrigin['follower']
  readonly chainId: string
  readonly genesisHash: Hex
  /** As `ReportEvidence` has them; `null` where it has none, or both together are too large. */
  readonly frames: readonly Hex[] | null
  readonly accounts: readonly WitnessAccount[] | null
}

export function divergenceReport(
  divergence: Divergence,
  { leaderKey, follower, chainId, genesisHash }: ReportOrigin,
  evidence: ReportEvidence,
): DivergenceReport {
  const { kind, location, expected, got, blockNumber, place, received } = divergence
  return {
    type: 'divergence',
    version: REPORT_VERSION,
    kind,
    blockNumber: String(blockNumber),
    shredIndex: place,
    txHash: transactionHashOf(received),
    location,
    expected,
    got,
    seq: received.message.seq,
    message: bytesToHex(received.bytes),
    leaderKey: bytesToHex(leaderKey),
    follower,
    chainId: String(chainId),
    genesisHash: bytesToHex(genesisHash),
    ...withinLimit({
      frames: evidence.frames?.map(bytesToHex) ?? null,
      accounts: evidence.accounts ?? null,
    }),
  }
}

function withinLimit(evidence: Pick<DivergenceReport, 'frames' | 'accounts'>) {
  const isTooLong = JSON.stringify(evidence).length > EVIDENCE_LENGTH_MAX
  return isTooLong ? { frames: null, accounts: null } : evidence
}

/** Writes the report into `folder`, which is made if need be, and returns the file's path. */
export async function writeReport(folder: string, report: DivergenceReport): Promise<string> {
  const path = join(folder, `divergence-${report.blockNumber}-${report.shredIndex}.json`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
  return path
}
