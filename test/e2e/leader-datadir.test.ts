/** The leader's data folder as its user meets it: kept, full, damaged, of another chain, in use. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import { DEV_ADDRESSES } from '@shredcast/shared/chain/dev-genesis'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { afterAll, describe, expect, it } from 'vitest'
import type { LeaderLife } from '../kit/leader-life.ts'
import { startLeader } from '../kit/leader-life.ts'
import type { CommandRun } from '../kit/run-command.ts'
import { startCommand } from '../kit/run-command.ts'
import { StreamRecord } from '../kit/stream-record.ts'

const root = mkdtempSync(join(tmpdir(), 'shredcast-leader-datadir-'))

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Starts, loads and ends of whole processes. */
const TIMEOUT = { timeout: 600_000 }

const LOAD = ['--demo', '150', '--block-time', '50', '--stream-port', '0']

/** Receives the whole stream until `isEnough`, or until the leader has ended. */
async function receive(leader: LeaderLife, record: StreamRecord, isEnough = () => false) {
  const { stream, leaderKey } = await leader.ready
  const client = connectStream(stream, { from: 0, leaderKey: hexToBytes(leaderKey) })
  leader.ended.then(() => client.close())
  await new Promise<void>((resolve, reject) => {
    client.messages$.subscribe({
      next: (received) => {
        record.take(received)
        if (isEnough()) client.close()
      },
      error: reject,
      complete: resolve,
    })
  })
}

/** Grows a chain until its subscriber has `count` messages more, and stops it. */
async function grow(datadir: string, record: StreamRecord, count: number): Promise<CommandRun> {
  const leader = startLeader({ datadir, args: LOAD })
  const enough = record.nextSeq + count
  await receive(leader, record, () => record.nextSeq >= enough)
  return leader.stop()
}

describe('a data folder', TIMEOUT, () => {
  it('lets a stopped leader go on, with its key and its stream from the beginning', async () => {
    const datadir = join(root, 'kept')
    const record = new StreamRecord()
    const first = startLeader({ datadir, args: LOAD })
    const { leaderKey } = await first.ready
    await receive(first, record, () => record.nextSeq >= 50)
    expect((await first.stop()).code).toBe(0)
    expect(statSync(join(datadir, 'signing-key')).mode & 0o777).toBe(0o600)
    const second = startLeader({ datadir, args: LOAD })
    const ready = await second.ready
    expect(ready.leaderKey).toBe(leaderKey)
    expect(ready.block).toBeGreaterThan(0)
    const head = record.nextSeq
    await receive(second, record, () => record.nextSeq >= head + 50)
    expect(record.faults).toEqual([])
    expect(record.repeated).toBe(head)
    expect((await second.stop()).code).toBe(0)
  })

  it('is temporary when none is named, and removed at the end', async () => {
    const before = temporaryFolders()
    const leader = startCommand('leader', [
      ...['--stream-port', '0', '--http-port', '0'],
      ...['--block-time', '50'],
    ])
    await leader.line(/block 1 sealed/)
    const made = temporaryFolders().filter((name) => !before.includes(name))
    expect(made.length).toBeGreaterThan(0)
    leader.signal('SIGINT')
    expect((await leader.ended).code).toBe(0)
    expect(temporaryFolders().filter((name) => made.includes(name)).length).toBeLessThan(
      made.length,
    )
  })

  it('is refused while another leader has it, and when it holds another chain', async () => {
    const datadir = join(root, 'held')
    const holder = startLeader({ datadir, args: ['--stream-port', '0'] })
    await holder.ready
    expectError(await startLeader({ datadir }).ended, /is in use by process \d+: stop it/)
    await holder.stop()
    const genesis = join(root, 'genesis.json')
    const config = { chainId: 5, homesteadBlock: 0, terminalTotalDifficulty: 0 }
    const json = { config, difficulty: '0x0', gasLimit: '0x1c9c380', alloc: {} }
    writeFileSync(genesis, JSON.stringify(json))
    const other = startLeader({ datadir, args: ['--genesis', genesis] })
    expectError(await other.ended, /the folder holds chain 31337 with genesis 0x/)
  })
})

function temporaryFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^shredcast-leader-\w{6}$/.test(name))
}

/** One line on stderr and exit code 1, and nothing was served. */
function expectError({ code, stdout, stderr }: CommandRun, pattern: RegExp): void {
  expect(stderr).toMatch(/^error: .*\n$/)
  expect(stderr).toMatch(pattern)
  expect(code).toBe(1)
  expect(stdout).toBe('')
}

describe('a full disk', TIMEOUT, () => {
  it.each([
    {
      name: 'a limit',
      args: ['--max-store', '1'],
      error: /has reached its limit of 1048576 bytes/,
    },
    { name: 'no room', fileBytes: 1_500_000, error: /no room for .*: free space on its disk/ },
  ])('ends the leader with a clear error, by $name; with room it goes on', async (full) => {
    const { name, args = [], fileBytes, error } = full
    const datadir = join(root, name)
    const record = new StreamRecord()
    const limited = { datadir, args: [...LOAD, ...args], ...(fileBytes && { fileBytes }) }
    const leader = startLeader(limited)
    await receive(leader, record)
    const { code, stderr } = await leader.ended
    expect(stderr).toMatch(/^error: .*\n$/)
    expect(stderr).toMatch(error)
    expect(code).toBe(1)
    expect(record.nextSeq).toBeGreaterThan(10)
    const before = record.nextSeq
    expect((await grow(datadir, record, 50)).code).toBe(0)
    expect(record.nextSeq).toBeGreaterThanOrEqual(before + 50)
    expect(record.faults).toEqual([])
  })
})

describe('a damaged page', TIMEOUT, () => {
  it('ends the leader with a clear error when it is read', async () => {
    const datadir = join(root, 'damaged')
    const record = new StreamRecord()
    expect((await grow(datadir, record, 50)).code).toBe(0)
    const path = join(datadir, 'chain.mdb')
    const whole = readFileSync(path)
    // The demo's wallets are paid from it, as the shred log tells.
    writeFileSync(path, damaged(whole, hexToBytes(DEV_ADDRESSES.at(-1)!)))
    const { code, stderr } = await startLeader({ datadir, args: LOAD }).ended
    expect(stderr).toMatch(/^error: .*is damaged at [a-z ]+ 0x.*\n$/)
    expect(code).toBe(1)
    writeFileSync(path, whole)
    expect((await grow(datadir, record, 50)).code).toBe(0)
    expect(record.faults).toEqual([])
  })
})

/** A bit is flipped behind every occurrence of `key`: in the value of each entry with this key. */
function damaged(whole: Uint8Array, key: Uint8Array): Uint8Array {
  const bytes = Buffer.from(whole)
  let count = 0
  for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) {
    const value = at + key.length
    bytes[value] = bytes[value]! ^ 1
    count++
  }
  expect(count).toBeGreaterThan(0)
  return bytes
}
