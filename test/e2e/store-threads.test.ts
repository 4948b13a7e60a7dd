/** The newest state read by worker threads of the process that writes it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { CanonicalState } from '@shredcast/shared/state/canonical-state'
import { sampleHeader } from '@shredcast/shared/state/sample-history'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, describe, expect, it } from 'vitest'
import type { ReaderSetup } from './store-reader-thread.ts'

const PROGRAM = join(import.meta.dirname, '../dist/e2e/store-reader-thread.js')
const BLOCKS = 100

const path = mkdtempSync(join(tmpdir(), 'shredcast-threads-'))

afterAll(() => rmSync(path, { recursive: true, force: true }))

const address = new Uint8Array(20).fill(5)
const key = new Uint8Array(32).fill(6)

function word(value: number): Uint8Array {
  return new Uint8Array(32).fill(value, 31)
}

describe('worker threads', () => {
  it('see each block as soon as it is applied, and hold no page back while they sleep', async () => {
    const store = await Store.open({ path })
    const genesis = {
      config: { chainId: 7n, forks: [], blobSchedule: [] },
      header: sampleHeader(),
      alloc: [{ address, balance: 1n, nonce: 0n, code: new Uint8Array(0), storage: [] }],
    }
    const state = await CanonicalState.open({ store, genesis })
    const threads = [1, 2].map(() => {
      const control = new Int32Array(new SharedArrayBuffer(12))
      const workerData: ReaderSetup = { path, address, key, control }
      return { control, worker: new Worker(PROGRAM, { workerData, execArgv: [] }) }
    })
    // It reads once, and sleeps from then on.
    const [reader, sleeper] = threads
    const ask = async (control: Int32Array, turn: number) => {
      Atomics.store(control, 0, turn)
      Atomics.notify(control, 0)
      while (Atomics.load(control, 1) < turn) await new Promise((next) => setImmediate(next))
      return Atomics.load(control, 2)
    }
    expect(await ask(sleeper!.control, 1)).toBe(0)
    const sizes: number[] = []
    for (let block = 1; block <= BLOCKS; block++) {
      const header = sampleHeader(store.blocks.header(state.head.number))
      const slots = [{ key, value: word(block) }]
      const diffs = [{ changes: [{ address, slots }], deltas: [], reads: [] }]
      await state.apply({ header, body: { transactions: [], ommers: [] }, receipts: [] }, diffs)
      expect(await ask(reader!.control, block)).toBe(block)
      sizes.push(store.stats().fileBytes)
    }
    // A header and a change set a block: far less than the pages that each transaction rewrites.
    expect(sizes.at(-1)! - sizes[19]!).toBeLessThan(80 * 6000)
    for (const { control, worker } of threads) {
      Atomics.store(control, 0, -1)
      Atomics.notify(control, 0)
      await new Promise((resolve) => worker.once('exit', resolve))
    }
    await store.close()
  })
})
