import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StateChange } from '../../chain/state-change.ts'
import { createSampleFolder } from '../sample-store.ts'
import type { Store } from '../store.ts'

const folder = createSampleFolder()
let store: Store

beforeAll(async () => {
  store = await folder.open()
})
afterAll(() => folder.remove())

const address = (byte: number) => new Uint8Array(20).fill(byte)
const word = (byte: number) => new Uint8Array(32).fill(byte)
const CHANGES: readonly StateChange[] = [
  { address: address(1), slots: [] },
  { address: address(2), balance: 0n, nonce: 0n, code: new Uint8Array(0), slots: [] },
  { address: address(3), code: null, slots: [] },
  {
    ...{ address: address(4), balance: 2n ** 256n - 1n, nonce: 2n ** 64n - 1n },
    ...{ code: Uint8Array.of(0, 1), storageCleared: true },
    slots: [
      { key: word(1), value: word(0) },
      { key: word(2), value: word(3) },
    ],
  },
]

describe('the edits before a block', () => {
  it('come back as they were', async () => {
    await store.transact(() => {
      store.edits.put(7n, CHANGES)
      store.edits.put(8n, [])
    })
    expect(store.edits.get(7n)).toEqual(CHANGES)
    expect(store.edits.get(8n)).toEqual([])
    expect(store.edits.get(9n)).toBeUndefined()
  })

  it('are removed with their block, and where their state is not kept any more', async () => {
    await store.transact(() => {
      for (let number = 10n; number < 15n; number++) store.edits.put(number, CHANGES)
      store.edits.prune(11n)
      store.edits.remove(13n)
    })
    const kept = Array.from({ length: 15 }, (_, number) => number).filter((number) => {
      return store.edits.get(BigInt(number)) !== undefined
    })
    expect(kept).toEqual([12, 14])
  })
})
