import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DivergenceError } from '@shredcast/follower/apply/divergence'
import type { DivergenceReport } from '@shredcast/follower/apply/divergence-report'
import { divergenceReport } from '@shredcast/follower/apply/divergence-report'
import { FixtureChain } from '@shredcast/follower/chain/fixture-chain'
import { GenesisChain } from '@shredcast/follower/chain/genesis-chain'
import type { OwnChain } from '@shredcast/follower/chain/own-chain'
import { BlockFrames } from '@shredcast/follower/ingest/block-frames'
import { BlockIntake } from '@shredcast/follower/ingest/block-intake'
import { reportFromJson, UnreadableReportError } from '@shredcast/follower/verify/read-report'
import { RefutedReportError } from '@shredcast/follower/verify/refuted-report'
import { touchedBy } from '@shredcast/follower/verify/touched'
import { verifyReport } from '@shredcast/follower/verify/verify-report'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { fixtureStream, genesisStream, receivedStream } from '../kit/honest-stream.ts'
import { LIES } from '../kit/lie-cases.ts'
import { inReceipt, tweaked } from '../kit/lies.ts'
import { runCommand } from '../kit/run-command.ts'
import { EVE, SMALL_CHAIN_BENEFICIARY, smallBlocks, smallGenesis } from '../kit/small-chain.ts'
import { word } from '../kit/test-world.ts'

const genesis = smallGenesis()
const source = { type: 'genesis', genesis } as const
const signer = createFrameSigner()
let engine: Engine
let honest: readonly MessageDraft[]

beforeAll(async () => {
  engine = await createEngine({ config: genesis.config, workers: 2 })
  honest = await genesisStream(engine, genesis, smallBlocks(), SMALL_CHAIN_BENEFICIARY)
})

afterAll(() => engine.close())

/** What a follower reports of the stream, as it is read back from its file. */
async function reportOn(drafts: readonly MessageDraft[]): Promise<DivergenceReport> {
  return reportOf(engine, GenesisChain.create(genesis, engine.trie), drafts)
}

async function reportOf(
  engine: Engine,
  chain: OwnChain,
  drafts: readonly MessageDraft[],
): Promise<DivergenceReport> {
  const intake = new BlockIntake({ engine, chain })
  const frames = new BlockFrames()
  const { genesisHash, config } = chain
  const { chainId } = config
  const follower = { engine: engine.name, version: '0' }
  try {
    for (const received of receivedStream(drafts, signer)) {
      frames.add(received)
      await intake.take(received)
    }
  } catch (error) {
    await intake.abandon()
    if (!(error instanceof DivergenceError)) throw error
    const { divergence, ownDiffs } = error
    const report = divergenceReport(
      divergence,
      { leaderKey: signer.publicKey, follower, chainId, genesisHash },
      {
        frames: frames.upTo(divergence.received.message.seq),
        accounts: chain.witness(touchedBy(ownDiffs), engine),
      },
    )
    return reportFromJson(JSON.parse(JSON.stringify(report)), 'report') as DivergenceReport
  }
  throw new Error('the stream is right')
}

/** A lie about the second block. */
function inSecondBlock(type: MessageDraft['type'], change: (draft: MessageDraft) => object) {
  const start = honest.findIndex((draft) => draft.type === 'blockSealed') + 1
  const place = honest.findIndex((draft, at) => at >= start && draft.type === type)
  return honest.map((draft, at) => {
    return at === place ? ({ ...draft, ...change(draft) } as MessageDraft) : draft
  })
}

const wrongRoot = (draft: MessageDraft) => {
  if (draft.type !== 'blockSealed') throw new Error('not a seal')
  const header = { ...draft.header, stateRoot: word(1) }
  return { header, hash: headerHash(header) }
}

const LATER_LIES: readonly (readonly [string, () => MessageDraft[]])[] = [
  ['a sender', () => inSecondBlock('shred', () => ({ sender: EVE.address }))],
  [
    'the reads',
    () =>
      inSecondBlock('shred', (draft) => ({
        diff: { ...(draft as { diff: object }).diff, reads: [] },
      })),
  ],
  ['the state root', () => inSecondBlock('blockSealed', wrongRoot)],
  [
    'the opening',
    () =>
      inSecondBlock('blockOpened', (draft) => ({
        diff: { ...(draft as { diff: object }).diff, changes: [] },
      })),
  ],
]

describe('a report that a follower made', () => {
  it.each(LIES)('is confirmed: %s', async (_, lie) => {
    await verifyReport(await reportOn(lie(honest)), source)
  })

  it.each(LATER_LIES)('is confirmed in a later block: %s', async (_, lie) => {
    await verifyReport(await reportOn(lie()), source)
  })
})

/** A lie whose report touches accounts, code and slots. */
const lieAboutCounter = LIES[0]![1]
const flipped = (hex: Hex): Hex => bytesToHex(tweaked(hexToBytes(hex)))

type Manipulation = (report: DivergenceReport) => Partial<DivergenceReport>

