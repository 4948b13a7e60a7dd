/** The thread that reads snapshots: one job after the other, each from what the store has then. */

import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { openStoreReader } from '../../store/store.ts'
import { readContent, readHeaders } from './read-snapshot.ts'
import { InvalidSnapshotError } from './snapshot-entry.ts'
import type { SnapshotAnswer, SnapshotJob } from './snapshot-job.ts'

const tables = openStoreReader(workerData as string)

// Linux takes the calling thread for process 0; elsewhere that would be the whole process.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL)

function answerTo(job: SnapshotJob): SnapshotAnswer {
  try {
    const { hash } = job
    const result =
      job.type === 'headers' ? readHeaders(tables, hash) : readContent(tables, hash, job.after)
    return { type: 'result', result }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { type: 'failed', message, isAsked: error instanceof InvalidSnapshotError }
  }
}

parentPort?.on('message', (job: SnapshotJob) => parentPort?.postMessage(answerTo(job)))
