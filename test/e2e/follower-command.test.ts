/** The follower's command against leaders that only exist as a stream. */

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { genesisStream } from '../kit/honest-stream.ts'
import { inHeader } from '../kit/lies.ts'
import { runCommand, startCommand } from '../kit/run-command.ts'
import { serveStream } from '../kit/stream-leader.ts'
import { addressOf, word } from '../kit/test-world.ts'

const genesis = devGenesis()
const signer = createFrameSigner()
let folder: string
let honest: StreamServer
let lying: StreamServer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shredcast-follower-'))
  const engine = await createEngine({ config: genesis.config, workers: 1 })
  const drafts: MessageDraft[] = await genesisStream(engine, genesis, [[], []], addressOf('any'))
  await engine.close()
  honest = await serveStream({ genesis, signer, drafts })
  const lie = inHeader({ stateRoot: word(1) })
  lying = await serveStream({ genesis, signer, drafts: lie(drafts) })
})

afterAll(async () => {
  await Promise.all([honest.close(), lying.close(), rm(folder, { recursive: true })])
})

const follow = (url: string, ...args: string[]) => {
  return runCommand('follower', ['--leader', url, '--workers', '1', '--no-http', ...args])
}

const FIXTURES = ['--leader', 'ws://127.0.0.1:1', '--fixtures', 'x']

const jsonLines = (stdout: string) => {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('the follower command', () => {
  it('prints a line for each block it verified', async () => {
    const run = await follow(honest.url, '--blocks', '2')
    expect(run.stderr).toBe('')
    expect(run.code).toBe(0)
    expect(run.stdout).toMatch(
      /^block 1 verified: 0 shreds, \d+ edges?, critical path \d+, [\d.]+ ms, 2 messages behind\nblock 2 verified: .*\n$/,
    )
  })

  it('prints objects for programs', async () => {
    const key = bytesToHex(signer.publicKey)
    const run = await follow(honest.url, '--blocks', '1', '--json', '--leader-key', key)
    expect(run.code).toBe(0)
    expect(jsonLines(run.stdout)).toMatchObject([
      { type: 'ready', chainId: 31337, leader: { key, nextSeq: 4, oldestSeq: 0 } },
      { type: 'block', number: 1, follower: { mode: 'dag', verified: true, aborts: 0 } },
    ])
  })

  it('ends with 1, one line and a report when the leader lies', async () => {
    const run = await follow(lying.url, '--json', '--report-folder', folder)
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(
      /^error: the leader diverges at block 1, seal: header, header stateRoot: .*json\)\n$/,
    )
    expect(jsonLines(run.stdout).at(-1)).toMatchObject({
      type: 'divergence',
      kind: 'header',
      shredIndex: 'seal',
      path: join(folder, 'divergence-1-seal.json'),
    })
    expect(await readdir(folder)).toEqual(['divergence-1-seal.json'])
    const verdict = await runCommand('verify', [join(folder, 'divergence-1-seal.json')])
    expect(verdict).toMatchObject({ code: 0, stderr: '' })
    expect(verdict.stdout).toBe(
      `confirmed: leader ${bytesToHex(signer.publicKey)} is convicted by message 1 (divergence)\n`,
    )
  })

  it('stops cleanly on SIGTERM', async () => {
    const follower = startCommand('follower', [
      ...['--leader', honest.url, '--workers', '1', '--no-http'],
    ])
    await follower.line(/block 2 verified/)
    follower.signal('SIGTERM')
    expect(await follower.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('waits for a leader that is not there, and says so', async () => {
    const args = ['--leader', 'ws://127.0.0.1:1', '--workers', '1', '--no-http']
    const follower = startCommand('follower', args)
    const line = await follower.errorLine(/no connection to ws:\/\/127\.0\.0\.1:1: /)
    expect(JSON.parse(line)).toMatchObject({ level: 'warn', retryInMs: expect.any(Number) })
    follower.signal('SIGTERM')
    expect(await follower.ended).toMatchObject({ code: 0, stdout: '' })
  })

  it.each([
    ['no leader', []],
    ['two sources', ['--leader', 'ws://127.0.0.1:1', '--dev', '--fixtures', 'x']],
    ['a start that is none', ['--leader', 'ws://127.0.0.1:1', '--from', 'yesterday']],
    ['a relay of fixtures', [...FIXTURES, '--relay-port', '0']],
    ['a folder for fixtures', [...FIXTURES, '--datadir', 'x']],
  ])('takes %s as wrong usage', async (_, args) => {
    expect((await runCommand('follower', args)).code).toBe(2)
  })
})
