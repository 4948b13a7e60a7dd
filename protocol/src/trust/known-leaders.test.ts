import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SAMPLE_HELLO } from '../wire/message-samples.ts'
import { checkKnownLeader, KnownLeadersFileError, LeaderKeyChangedError } from './known-leaders.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shredcast-trust-'))
  path = join(folder, 'leaders.json')
})

afterEach(() => rmSync(folder, { recursive: true }))

const changed = { ...SAMPLE_HELLO, leaderKey: new Uint8Array(32).fill(9) }

describe('known leaders', () => {
  it('are those seen first', async () => {
    expect(await checkKnownLeader(path, SAMPLE_HELLO)).toBe('first use')
    expect(await checkKnownLeader(path, SAMPLE_HELLO)).toBe('known')
    expect(await checkKnownLeader(path, { ...changed, chainId: 2n })).toBe('first use')
    expect(await checkKnownLeader(path, SAMPLE_HELLO)).toBe('known')
    expect(JSON.parse(readFileSync(path, 'utf8')).leaders).toHaveLength(2)
  })

  it('may not change their key', async () => {
    await checkKnownLeader(path, SAMPLE_HELLO)
    const before = readFileSync(path, 'utf8')
    const error = await checkKnownLeader(path, changed).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(LeaderKeyChangedError)
    expect(String(error)).toContain(`remove its entry from ${path}`)
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it.each(['', '{}', '[]', '{"version":1,"leaders":[{}]}', '{"version":2,"leaders":[]}'])(
    'are not in a file of %j',
    async (text) => {
      writeFileSync(path, text)
      await expect(checkKnownLeader(path, SAMPLE_HELLO)).rejects.toThrow(KnownLeadersFileError)
    },
  )

  it('are not in a folder, nor in one that is not there', async () => {
    await expect(checkKnownLeader(folder, SAMPLE_HELLO)).rejects.toThrow('cannot be read')
    const nowhere = join(folder, 'no', 'file')
    await expect(checkKnownLeader(nowhere, SAMPLE_HELLO)).rejects.toThrow('cannot be written')
  })
})
