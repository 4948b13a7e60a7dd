/**
 * The file in which a follower says where and how a leader diverged, with the message itself, so that
 * a third party who has the same state can check it.
 */

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Difference } from './difference.ts'
import type { BlockPlace, Divergence } from './divergence.ts'
import { transactionHashOf } from './divergence.ts'

const REPORT_VERSION = 1

/** Who reports, and about whom. */
export interface ReportOrigin {
  /** Ed25519 key that signed the stream. */
  readonly leaderKey: Uint8Array
  /** The follower's engine and version. */
  readonly follower: { readonly engine: string; readonly version: string }
}

/** The report as its file has it: byte strings in hex, large integers in decimal. */
export interface DivergenceReport extends Difference {
  readonly version: typeof REPORT_VERSION
  readonly blockNumber: string
  readonly shredIndex: BlockPlace
  readonly txHash: Hex | null
  readonly seq: number
  /** The encoded message at fault. */
  readonly message: Hex
  readonly leaderKey: Hex
  readonly follower: ReportOrigin['follower']
}

export function divergenceReport(
  divergence: Divergence,
  { leaderKey, follower }: ReportOrigin,
): DivergenceReport {
  const { kind, location, expected, got, blockNumber, place, received } = divergence
  return {
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
  }
}

/** Writes the report into `folder`, which is made if need be, and returns the file's path. */
export async function writeReport(folder: string, report: DivergenceReport): Promise<string> {
  const path = join(folder, `divergence-${report.blockNumber}-${report.shredIndex}.json`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
  return path
}
