import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatadirLockedError } from './datadir-lock.ts'
import type { SampleFolder } from './sample-store.ts'
import { createSampleFolder } from './sample-store.ts'
import type { Store } from './store.ts'
import { openStoreReader, SchemaVersionError } from './store.ts'
import { StoreFullError } from './store-error.ts'
import { CHAIN_FILE, LOG_FILE } from './tables.ts'

let folder: SampleFolder

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

const HASH = new Uint8Array(32).fill(7)
const CODE = Uint8Array.of(0x60, 1)

function addCode(store: Store, hash = HASH, code = CODE): Promise<void> {
  return store.transact(() => store.codes.add(hash, code))
}

describe('a store', () => {
  it('has what was written when it is opened again', async () => {
    const store = await folder.open()
    await addCode(store)
    await store.close()
    const again = await folder.open()
    expect(again.codes.get(HASH)).toEqual(CODE)
    expect(again.codes.get(new Uint8Array(32))).toBeUndefined()
  })

  it('keeps nothing of a transaction that throws', async () => {
    const store = await folder.open()
    const broken = store.transact(() => {
      store.codes.add(HASH, CODE)
      throw new RangeError('in the middle')
    })
    await expect(broken).rejects.toThrow(RangeError)
    expect(store.codes.get(HASH)).toBeUndefined()
    await addCode(store)
    expect(store.codes.get(HASH)).toEqual(CODE)
  })

  it('is written in a transaction only, and in one at a time', async () => {
    const store = await folder.open()
    expect(() => store.codes.add(HASH, CODE)).toThrow('in a transaction')
    let inner: Promise<void> | undefined
    await store.transact(() => {
      inner = addCode(store)
    })
    await expect(inner).rejects.toThrow('does not contain another')
  })

  it('waits for the disk when it is told to', async () => {
    const store = await folder.open({ durability: 'disk' })
    await Promise.all([addCode(store), addCode(store, new Uint8Array(32).fill(8))])
    expect(await store.shredLog.append([CODE])).toBe(0)
    expect(store.stats().tables.find(({ name }) => name === 'codes')?.entries).toBe(2)
  })

  it('is written and read as ever when it is to survive nothing', async () => {
    const store = await folder.open({ durability: 'none' })
    await addCode(store)
    expect(await store.shredLog.append([CODE])).toBe(0)
    expect(store.codes.get(HASH)).toEqual(CODE)
    expect(store.shredLog.read(0, 1)).toEqual([{ seq: 0, bytes: CODE }])
  })

  it('takes no second opening while it is open', async () => {
    const store = await folder.open()
    await expect(folder.open()).rejects.toThrow(DatadirLockedError)
    await store.close()
    await expect(folder.open()).resolves.toBeDefined()
  })

  it('is read by a second handle of the process as soon as it is written', async () => {
    const store = await folder.open()
    const reader = openStoreReader(folder.path)
    expect(reader.snapshot(() => reader.codes.get(HASH))).toBeUndefined()
    await addCode(store)
    expect(reader.snapshot(() => reader.codes.get(HASH))).toEqual(CODE)
  })

  it('refuses a schema of another version, and says how to mend it', async () => {
    const store = await folder.open()
    await store.transact(() => store.meta.setSchema(99))
    expect(() => openStoreReader(folder.path)).toThrow(SchemaVersionError)
    await store.close()
    const opening = folder.open()
    await expect(opening).rejects.toThrow(SchemaVersionError)
    await expect(opening).rejects.toThrow('schema 99, this version needs 2: take the version')
    // The folder is free again.
    await expect(folder.open()).rejects.toThrow(SchemaVersionError)
  })

  it('refuses to grow past its limit, and goes on reading', async () => {
    const store = await folder.open({ maxBytes: 400_000 })
    let written = 0
    const fill = async () => {
      for (; written < 1000; written++) {
        await addCode(store, new Uint8Array(32).fill(written), new Uint8Array(10_000).fill(written))
      }
    }
    await expect(fill()).rejects.toThrow(StoreFullError)
    expect(written).toBeGreaterThan(10)
    for (let i = 0; i < written; i++) {
      expect(store.codes.get(new Uint8Array(32).fill(i))).toEqual(new Uint8Array(10_000).fill(i))
    }
    await store.close()
    const larger = await folder.open({ maxBytes: 4_000_000 })
    await addCode(larger)
  })
})

describe('the list of tables', () => {
  it('gives each table a number of its own', () => {
    const tables = { ...CHAIN_FILE.tables, ...LOG_FILE.tables }
    const ids = Object.values(tables).map(({ id }) => id)
    expect(ids.sort((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1))
  })
})
