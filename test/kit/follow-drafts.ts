/** A follower's intake that is given a whole stream, true or not. */

import { DivergenceError } from '@shredcast/follower/apply/divergence'
import type { BlockIntakeOptions, BlockReport } from '@shredcast/follower/ingest/block-intake'
import { BlockIntake } from '@shredcast/follower/ingest/block-intake'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { receivedStream } from './honest-stream.ts'

/** What the follower verified, and where it diverged, if it did. */
export async function followDrafts(drafts: readonly MessageDraft[], options: BlockIntakeOptions) {
  const verified: BlockReport[] = []
  const onBlock = (report: BlockReport) => {
    verified.push(report)
    options.onBlock?.(report)
  }
  const intake = new BlockIntake({ ...options, onBlock })
  try {
    for (const received of receivedStream(drafts)) await intake.take(received)
    return { verified, divergence: undefined }
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error
    return { verified, divergence: error.divergence }
  } finally {
    await intake.abandon()
  }
}
