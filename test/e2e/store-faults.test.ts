/** A store whose disk is full or damaged, or that a second process wants, as processes meet it. */

import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, describe, expect, it } from 'vitest'
import type { StoreChildLine } from '../kit/store-child.ts'
import { startStoreChild } from '../kit/store-child.ts'
import { BULK_SLOT_COUNT, messageOf, StoreHistory } from '../kit/store-history.ts'

const DAMAGES = Number(process.env.STORE_DAMAGES ?? 60)
const SEED = Number(process.env.STORE_SEED ?? 1)

const root = mkdtempSync(join(tmpdir(), 'shredcast-faults-'))

afterAll(() => rmSync(root, { recursive: true, force: true }))

describe('a second process', () => {
  it('is kept out while the first one lives, and let in once it is killed', async () => {
    const path = join(root, 'held')
    const holder = startStoreChild({ mode: 'hold', seed: SEED, paths: [path] })
    await holder.line(({ ready }) => ready === true)
    const { pid } = holder.process
    await expect(Store.open({ path })).rejects.toThrow(`in use by process ${pid}: stop it`)
    holder.process.kill('SIGKILL')
    await holder.ended
    const store = await Store.open({ path })
    const second = startStoreChild({ mode: 'read', seed: SEED, paths: [path] })
    expect(await second.line(() => true)).toEqual({ opening: 'Store.DatadirLockedError' })
    await store.close()
  })
})

describe('a full disk', () => {
  it('is told as such, and what was acknowledged before is there', async () => {
    const path = join(root, 'full')
    const child = startStoreChild({ mode: 'fill', seed: SEED, paths: [path], fileBytes: 1_500_000 })
    const end = await child.line(({ error }) => error !== undefined)
    expect(end).toMatchObject({
      error: 'Store.StoreFullError',
      append: 'Store.StoreFullError',
      hidden: 0,
      wrong: 0,
      errors: {},
    })
    expect(end.right).toBeGreaterThan(100)
    await child.ended
    const store = await Store.open({ path })
    const history = new StoreHistory(SEED)
    const state = await history.open(store)
    const block = child.lines.findLast((line) => line.block !== undefined)?.block
    const seq = child.lines.findLast((line) => line.seq !== undefined)?.seq
    expect(Number(state.head.number)).toBe(block)
    expect(store.shredLog.nextSeq).toBe(seq! + 1)
    // With room again it goes on.
    await store.shredLog.append([messageOf(seq! + 1)])
    expect(await history.grow(store, state)).toBe(block! + 1)
    await store.close()
  })
})

/** Where and how a file is damaged. */
type Damage = (random: Random, bytes: Buffer) => void

const flippedBit: Damage = (random, bytes) => {
  const at = random.below(bytes.length)
  bytes[at] = bytes[at]! ^ (1 << random.below(8))
}

const DAMAGE_KINDS: readonly Damage[] = [
  flippedBit,
  (random, bytes) => {
    for (let i = 0; i < 20; i++) flippedBit(random, bytes)
  },
  // A sector that reads as zeros, or as another one.
  (random, bytes) => {
    const at = 512 * random.below(bytes.length / 512)
    bytes.fill(0, at, at + 512)
  },
  (random, bytes) => {
    const from = 512 * random.below(bytes.length / 512)
    bytes.copy(bytes, 512 * random.below(bytes.length / 512), from, from + 512)
  },
]

function damage(folder: string, random: Random, kind: number): void {
  const path = join(folder, 'chain.mdb')
  const bytes = Buffer.alloc(statSync(path).size)
  const file = openSync(path, 'r+')
  readSync(file, bytes)
  DAMAGE_KINDS[kind]?.(random, bytes)
  writeSync(file, bytes, 0, bytes.length, 0)
  closeSync(file)
}

describe('a damaged file', () => {
  it(
    'gives what was written or a clear error, never anything else',
    async () => {
      const whole = join(root, 'whole')
      const store = await Store.open({ path: whole })
      const history = new StoreHistory(SEED, BULK_SLOT_COUNT)
      const state = await history.open(store)
      for (let i = 0; i < 40; i++) {
        await store.shredLog.append([messageOf(2 * i), messageOf(2 * i + 1)])
        await history.grow(store, state)
      }
      await store.close()
      const random = createRandom(SEED)
      const paths = Array.from({ length: DAMAGES }, (_, i) => {
        const path = join(root, `damaged-${i}`)
        cpSync(whole, path, { recursive: true })
        damage(path, random, i % DAMAGE_KINDS.length)
        return path
      })
      const { lines, signals } = await readAll([whole, ...paths])
      const [undamaged, ...damaged] = lines
      expect(undamaged).toMatchObject({ hidden: 0, wrong: 0, errors: {} })
      expect(damaged.filter(({ wrong = 0 }) => wrong > 0)).toEqual([])
      // A pointer that leads to another whole page of its table hides the page that it led to.
      const hiding = damaged.filter(({ hidden = 0 }) => hidden > 0)
      expect(hiding.length).toBeLessThanOrEqual(2 + DAMAGES / 50)
      const names = damaged.flatMap(({ errors = {}, opening }) => [
        ...Object.keys(errors),
        ...(opening === undefined ? [] : [opening]),
      ])
      expect([...new Set(names)]).toEqual(['Store.StoreCorruptedError'])
      // Where LMDB follows a damaged pointer out of its file, the process ends: nothing is served.
      expect(signals.length).toBeLessThan(DAMAGES / 3)
    },
    60_000 + 1000 * DAMAGES,
  )
})

/** Reads the folders in one process, or in several when a damaged page ends one. */
async function readAll(paths: readonly string[]) {
  const lines: StoreChildLine[] = []
  const signals: NodeJS.Signals[] = []
  while (lines.length + signals.length < paths.length) {
    const rest = paths.slice(lines.length + signals.length)
    const child = startStoreChild({ mode: 'read', seed: SEED, paths: rest })
    const { signal, stderr, code } = await child.ended
    lines.push(...child.lines)
    if (signal !== null) signals.push(signal)
    else expect(code, stderr).toBe(0)
  }
  return { lines, signals }
}
