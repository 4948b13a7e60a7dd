/** The thread of `SenderRecovery`: takes batches of signed bytes and answers with their senders. */

import { parentPort } from 'node:worker_threads'
import { decodeTransaction } from '../chain/transaction.ts'
import { recoverSender } from './sender.ts'

parentPort?.on('message', (transactions: readonly Uint8Array[]) => {
  parentPort?.postMessage(transactions.map((bytes) => recoverSender(decodeTransaction(bytes))))
})
