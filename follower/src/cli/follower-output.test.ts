import { describe, expect, it } from 'vitest'
import type { BlockReport } from '../ingest/block-intake.ts'
import { blockJson, blockLine, snapshotLine } from './follower-output.ts'

const REPORT: BlockReport = {
  number: 12,
  mode: 'dag',
  verified: true,
  shreds: 34,
  executeMs: 3.21987,
  edges: 1,
  criticalPath: 5,
  aborts: 0,
  lagMs: 1.00049,
}

describe('a verified block', () => {
  it('is a line to people', () => {
    expect(blockLine(REPORT)).toBe('block 12 verified: 34 shreds, 1 edge, critical path 5, 3.2 ms')
  })

  it('is an object to programs, in the shape that replay prints', () => {
    expect(blockJson(REPORT)).toEqual({
      type: 'block',
      number: 12,
      shreds: 34,
      lagMs: 1,
      follower: {
        mode: 'dag',
        verified: true,
        executeMs: 3.22,
        edges: 1,
        criticalPath: 5,
        aborts: 0,
      },
    })
  })
})

describe('a snapshot', () => {
  it('is a line to people when it is loaded', () => {
    const news = { state: 'loaded', block: 7, entryCount: 9, bytes: 2 ** 20 } as const
    expect(snapshotLine({ ...news, entries: 1 })).toBe(
      'snapshot of block 7 loaded: 1 entry, 1.0 MiB',
    )
    expect(snapshotLine({ ...news, entries: 2 })).toBe(
      'snapshot of block 7 loaded: 2 entries, 1.0 MiB',
    )
  })
})