const MANIPULATIONS: readonly (readonly [string, Manipulation, RegExp])[] = [
  ['another expected value', () => ({ expected: bytesToHex(word(7)) }), /expected is .*01"/],
  ['another told value', () => ({ got: bytesToHex(word(7)) }), /got is .*09"/],
  ['another kind', () => ({ kind: 'extraWrite' }), /kind is "wrongValue"/],
  ['another place', () => ({ shredIndex: 2 }), /shredIndex is 1/],
  ['another block', () => ({ blockNumber: '2' }), /blockNumber is "1"/],
  ['another message', ({ message }) => ({ message: flipped(message) }), /signed another message/],
  ['another seq', () => ({ seq: 1 }), /signed another message 1/],
  ['a seq that is not there', () => ({ seq: 99 }), /no frame of the report holds message 99/],
  ['another transaction', () => ({ txHash: bytesToHex(word(1)) }), /not that of the message/],
  [
    'another leader',
    () => ({ leaderKey: bytesToHex(createFrameSigner().publicKey) }),
    /not signed by the leader key/,
  ],
  ['a changed frame', (report) => ({ frames: report.frames!.map(flipped) }), /not signed/],
  ['a frame left out', (report) => ({ frames: report.frames!.toSpliced(1, 1) }), /gap|continue/],
  ['no start', (report) => ({ frames: report.frames!.slice(1) }), /do not reach back/],
  ['no frames', () => ({ frames: null }), /holds no signed frames/],
  ['no accounts', () => ({ accounts: null }), /proves nothing of the state/],
  ['another chain', () => ({ chainId: '1' }), /not of chain 31337/],
  ['another genesis', () => ({ genesisHash: bytesToHex(word(1)) }), /the report is of chain 31337/],
  [
    'an engine that is none',
    () => ({ follower: { engine: 'magic', version: '1' } }),
    /there is no engine magic/,
  ],
  [
    'changed code',
    ({ accounts }) => ({
      accounts: accounts!.map((account) => {
        return account.code === '0x' ? account : { ...account, code: flipped(account.code) }
      }),
    }),
    /the code of 0x.* is another/,
  ],
  [
    'a changed node of the state',
    ({ accounts }) => ({
      accounts: accounts!.map(({ proof, ...account }) => {
        return { ...account, proof: [...proof.slice(0, -1), flipped(proof.at(-1)!)] }
      }),
    }),
    /not the node that belongs there|no RLP|no path/,
  ],
  [
    'an account left out',
    // The last one: its nodes are no others'.
    ({ accounts }) => ({ accounts: accounts!.slice(0, -1) }),
    /no node where one must be|does not prove|executed again/,
  ],
  [
    'slots left out',
    ({ accounts }) => ({ accounts: accounts!.map((account) => ({ ...account, slots: [] })) }),
    /no node where one must be|does not prove|executed again/,
  ],
]

describe('a report that was manipulated', () => {
  it.each(MANIPULATIONS)('is refused for %s', async (_, manipulate, reason) => {
    const report = await reportOn(lieAboutCounter(honest))
    const error = await verifyReport({ ...report, ...manipulate(report) }, source).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(RefutedReportError)
    expect((error as RefutedReportError).shortMessage).toMatch(reason)
  })

  it('is refused when the leader told the truth', async () => {
    const report = await reportOn(lieAboutCounter(honest))
    const received = receivedStream(honest, signer)
    const truth = received.find(({ message }) => message.seq === report.seq)!
    const frames = received.slice(0, report.seq + 1).map(({ signedIn }) => bytesToHex(signedIn))
    const made = { ...report, frames, message: bytesToHex(truth.bytes) }
    await expect(verifyReport(made, source)).rejects.toThrow('nothing differs')
  })

  it.each([{}, [], null, { type: 'divergence' }, { type: 'equivocation', version: 1 }])(
    'is not read from %j',
    (value) => {
      expect(() => reportFromJson(value, 'it')).toThrow(UnreadableReportError)
    },
  )
})

describe('the verify command', () => {
  it('says whether a file holds, and ends accordingly', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shredcast-verify-'))
    const path = join(folder, 'report.json')
    const report = await reportOn(lieAboutCounter(honest))
    await writeFile(path, JSON.stringify(report))
    const other = await runCommand('verify', [path, '--json'])
    expect(other.code).toBe(1)
    expect(JSON.parse(other.stdout)).toMatchObject({
      type: 'verdict',
      report: 'divergence',
      confirmed: false,
      reason: expect.stringContaining('the report is of chain 31337 with genesis'),
    })
    await writeFile(path, 'nonsense')
    expect(await runCommand('verify', [path])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not JSON'),
    })
    await rm(folder, { recursive: true })
  })
})

describeWithData(
  'a report on a mainnet block',
  '../shared/fixtures/mainnet/1150000.json.gz',
  (path) => {
    const fixtures = { type: 'fixtures', paths: [path] } as const

    it('is checked with the fixture', async () => {
      const mainnet = await createEngine({ config: MAINNET, workers: 2 })
      const block = await fixtureStream(mainnet, await readBlockFixture(path))
      const lie = inReceipt(8, () => ({ gasUsed: 1n }))(block)
      const report = await reportOf(mainnet, await FixtureChain.find([path]), lie)
      await mainnet.close()
      expect(report).toMatchObject({ kind: 'receipt', shredIndex: 8, accounts: null })
      await verifyReport(report, fixtures)
      const made = { ...report, expected: '1' }
      await expect(verifyReport(made, fixtures)).rejects.toThrow('expected is')
      await expect(verifyReport(report, source)).rejects.toThrow('not of chain 31337')
    })
  },
)
