/**
 * Snapshots as users meet them, in processes of their own: a leader under load that has forgotten the
 * beginning of its stream, followers that have nothing or too little, kills in the middle, a relay.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { askRpc } from '../kit/ask-rpc.ts'
import { payOn, writeLargeGenesis } from '../kit/large-genesis.ts'
import type { Line } from '../kit/line.ts'
import { GOOD_LINE, startLine } from '../kit/line.ts'
import { logMessages } from '../kit/log-lines.ts'
import type { RunningCommand } from '../kit/run-command.ts'
import { startCommand } from '../kit/run-command.ts'

/** About 2.5 MB of state, ten chunks. */
const ACCOUNTS = 60_000
const SLOW = { latencyMs: 0, bytesPerSecond: 500_000 }

/** Starts and ends of whole processes. */
const TIMEOUT = { timeout: 1_200_000 }

/** Below the ports that systems give away: it is listened on again behind a snapshot. */
const RPC_PORT = String(19_000 + (process.pid % 1000))
const RPC_URL = `http://127.0.0.1:${RPC_PORT}`

const root = mkdtempSync(join(tmpdir(), 'shredcast-snapshot-'))
const genesis = join(root, 'genesis.json')
const commands = new Set<RunningCommand>()
let leader: Leader

interface Leader {
  readonly command: RunningCommand
  readonly line: Line
  /** Of the line to the stream. */
  readonly url: string
  readonly rpc: string
  stop(): Promise<void>
}

interface SnapshotLine {
  readonly state: string
  readonly block: number
  readonly entries: number
  readonly entryCount: number
  readonly reason?: string
}

function start(name: 'leader' | 'follower', args: readonly string[]): RunningCommand {
  const command = startCommand(name, ['--genesis', genesis, '--json', ...args])
  commands.add(command)
  command.ended.then(() => commands.delete(command))
  return command
}

async function startLeader(): Promise<Leader> {
  const command = start('leader', [
    ...['--datadir', join(root, 'leader'), '--stream-port', '0', '--http-port', '0'],
    ...['--block-time', '250', '--workers', '1'],
  ])
  const { stream, rpc } = JSON.parse(await command.line(/"ready"/))
  const line = await startLine(Number(new URL(stream).port))
  const traffic = new AbortController()
  const paying = payOn(rpc, traffic.signal)
  // Whoever stops the leader is told; where a test failed, nobody is.
  paying.catch(() => {})
  const stop = async () => {
    traffic.abort()
    await paying
    command.signal('SIGINT')
    expect((await command.ended).code).toBe(0)
    await line.close()
  }
  return { command, line, url: `ws://127.0.0.1:${line.port}`, rpc, stop }
}

/** What a leader forgets in a day, at once. */
async function forgetStream(): Promise<void> {
  const store = await Store.open({ path: join(root, 'leader') })
  const retention = { maxMessages: 5, maxAgeMs: Number.MAX_SAFE_INTEGER }
  const lastSeq = store.shredLog.nextSeq - 1
  store.shredLog.prune(retention, { lastSeq, count: 1_000_000 })
  expect(store.shredLog.firstSeq).toBeGreaterThan(0)
  await store.close()
}

function follow(url: string, folder: string, ...args: string[]): RunningCommand {
  const kept = ['--datadir', join(root, folder), '--report-folder', root]
  return start('follower', ['--leader', url, '--workers', '1', ...kept, ...args])
}

async function snapshotLine(
  command: RunningCommand,
  state: string,
  pattern = '',
): Promise<SnapshotLine> {
  const text = await command.line(new RegExp(`"type":"snapshot","state":"${state}"${pattern}`))
  return JSON.parse(text)
}

const hexOf = (number: number) => `0x${number.toString(16)}`

/** Verified by execution, and near the head of a leader that goes on. */
async function reachedHead(command: RunningCommand, above: number): Promise<void> {
  const next = '"type":"block","number":\\d+,.*"behind":\\d{1,2},.*"mode":"dag","verified":true'
  const { number } = JSON.parse(await command.line(new RegExp(next)))
  expect(number).toBeGreaterThan(above)
}

async function stop(command: RunningCommand): Promise<string> {
  command.signal('SIGINT')
  const { code, stderr } = await command.ended
  expect(code, stderr).toBe(0)
  return stderr
}

async function headOf(folder: string) {
  const store = await Store.open({ path: join(root, folder) })
  const { head, historyStart } = store.snapshot(() => {
    return { head: store.meta.head!, historyStart: store.meta.historyStart! }
  })
  const hashOf = (number: bigint) => {
    const header = store.snapshot(() => store.blocks.header(number))
    return header && bytesToHex(header.stateRoot)
  }
  const stateRoot = hashOf(head.number)
  await store.close()
  return { number: head.number, hash: bytesToHex(head.hash), stateRoot, historyStart }
}

