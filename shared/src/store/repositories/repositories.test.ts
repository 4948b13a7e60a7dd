import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAINNET } from '../../chain/chain-config.ts'
import type { SampleFolder } from '../sample-store.ts'
import { createSampleFolder } from '../sample-store.ts'
import type { Store } from '../store.ts'

let folder: SampleFolder
let store: Store

beforeEach(async () => {
  folder = createSampleFolder()
  store = await folder.open()
})

afterEach(() => folder.remove())

const word = (byte: number) => new Uint8Array(32).fill(byte)
const address = (byte: number) => new Uint8Array(20).fill(byte)

describe('trie nodes', () => {
  const at = (path: readonly number[], owner?: Uint8Array) => ({
    owner,
    path: Uint8Array.from(path),
  })
  const NODE = Uint8Array.of(1, 2, 3)

  it('are kept apart by path and by trie', async () => {
    const places = [at([]), at([0xa]), at([0xa, 0]), at([], word(9))]
    await store.transact(() => {
      for (const [i, place] of places.entries()) store.trieNodes.put(place, Uint8Array.of(i))
    })
    for (const [i, place] of places.entries()) {
      expect(store.trieNodes.node(place)).toEqual(Uint8Array.of(i))
    }
    expect(store.trieNodes.node(at([], word(8)))).toBeUndefined()
  })

  it('are replaced and removed, and a storage trie as a whole', async () => {
    const longest = Array<number>(64).fill(0xf)
    await store.transact(() => {
      store.trieNodes.put(at([0xa]), NODE)
      store.trieNodes.remove(at([0xa]))
      store.trieNodes.remove(at([0xa, 0]))
      for (const hash of [word(0xfe), word(0xff)]) {
        store.trieNodes.put(at([], hash), NODE)
        store.trieNodes.put(at(longest, hash), NODE)
      }
      store.trieNodes.clear(word(0xff))
    })
    expect(store.trieNodes.node(at([0xa]))).toBeUndefined()
    expect(store.trieNodes.node(at(longest, word(0xff)))).toBeUndefined()
    expect(store.trieNodes.node(at(longest, word(0xfe)))).toEqual(NODE)
  })
})

describe('slots', () => {
  it('are listed for one account in order, also for the last address there is', async () => {
    await store.transact(() => {
      for (const owner of [address(1), address(0xff)]) {
        for (const key of [3, 1, 2]) store.slots.put(owner, word(key), word(key + 4))
      }
      store.slots.put(address(1), word(2), word(0))
      store.slots.put(address(2), word(2), word(0))
    })
    expect([...store.slots.ofAccount(address(1))]).toEqual([
      { key: word(1), value: word(5) },
      { key: word(3), value: word(7) },
    ])
    expect([...store.slots.ofAccount(address(0xff))]).toHaveLength(3)
    expect(store.slots.hasAny(address(1))).toBe(true)
    expect(store.slots.hasAny(address(2))).toBe(false)
    expect(store.slots.get(address(1), word(2))).toEqual(word(0))
  })
})

describe('transaction places', () => {
  it('say block and index', async () => {
    const place = { blockNumber: 2n ** 40n, index: 65_537 }
    await store.transact(() => store.transactions.put(word(1), place))
    expect(store.transactions.placeOf(word(1))).toEqual(place)
    await store.transact(() => store.transactions.remove(word(1)))
    expect(store.transactions.placeOf(word(1))).toBeUndefined()
  })
})

describe('facts about the store', () => {
  it('are absent in a new one, and keep a whole chain configuration', async () => {
    const { meta } = store
    expect([meta.head, meta.config, meta.genesisHash, meta.historyStart]).toEqual([
      ...[undefined, undefined, undefined, undefined],
    ])
    await store.transact(() => {
      meta.setConfig(MAINNET)
      meta.setHead({ number: 5n, hash: word(1) })
    })
    expect(meta.config).toEqual(MAINNET)
    expect(meta.head).toEqual({ number: 5n, hash: word(1) })
  })
})
