import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import {
  SAMPLE_OPENED,
  SAMPLE_SEALED,
  SAMPLE_SHRED,
} from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogMismatchError, loggedBlocksAbove, loggedRevert } from './logged-blocks.ts'

let folder: SampleFolder

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

const hashOf = (number: bigint, mark = 0) => new Uint8Array(32).fill(Number(number)).fill(mark, 31)
const headAt = (number: bigint) => ({ number, hash: hashOf(number) })

function opened(number: bigint): MessageDraft {
  return { ...SAMPLE_OPENED, context: { ...SAMPLE_OPENED.context, number } }
}

function shreds(number: bigint, count: number): MessageDraft[] {
  return Array.from({ length: count }, (_, shredIndex) => {
    return { ...SAMPLE_SHRED, blockNumber: number, shredIndex }
  })
}

function sealed(number: bigint, mark = 0): MessageDraft {
  const header = { ...SAMPLE_SEALED.header, number }
  return { ...SAMPLE_SEALED, header, hash: hashOf(number, mark) }
}

const reverted = (number: bigint): MessageDraft => ({
  type: 'chainReverted',
  number,
  hash: hashOf(number),
  changes: [],
})

const block = (number: bigint, count: number) => [
  opened(number),
  ...shreds(number, count),
  sealed(number),
]

async function logOf(drafts: readonly MessageDraft[]) {
  const { shredLog } = await folder.open()
  const chain = new MessageChain()
  await shredLog.append(drafts.map((draft) => chain.append(draft).bytes))
  return shredLog
}

describe('the blocks of the log above the head', () => {
  it('are none when the log is empty, or ends with the head', async () => {
    const empty = await logOf([])
    expect(loggedBlocksAbove(empty, headAt(0n))).toEqual([])
    expect(loggedRevert(empty, headAt(0n))).toBeUndefined()
    await folder.remove()
    folder = createSampleFolder()
    expect(loggedBlocksAbove(await logOf(block(1n, 3)), headAt(1n))).toEqual([])
  })

  it('are the one that was open, however long, and those that were sealed', async () => {
    const log = await logOf([
      ...block(1n, 2),
      ...block(2n, 600),
      ...block(3n, 0),
      opened(4n),
      ...shreds(4n, 700),
    ])
    const blocks = loggedBlocksAbove(log, headAt(1n))
    expect(blocks.map(({ opened }) => opened.context.number)).toEqual([2n, 3n, 4n])
    expect(blocks.map(({ shreds }) => shreds.length)).toEqual([600, 0, 700])
    expect(blocks.map(({ sealed }) => sealed !== undefined)).toEqual([true, true, false])
    expect(loggedBlocksAbove(log, headAt(3n))).toHaveLength(1)
    expect(loggedBlocksAbove(log, headAt(0n))).toHaveLength(4)
  })

  it.each([
    { name: 'a log behind the head', drafts: block(1n, 1), head: headAt(2n) },
    { name: 'another head', drafts: [opened(1n), sealed(1n, 9)], head: headAt(1n) },
    { name: 'a missing opening', drafts: [...block(1n, 0), ...shreds(2n, 1)], head: headAt(1n) },
    { name: 'a missing block', drafts: [...block(1n, 0), opened(3n)], head: headAt(1n) },
    { name: 'a missing shred', drafts: [opened(1n), ...shreds(1n, 3).slice(1)], head: headAt(0n) },
    { name: 'a missing seal', drafts: [opened(1n), opened(2n)], head: headAt(0n) },
  ])('are refused: $name', async ({ drafts, head }) => {
    const log = await logOf(drafts)
    expect(() => loggedBlocksAbove(log, head)).toThrow(LogMismatchError)
  })
})

describe('a log in which the chain was reverted', () => {
  it('goes on from where it was reverted to', async () => {
    const log = await logOf([...block(1n, 2), ...block(2n, 1), reverted(1n), opened(2n)])
    const blocks = loggedBlocksAbove(log, headAt(1n))
    expect(blocks.map(({ opened }) => opened.context.number)).toEqual([2n])
    expect(loggedRevert(log, headAt(1n))).toBeUndefined()
  })

  it('tells of the way back that the store has not gone yet', async () => {
    const log = await logOf([...block(1n, 2), ...block(2n, 1), ...block(3n, 0), reverted(1n)])
    expect(loggedRevert(log, headAt(3n))).toMatchObject({ type: 'chainReverted', number: 1n })
    expect(loggedRevert(log, headAt(1n))).toBeUndefined()
    expect(loggedBlocksAbove(log, headAt(1n))).toEqual([])
  })

  it('has no way back when it ends otherwise', async () => {
    const log = await logOf([...block(1n, 0), reverted(0n), ...block(1n, 2)])
    expect(loggedRevert(log, headAt(1n))).toBeUndefined()
    expect(loggedBlocksAbove(log, headAt(1n))).toEqual([])
  })
})
