import { FixtureChain } from '@shredcast/follower/chain/fixture-chain'
import { GenesisChain } from '@shredcast/follower/chain/genesis-chain'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { followDrafts } from '../kit/follow-drafts.ts'
import { fixtureStream, genesisStream } from '../kit/honest-stream.ts'
import type { ExpectedDivergence, Lie } from '../kit/lie-cases.ts'
import { isOf, LIES, slotOfCounter } from '../kit/lie-cases.ts'
import { inDiff, inHeader, inOpening, inReceipt } from '../kit/lies.ts'
import { EVE, SMALL_CHAIN_BENEFICIARY, smallBlocks, smallGenesis } from '../kit/small-chain.ts'
import { addressOf, word } from '../kit/test-world.ts'

const WORKERS = 2
const genesis = smallGenesis()
let engine: Engine
let honest: readonly MessageDraft[]

beforeAll(async () => {
  engine = await createEngine({ config: genesis.config, workers: WORKERS })
  honest = await genesisStream(engine, genesis, smallBlocks(), SMALL_CHAIN_BENEFICIARY)
})

afterAll(() => engine.close())

function follow(drafts: readonly MessageDraft[]) {
  return followDrafts(drafts, { engine, chain: GenesisChain.create(genesis, engine.trie) })
}

describe('a follower of an honest leader', () => {
  it('verifies every block, without an abort', async () => {
    const { verified, divergence } = await follow(honest)
    expect(divergence).toBeUndefined()
    expect(verified.map(({ number, shreds, aborts }) => [number, shreds, aborts])).toEqual([
      [1, 7, 0],
      [2, 2, 0],
    ])
    expect(verified[0]?.edges).toBeGreaterThan(0)
    expect(verified[0]?.criticalPath).toBeGreaterThan(1)
  })

  it('lets a shred declare more reads than there were', async () => {
    const more = { address: addressOf('store'), fields: 15, slots: [word(1), word(7)] }
    const withMore = inDiff(2, ({ reads }) => {
      const all = [...reads.filter((read) => !isOf(more.address)(read)), more]
      return { reads: all.sort((a, b) => Buffer.compare(a.address, b.address)) }
    })
    const { verified, divergence } = await follow(withMore(honest))
    expect(divergence).toBeUndefined()
    expect(verified).toHaveLength(2)
  })
})

describe('a follower of a lying leader', () => {
  it.each(LIES)('catches %s', async (_, lie, expected) => {
    const { verified, divergence } = await follow(lie(honest))
    const { expected: own, ...rest } = expected
    expect(divergence).toMatchObject({ blockNumber: 1n, ...rest })
    if (own !== undefined) expect(divergence?.expected).toBe(own)
    expect(verified).toEqual([])
  })

  it('catches a lie in a later block, after it verified those before', async () => {
    const place = honest.findIndex(({ type }) => type === 'blockSealed') + 2
    const drafts = honest.map((draft, at) =>
      at === place && draft.type === 'shred' ? { ...draft, sender: EVE.address } : draft,
    )
    const { verified, divergence } = await follow(drafts)
    expect(verified).toHaveLength(1)
    expect(divergence).toMatchObject({ blockNumber: 2n, place: 0, kind: 'sender' })
  })

  it('names the same read however the workers ran', async () => {
    const lie = inDiff(2, ({ reads }) => ({ reads: reads.map((read) => ({ ...read, slots: [] })) }))
    for (let run = 0; run < 20; run++) {
      const { divergence } = await follow(lie(honest))
      expect(divergence).toMatchObject({
        kind: 'undeclaredRead',
        place: 2,
        location: slotOfCounter,
      })
    }
  })

  it('verifies the honest stream after all that', async () => {
    expect((await follow(honest)).verified).toHaveLength(2)
  })
})

describeWithData(
  'lies about a mainnet block',
  '../shared/fixtures/mainnet/1150000.json.gz',
  (path) => {
    let mainnet: Engine
    let block: readonly MessageDraft[]
    const followBlock = async (lie: Lie) => {
      const chain = await FixtureChain.find([path])
      return followDrafts(lie(block), { engine: mainnet, chain })
    }

    beforeAll(async () => {
      mainnet = await createEngine({ config: MAINNET, workers: WORKERS })
      block = await fixtureStream(mainnet, await readBlockFixture(path))
    })

    afterAll(() => mainnet.close())

    it('verifies the honest block', async () => {
      const { verified, divergence } = await followBlock((drafts) => [...drafts])
      expect(divergence).toBeUndefined()
      expect(verified).toMatchObject([{ number: 1_150_000, shreds: 9, aborts: 0 }])
    })

    const lies: readonly (readonly [string, Lie, ExpectedDivergence])[] = [
      ['wrong gas', inReceipt(8, () => ({ gasUsed: 1n })), { kind: 'receipt', place: 8 }],
      ['no reads', inDiff(3, () => ({ reads: [] })), { kind: 'undeclaredRead', place: 3 }],
      // An update that is not declared as lazy is none: its value is read, and that is not declared.
      ['no writes', inDiff(3, () => ({ changes: [] })), { kind: 'undeclaredRead', place: 3 }],
      [
        'a state root that nobody can compute from a fixture',
        inHeader({ stateRoot: word(1) }),
        { kind: 'header', place: 'seal', location: { kind: 'header', field: 'hash' } },
      ],
      [
        'another time of day',
        inOpening(({ context }) => ({ context: { ...context, timestamp: 1n } })),
        { kind: 'context', place: 'open', location: { kind: 'context', field: 'timestamp' } },
      ],
    ]

    it.each(lies)('catches %s', async (_, lie, expected) => {
      const { verified, divergence } = await followBlock(lie)
      expect(divergence).toMatchObject({ blockNumber: 1_150_000n, ...expected })
      expect(verified).toEqual([])
    })
  },
)
