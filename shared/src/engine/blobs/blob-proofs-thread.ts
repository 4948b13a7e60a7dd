/** The thread of `BlobProofs`: takes one sidecar after the other, and answers what is wrong with it. */

import { parentPort } from 'node:worker_threads'
import type { BlobSidecar } from '../../chain/blob-sidecar.ts'
import { CURVE_BLS12_381, Mcl } from '../precompiles/mcl.ts'
import { BlobProofCheck } from './blob-proof-check.ts'

const check = new BlobProofCheck(await Mcl.start(CURVE_BLS12_381))

parentPort?.on('message', (sidecar: BlobSidecar) => parentPort?.postMessage(check.check(sidecar)))
