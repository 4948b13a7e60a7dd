/**
 * A chain in a store with the state trie beside it: whenever it is opened again it is where it was,
 * and every root is that of a trie built anew from the state.
 */

import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { emptiedAccounts } from '@shredcast/shared/state/emptied-accounts'
import type { ModelState } from '@shredcast/shared/state/sample-history'
import {
  allocOf,
  appliedTo,
  randomDiffs,
  SAMPLE_ADDRESSES,
  SAMPLE_KEYS,
  sampleHeader,
} from '@shredcast/shared/state/sample-history'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import type { Store } from '@shredcast/shared/store/store'
import { verifyAccountProof } from '@shredcast/shared/trie/proof'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: SampleFolder
let store: Store
let trie: SparseTrie

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

const GENESIS_STATE = appliedTo(
  new Map(),
  [1, 2, 3].flatMap((seed) => randomDiffs(createRandom(seed))),
)
for (const account of GENESIS_STATE.values()) account.isRecorded = true

const GENESIS: Genesis = {
  config: { chainId: 7n, forks: [{ fork: 'frontier', block: 0n }], blobSchedule: [] },
  header: sampleHeader(),
  alloc: allocOf(GENESIS_STATE),
}

/** With a trie that is empty: all that it knows comes from the store. */
async function open(): Promise<StoredChain> {
  store = await folder.open()
  trie = await createSparseTrie()
  return StoredChain.open({ store, genesis: GENESIS, trie })
}

/** The accounts as changes that make them out of nothing. */
async function rootOf(state: ModelState): Promise<string> {
  const trie = await createSparseTrie()
  const changes = [...allocOf(state)].map(({ storage, ...account }): StateChange => {
    return { ...account, slots: storage }
  })
  trie.apply(changes)
  return bytesToHex(trie.root())
}

/** Seals a block of random diffs; the chain's state then is `state` with them. */
async function grow(chain: StoredChain, seed: number): Promise<ReturnType<typeof randomDiffs>> {
  const diffs = randomDiffs(createRandom(seed))
  for (const { changes } of diffs) trie.apply(changes)
  trie.apply(emptiedAccounts(store, diffs))
  const header = { ...sampleHeader(chain.head.header), stateRoot: trie.root() }
  await chain.apply({ header, body: { transactions: [], ommers: [] }, receipts: [] }, diffs)
  return diffs
}

describe('a stored chain', () => {
  it('has the root of its state behind every block, however often it is opened', async () => {
    let chain = await open()
    let state = GENESIS_STATE
    for (let seed = 100; seed < 160; seed++) {
      state = appliedTo(state, await grow(chain, seed))
      expect(bytesToHex(chain.head.header.stateRoot)).toBe(await rootOf(state))
      if (seed % 7 > 0) continue
      await store.close()
      const { head } = chain
      chain = await open()
      expect(chain.head).toEqual(head)
    }
  })

  it('proves every account and slot under the root of its head', async () => {
    const chain = await open()
    let state = GENESIS_STATE
    for (let seed = 100; seed < 120; seed++) state = appliedTo(state, await grow(chain, seed))
    for (const address of SAMPLE_ADDRESSES) {
      const proof = chain.prove(address, SAMPLE_KEYS)
      verifyAccountProof(chain.head.header.stateRoot, proof)
      expect(proof).toEqual(trie.proof(address, SAMPLE_KEYS))
      expect(proof.balance).toBe(state.get(bytesToHex(address))?.balance ?? 0n)
    }
  })

  it('knows the hashes of the newest 256 blocks, also when it is opened again', async () => {
    let chain = await open()
    expect([...chain.recentHashes()]).toEqual([[0n, chain.genesisHash]])
    for (let seed = 0; seed < 260; seed++) await grow(chain, seed)
    const hashes = chain.recentHashes()
    expect([...hashes.keys()].sort((a, b) => Number(a - b))).toEqual(
      Array.from({ length: 256 }, (_, i) => BigInt(5 + i)),
    )
    expect(hashes.get(260n)).toEqual(chain.head.hash)
    await store.close()
    chain = await open()
    const sorted = (map: Map<bigint, Uint8Array>) => [...map].sort(([a], [b]) => Number(a - b))
    expect(sorted(chain.recentHashes())).toEqual(sorted(hashes))
  })
})
