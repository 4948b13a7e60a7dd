import { describe, expect, it } from 'vitest'
import type { BlockReport } from '../ingest/block-intake.ts'
import { blockJson, blockLine } from './follower-output.ts'

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
