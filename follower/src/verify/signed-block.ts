/** What a leader signed of a block, as a report has it. */

import type { ReceivedMessage } from '@shredcast/protocol/client/stream-reader'
import { openFrame } from '@shredcast/protocol/wire/frame'
import { createFrameVerifier } from '@shredcast/protocol/wire/frame-verifier'
import { ChainVerifier } from '@shredcast/protocol/wire/message-chain'
import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import type { BlockSealed } from '@shredcast/protocol/wire/messages'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { transactionHashOf } from '../apply/divergence.ts'
import type { DivergenceReport } from '../apply/divergence-report.ts'
import { RefutedReportError } from './refuted-report.ts'

export interface SignedBlock {
  /** From the one that opens the block to the one at fault. */
  readonly messages: readonly ReceivedMessage[]
  /** Of the block before; undefined when the messages are the first there are. */
  readonly parentSeal: BlockSealed | undefined
}

/**
 * Every message is signed, and continues the one before it; the last is the one that is reported.
 * @throws RefutedReportError, and what frames and messages that are not right fail with
 */
export function signedBlock(report: DivergenceReport): SignedBlock {
  const { frames, seq, leaderKey } = report
  if (frames === null) {
    throw new RefutedReportError('the report holds no signed frames: there were too many')
  }
  const all = chainedMessages(frames.map(hexToBytes), hexToBytes(leaderKey))
  const end = all.findIndex(({ message }) => message.seq === seq)
  const fault = all[end]
  if (fault === undefined) {
    throw new RefutedReportError(`no frame of the report holds message ${seq}`)
  }
  if (bytesToHex(fault.bytes) !== report.message) {
    throw new RefutedReportError(`the leader signed another message ${seq} than is reported`)
  }
  if (transactionHashOf(fault) !== report.txHash) {
    throw new RefutedReportError('the reported transaction is not that of the message')
  }
  const start = all.slice(0, end).findLastIndex(({ message }) => message.type === 'blockSealed')
  const seal = all[start]?.message
  if (all.slice(start + 1, end).some(({ message }) => message.type === 'chainReverted')) {
    throw new RefutedReportError(
      'the chain went back before the block: its parent is not in the report',
    )
  }
  return {
    messages: all.slice(start + 1, end + 1),
    parentSeal: seal?.type === 'blockSealed' ? seal : undefined,
  }
}

function chainedMessages(frames: readonly Uint8Array[], leaderKey: Uint8Array): ReceivedMessage[] {
  const verifier = createFrameVerifier(leaderKey)
  const chain = new ChainVerifier()
  return frames.flatMap((frame) =>
    openFrame(frame, verifier).map((bytes) => {
      const message = decodeMessage(bytes)
      chain.check(message, bytes)
      return { message, bytes, signedIn: frame }
    }),
  )
}
