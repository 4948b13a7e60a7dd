import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Shred } from '@shredcast/protocol/wire/messages'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { difference } from './difference.ts'
import type { Divergence } from './divergence.ts'
import { DivergenceError } from './divergence.ts'
import { divergenceReport, writeReport } from './divergence-report.ts'

const ADDRESS = new Uint8Array(20).fill(0xab)
const KEY = new Uint8Array(32).fill(1)
const LONG = new Uint8Array(100).fill(0xee)

const location = { kind: 'slot', address: bytesToHex(ADDRESS), key: bytesToHex(KEY) } as const
const divergence: Divergence = {
  ...difference('wrongValue', location, KEY, LONG),
  blockNumber: 2n ** 60n,
  place: 3,
  received: {
    message: { type: 'shred', seq: 17, transaction: Uint8Array.of(1) } as Shred,
    bytes: Uint8Array.of(0xca, 0xfe),
    signedIn: Uint8Array.of(0xf0),
  },
}
const origin = {
  leaderKey: KEY,
  follower: { engine: 'reference', version: '1.2.3' },
  chainId: 1n,
  genesisHash: KEY,
}
const evidence = { frames: [Uint8Array.of(0xf0)], accounts: undefined }

describe('a divergence report', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shredcast-report-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is written as JSON that says all there is, into a folder that is made', async () => {
    const report = divergenceReport(divergence, origin, evidence)
    const path = await writeReport(join(folder, 'new'), report)
    expect(path).toBe(join(folder, 'new', 'divergence-1152921504606846976-3.json'))
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      type: 'divergence',
      version: 2,
      kind: 'wrongValue',
      blockNumber: '1152921504606846976',
      shredIndex: 3,
      txHash: '0x5fe7f977e71dba2ea1a68e21057beebb9be2ac30c6410aa38d4f3fbe41dcffd2',
      location,
      expected: bytesToHex(KEY),
      got: bytesToHex(LONG),
      seq: 17,
      message: '0xcafe',
      leaderKey: bytesToHex(KEY),
      follower: { engine: 'reference', version: '1.2.3' },
      chainId: '1',
      genesisHash: bytesToHex(KEY),
      frames: ['0xf0'],
      accounts: null,
    })
  })

  it('is one line to people, with long values cut', () => {
    const line = new DivergenceError(divergence).shortMessage
    expect(line).toMatch(/block 1152921504606846976, shred 3 \(transaction 0x5fe7f977/)
    expect(line).toContain(`slot ${bytesToHex(KEY)} of ${bytesToHex(ADDRESS)}: expected 0x0101`)
    expect(line).toMatch(/got 0xeeee[e]+\.\.\.$/)
    expect(line).not.toContain('\n')
  })
})
