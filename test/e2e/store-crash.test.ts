/** A process that writes a store is killed at any moment; everything it acknowledged is there. */

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import type { CanonicalState } from '@shredcast/shared/state/canonical-state'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, describe, expect, it } from 'vitest'
import { startStoreChild } from '../kit/store-child.ts'
import { messageOf, StoreHistory } from '../kit/store-history.ts'

const CRASHES = Number(process.env.STORE_CRASHES ?? 20)
const SEED = Number(process.env.STORE_SEED ?? 1)
const LONGEST_RUN_MS = 400
/** That `store-child.ts` appends at once. */
const MESSAGES_MAX = 7

const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shredcast-crash-'))
  folders.push(folder)
  return folder
}

/** The last that the process said of each. */
interface Acknowledged {
  readonly seq: number
  readonly block: number
}

/** Runs until the process has been killed; says what it acknowledged last. */
async function crash(options: {
  path: string
  durability: 'os' | 'disk'
  afterMs: number
}): Promise<Acknowledged> {
  const { path, durability, afterMs } = options
  const mode = durability === 'os' ? 'write' : 'write-disk'
  const child = startStoreChild({ mode, seed: SEED, paths: [path] })
  await child.line(({ ready }) => ready === true)
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.process.kill('SIGKILL')
  const { signal, stderr } = await child.ended
  expect(signal, stderr).toBe('SIGKILL')
  const seq = child.lines.findLast((line) => line.seq !== undefined)?.seq ?? -1
  const block = child.lines.findLast((line) => line.block !== undefined)?.block ?? 0
  return { seq, block }
}

/** Quicker than `toEqual`, which takes a microsecond and more a byte. */
function expectSame(got: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  expect(got).toHaveLength(expected.length)
  expect(got.findIndex((bytes, i) => !equalBytes(bytes, expected[i]!))).toBe(-1)
}

/** Everything up to the head and the log's end is whole. */
function expectWhole(store: Store, state: CanonicalState, history: StoreHistory): void {
  const head = Number(state.head.number)
  expect(state.head.hash).toEqual(history.hash(head))
  const wrong = [...history.reads(head)].filter(({ read, expected }) => {
    return read(state.latest) !== expected
  })
  expect(wrong).toEqual([])
  for (let number = Math.max(1, head - 20); number <= head; number++) {
    expect(store.blocks.header(BigInt(number))).toEqual(history.header(number))
    const { transactions = [] } = store.blocks.body(BigInt(number)) ?? {}
    expectSame(transactions, history.transactions(number))
    expect(store.blocks.receipts(BigInt(number))).toEqual([])
  }
  expect(store.blocks.header(BigInt(head + 1))).toBeUndefined()
  const { firstSeq, nextSeq } = store.shredLog
  const from = Math.max(firstSeq, nextSeq - 500)
  const logged = store.shredLog.read(from, nextSeq - from)
  const seqs = Array.from({ length: nextSeq - from }, (_, i) => from + i)
  expect(logged.map(({ seq }) => seq)).toEqual(seqs)
  expectSame(
    logged.map(({ bytes }) => bytes),
    seqs.map(messageOf),
  )
}

/** What the process is known to have acknowledged, and may have had under way besides. */
function expectAcknowledged(store: Store, state: CanonicalState, last: Acknowledged): void {
  const head = Number(state.head.number)
  const { nextSeq } = store.shredLog
  expect(head).toBeGreaterThanOrEqual(last.block)
  expect(nextSeq).toBeGreaterThan(last.seq)
  if (last.block > 0) expect(head).toBeLessThanOrEqual(last.block + 1)
  if (last.seq >= 0) expect(nextSeq).toBeLessThanOrEqual(last.seq + 1 + MESSAGES_MAX)
}

/** A copy of the folder as LMDB opens it after a power cut: as it was last known to be on the disk. */
async function openAfterPowerCut(path: string, copy: string): Promise<Store> {
  rmSync(copy, { recursive: true, force: true })
  cpSync(path, copy, { recursive: true })
  process.env.LMDB_RESTORE = 'safe'
  try {
    return await Store.open({ path: copy })
  } finally {
    delete process.env.LMDB_RESTORE
  }
}

describe.each(['os', 'disk'] as const)('a killed process, durability %s', (durability) => {
  const count = Math.ceil(CRASHES / 2)

  it(
    `leaves all that it acknowledged, ${count} times in the same folder`,
    async () => {
      const path = newFolder()
      const copy = newFolder()
      const random = createRandom(SEED)
      const history = new StoreHistory(SEED)
      let blocks = 0
      for (let i = 0; i < count; i++) {
        const last = await crash({ path, durability, afterMs: random.below(LONGEST_RUN_MS) })
        const safe = await openAfterPowerCut(path, copy)
        const safeState = await history.open(safe)
        expectWhole(safe, safeState, history)
        if (durability === 'disk') expectAcknowledged(safe, safeState, last)
        await safe.close()
        const store = await Store.open({ path })
        const state = await history.open(store)
        expectWhole(store, state, history)
        expectAcknowledged(store, state, last)
        await store.close()
        blocks = last.block
      }
      expect(blocks).toBeGreaterThan(count)
    },
    60_000 + 4000 * count,
  )
})