beforeAll(async () => {
  writeLargeGenesis(genesis, ACCOUNTS)
  leader = await startLeader()
  await leader.command.line(/"sealed","number":8,/)
}, TIMEOUT.timeout)

afterEach(() => leader.line.become(GOOD_LINE))

afterAll(async () => {
  for (const command of commands) command.signal('SIGKILL')
  await Promise.all([...commands].map(({ ended }) => ended))
  rmSync(root, { recursive: true, force: true })
}, TIMEOUT.timeout)

describe('a leader that has forgotten the beginning of its stream', TIMEOUT, () => {
  it('is followed by who was away, with a snapshot in place of what it had', async () => {
    const before = follow(leader.url, 'away', '--http-port', RPC_PORT)
    await before.line(/"type":"block","number":3,/)
    await stop(before)
    await leader.stop()
    await forgetStream()
    leader = await startLeader()
    await leader.command.line(/"sealed"/)
    const refused = follow(leader.url, 'away', '--no-http', '--from', 'genesis')
    const { code, stderr } = await refused.ended
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^error: message \d+ is due here, and the oldest that the leader has is \d+/,
    )
    const after = follow(leader.url, 'away', '--http-port', RPC_PORT)
    const { reason } = await snapshotLine(after, 'begun')
    expect(reason).toMatch(/^message \d+ is due here, and the oldest that the leader has is \d+$/)
    const { block } = await snapshotLine(after, 'loaded')
    await reachedHead(after, block)
    expect(await after.line(/"ready"/)).toContain('"trust":"known"')
    const blockAt = async (url: string, number: number) => {
      return (await askRpc(url, 'eth_getBlockByNumber', [hexOf(number), true])).result
    }
    for (const number of [0, block, block + 1]) {
      expect(await blockAt(RPC_URL, number)).toEqual(await blockAt(leader.rpc, number))
    }
    expect(await blockAt(RPC_URL, block - 1)).toBeNull()
    const warned = logMessages(await stop(after)).join('\n')
    expect(warned).toMatch(/takes a snapshot of block \d+: message \d+ is due here/)
    expect((await headOf('away')).historyStart).toBe(BigInt(block))
  })

  it('is followed from nothing, through kills and cuts in the middle of the snapshot', async () => {
    leader.line.become(SLOW)
    const first = follow(leader.url, 'new', '--no-http')
    const part = await snapshotLine(first, 'loading')
    expect(part.entries).toBeLessThan(part.entryCount / 2)
    first.signal('SIGKILL')
    expect((await first.ended).code).toBeNull()
    expect(existsSync(join(root, 'new', 'snapshot', 'chain.mdb'))).toBe(true)
    const second = follow(leader.url, 'new', '--no-http')
    const begun = await snapshotLine(second, 'begun')
    expect(begun.block).toBe(part.block)
    expect(begun.entries).toBeGreaterThanOrEqual(part.entries)
    expect(begun.reason).toBe('one was begun before')
    await snapshotLine(second, 'loading')
    leader.line.cut()
    await snapshotLine(second, 'waiting')
    leader.line.become(GOOD_LINE)
    const loaded = await snapshotLine(second, 'loaded')
    expect(loaded.block).toBe(part.block)
    expect(loaded.entries).toBeGreaterThan(ACCOUNTS)
    expect(existsSync(join(root, 'new', 'snapshot'))).toBe(false)
    await reachedHead(second, loaded.block)
    await stop(second)
    const again = follow(leader.url, 'new', '--no-http', '--blocks', '2', '--from', 'snapshot')
    const { code, stdout } = await again.ended
    expect(code).toBe(0)
    expect(stdout).not.toContain('"type":"snapshot"')
  })

  it('is followed behind a relay that began with a snapshot itself', async () => {
    const relay = follow(leader.url, 'relay', '--no-http', '--relay-port', '0')
    const { block } = await snapshotLine(relay, 'loaded')
    const url = JSON.parse(await relay.line(/"serving"/)).relay
    await reachedHead(relay, block)
    const below = follow(url, 'below', '--no-http', '--from', 'snapshot')
    const loaded = await snapshotLine(below, 'loaded')
    expect(loaded.block).toBeGreaterThan(block)
    await reachedHead(below, loaded.block)
    await leader.stop()
    const head = await headOf('leader')
    await Promise.all(
      [relay, below].map((life) => life.line(new RegExp(`"number":${head.number},`))),
    )
    await Promise.all([stop(relay), stop(below)])
    for (const folder of ['relay', 'below']) {
      expect(await headOf(folder)).toMatchObject({ hash: head.hash, stateRoot: head.stateRoot })
    }
  })
})
