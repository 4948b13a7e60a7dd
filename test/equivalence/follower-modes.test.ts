/**
 * What a follower does with blocks, in each mode: an honest chain is followed to the same end, in a data
 * folder or without one, modes may change between blocks, and each mode catches what it checks.
 */

import { DiskChain } from '@shredcast/follower/chain/disk-chain'
import { GenesisChain } from '@shredcast/follower/chain/genesis-chain'
import type {
  BlockIntakeOptions,
  BlockReport,
  ExecuteMode,
} from '@shredcast/follower/ingest/block-intake'
import { BlockIntake } from '@shredcast/follower/ingest/block-intake'
import { StreamLag } from '@shredcast/follower/ingest/stream-lag'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { baseReaderSource } from '@shredcast/shared/state/base-reader'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { followDrafts } from '../kit/follow-drafts.ts'
import { genesisStream, receivedStream } from '../kit/honest-stream.ts'
import { inChange, inHeader, inReceipt } from '../kit/lies.ts'
import {
  ALICE,
  BOB,
  SMALL_CHAIN_BENEFICIARY,
  signedCall,
  smallBlocks,
  smallGenesis,
} from '../kit/small-chain.ts'
import { addressOf, callTo, ETHER, word } from '../kit/test-world.ts'

const MODES: readonly ExecuteMode[] = ['dag', 'seeded', 'apply', 'auto']
const genesis = smallGenesis()
let engine: Engine
let honest: readonly MessageDraft[]

beforeAll(async () => {
  engine = await createEngine({ config: genesis.config, workers: 2 })
  const more = [4n, 6n, 8n].map((nonce) => [
    signedCall(ALICE, nonce - 2n, callTo('counter')),
    signedCall(ALICE, nonce - 1n, { to: BOB.address, value: ETHER / 100n }),
    signedCall(BOB, nonce / 2n - 1n, callTo('store', 7, nonce)),
  ])
  const blocks = [...smallBlocks(), ...more]
  honest = await genesisStream(engine, genesis, blocks, SMALL_CHAIN_BENEFICIARY)
})

afterAll(() => engine.close())

function follow(
  drafts: readonly MessageDraft[],
  execute: ExecuteMode,
  options: Pick<BlockIntakeOptions, 'lag' | 'onBlock'> = {},
) {
  const chain = GenesisChain.create(genesis, engine.trie)
  return followDrafts(drafts, { engine, chain, execute, ...options })
}

const hasSlots = (change: StateChange) => change.slots.length > 0

const numbers = (reports: readonly BlockReport[]) => reports.map(({ number }) => number)

describe('the modes of a follower', () => {
  it.each(MODES)('%s follows an honest chain', async (mode) => {
    const { verified, divergence } = await follow(honest, mode)
    expect(divergence).toBeUndefined()
    expect(numbers(verified)).toEqual([1, 2, 3, 4, 5])
    const modes = new Set(verified.map((report) => report.mode))
    expect([...modes]).toEqual([mode === 'auto' ? 'dag' : mode])
  })

  it.each(MODES)('%s keeps the chain in a folder, and goes on from it', async (mode) => {
    const folder = createSampleFolder()
    const received = receivedStream(honest)
    const sealed = received.findIndex(({ message }) => {
      return message.type === 'blockSealed' && message.header.number === 3n
    })
    for (const part of [received.slice(0, sealed + 1), received.slice(sealed + 1)]) {
      const store = await folder.open()
      const reader = baseReaderSource(folder.path)
      const own = await createEngine({ config: genesis.config, workers: 2, reader })
      const stored = await StoredChain.open({ store, genesis, trie: own.trie })
      const chain = new GenesisChain(genesis.config, new DiskChain(stored))
      const intake = new BlockIntake({ engine: own, chain, execute: mode })
      for (const message of part) await intake.take(message)
      await own.close()
      await store.close()
    }
    const store = await folder.open()
    const last = received.at(-1)!.message
    expect(store.meta.head?.hash).toEqual(last.type === 'blockSealed' && last.hash)
    await folder.remove()
  })

  it('auto applies blocks while it is far behind, and executes them when it is near', async () => {
    const lag = new StreamLag({ messages: honest.length, ms: Number.POSITIVE_INFINITY })
    lag.heard(honest.length)
    const { verified, divergence } = await follow(honest, 'auto', { lag })
    expect(divergence).toBeUndefined()
    expect(verified.map(({ mode }) => mode)).toEqual(['apply', 'apply', 'apply', 'apply', 'dag'])
    expect(verified.map(({ behind }) => behind)).toEqual([19, 15, 10, 5, 0])
  })

  it('auto applies blocks when it has fallen behind', async () => {
    const lag = new StreamLag({ messages: 100, ms: Number.POSITIVE_INFINITY })
    const onBlock = ({ number }: BlockReport) => {
      if (number === 2) lag.heard(1000)
    }
    const { verified, divergence } = await follow(honest, 'auto', { lag, onBlock })
    expect(divergence).toBeUndefined()
    expect(verified.map(({ mode }) => mode)).toEqual(['dag', 'dag', 'apply', 'apply', 'apply'])
  })

  it.each(['seeded', 'apply'] as const)(
    '%s catches a change that is not in the state',
    async (mode) => {
      const lie = inChange(2, hasSlots, (change) => ({
        ...change,
        slots: change.slots.map(({ key }) => ({ key, value: word(99) })),
      }))
      const { verified, divergence } = await follow(lie(honest), mode)
      expect(verified).toEqual([])
      const place = mode === 'apply' ? 'seal' : 2
      expect(divergence).toMatchObject({ blockNumber: 1n, place })
    },
  )

  it.each([
    ['cumulative gas', inReceipt(6, () => ({ cumulativeGasUsed: 5n })), 6, 'gasUsed'],
    ['gas', inReceipt(2, () => ({ gasUsed: 5n })), 2, 'gasUsed'],
    ['a status', inReceipt(2, () => ({ status: 0 as const })), 'seal', 'receiptsRoot'],
    ['a state root', inHeader({ stateRoot: word(1) }), 'seal', 'stateRoot'],
    ['a beneficiary', inHeader({ beneficiary: addressOf('other') }), 'seal', 'beneficiary'],
  ] as const)('apply catches a lie about %s', async (_, lie, place, field) => {
    const { divergence } = await follow(lie(honest), 'apply')
    expect(divergence).toMatchObject({ blockNumber: 1n, place, location: { field } })
  })
})
