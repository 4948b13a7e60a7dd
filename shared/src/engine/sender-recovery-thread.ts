/** The thread of `SenderRecovery`: takes batches of signed bytes and answers with their senders. */

import { parentPort } from 'node:worker_threads'
import { decodeTransaction } from '../chain/transaction.ts'
import { recoverSender } from './sender.ts'
import type { RecoveryBatch } from './sender-recovery.ts'
import { SENDER_BYTES } from './sender-recovery.ts'

parentPort?.on('message', ({ bytes, ends }: RecoveryBatch) => {
  const answers = new Uint8Array(ends.length * SENDER_BYTES)
  let start = 0
  for (const [index, end] of ends.entries()) {
    const sender = recoverSender(decodeTransaction(bytes.subarray(start, end)))
    if (sender !== undefined) answers.set([1, ...sender], index * SENDER_BYTES)
    start = end
  }
  parentPort?.postMessage(answers, [answers.buffer])
})
