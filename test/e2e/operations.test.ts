/** Leader and follower as their operator has them: configuration, log, metrics, health, limits, stop. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { logLines } from '../kit/log-lines.ts'
import type { RunningCommand } from '../kit/run-command.ts'
import { runCommand, startCommand } from '../kit/run-command.ts'
import { healthOf, healthWhen, scrape } from '../kit/scrape.ts'

const folder = mkdtempSync(join(tmpdir(), 'shredcast-operations-'))

const FIXTURES = '../shared/fixtures/mainnet'

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Starts, loads and ends of whole processes. */
const TIMEOUT = { timeout: 600_000 }

const FREE_PORTS = ['--stream-port', '0', '--http-port', '0', '--metrics-port', '0', '--json']

interface Ready {
  readonly stream: string
  readonly rpc: string
  readonly metrics: string
}

async function startLeader(...args: string[]): Promise<RunningCommand & Ready> {
  const leader = startCommand('leader', [...FREE_PORTS, '--workers', '2', ...args])
  const ready = JSON.parse(await leader.line(/"ready"/)) as Ready
  return { ...leader, ...ready }
}

async function startFollower(stream: string, ...args: string[]) {
  const words = ['--leader', stream, '--metrics-port', '0', '--json', '--workers', '1', ...args]
  const follower = startCommand('follower', words)
  const { metrics } = JSON.parse(await follower.line(/"ready"/)) as Ready
  return { ...follower, metrics }
}

interface RpcAnswer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  readonly json: any
}

async function call(
  url: string,
  methods: readonly string[],
  { token, params = [] }: { token?: string; params?: readonly unknown[] } = {},
): Promise<RpcAnswer> {
  const requests = methods.map((method, id) => ({ jsonrpc: '2.0', id, method, params }))
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(requests.length === 1 ? requests[0] : requests),
  })
  const text = await response.text()
  return { status: response.status, json: text.startsWith('wrong') ? text : JSON.parse(text) }
}

describe('the configuration', TIMEOUT, () => {
  const config = join(folder, 'leader.json')

  it('is printed with the source of each value, without secrets', async () => {
    writeFileSync(config, JSON.stringify({ 'block-time': 250, 'stream-token': 'hidden' }))
    const run = await runCommand('leader', ['--config', config, '--workers', '3', '--print-config'])
    expect(run).toMatchObject({ code: 0, stderr: '' })
    expect(run.stdout).not.toContain('hidden')
    expect(JSON.parse(run.stdout)).toMatchObject({
      'block-time': { value: 250, source: 'file' },
      'stream-token': { value: '<redacted>', source: 'file' },
      workers: { value: 3, source: 'flag' },
      'gas-limit': { value: 60_000_000, source: 'default' },
      http: { value: true, source: 'default' },
    })
  })

  it.each(['leader', 'follower'] as const)('of a %s is refused where it is wrong', async (name) => {
    writeFileSync(config, JSON.stringify({ leader: 'ws://x', 'metrics-port': 'high' }))
    const run = await runCommand(name, ['--config', config])
    expect(run.code).toBe(2)
    const expected =
      name === 'leader'
        ? /leader\.json, "leader": no option of leader for a file/
        : /leader\.json, "metrics-port": "high" is not taken: Expected a whole number from 0 to/
    expect(run.stderr).toMatch(expected)
  })
})

describe('an option without effect', TIMEOUT, () => {
  it.each([
    [['--rpc-burst', '5'], '--rpc-burst needs --rpc-rate'],
    [['--admin-namespaces', 'eth'], '--admin-namespaces needs --admin-token'],
  ])('is wrong usage: %s', async (args, expected) => {
    const run = await runCommand('leader', args)
    expect(run.code).toBe(2)
    expect(run.stderr).toContain(expected)
  })
})

describe('a leader that is watched', TIMEOUT, () => {
  it('measures what it does, logs its life, and answers for its health', async () => {
    const leader = await startLeader('--demo', '50', '--block-time', '200', '--log-level', 'debug')
    await leader.line(/"number":3,/)
    expect((await call(leader.rpc, ['eth_blockNumber'])).status).toBe(200)
    await call(leader.rpc, ['eth_noSuchMethod'])
    const health = await healthOf(leader.metrics)
    expect(health).toMatchObject({ code: 200, report: { status: 'ok', staleAfterMs: 10_000 } })
    expect(health.report.head).toBeGreaterThanOrEqual(3)
    expect(health.report.seq).toBeGreaterThan(6)
    const values = await scrape(leader.metrics)
    const value = (name: string) => values.get(`shredcast_${name}`) ?? Number.NaN
    expect(value('blocks_total')).toBeGreaterThanOrEqual(3)
    expect(value('transactions_total')).toBeGreaterThan(0)
    expect(value('commit_seconds_count')).toBeGreaterThanOrEqual(value('transactions_total'))
    expect(value('publish_seconds_count')).toBeGreaterThanOrEqual(value('transactions_total'))
    expect(value('engine_events_total{event="executions"}')).toBeGreaterThan(0)
    expect(value('seal_seconds_count{part="root"}')).toBe(value('blocks_total'))
    expect(value('store_bytes')).toBeGreaterThan(0)
    expect(value('stream_frames_total')).toBeGreaterThan(0)
    expect(value('rpc_requests_total{method="eth_blockNumber",outcome="ok"}')).toBe(1)
    expect(value('rpc_requests_total{method="unknown",outcome="invalid"}')).toBe(1)
    expect(values.get('nodejs_eventloop_lag_seconds')).toBeDefined()
    expect((await fetch(`${leader.metrics}/other`)).status).toBe(404)
    leader.signal('SIGTERM')
    const { code, stderr } = await leader.ended
    expect(code).toBe(0)
    const lines = logLines(stderr)
    expect(lines[0]).toMatchObject({ level: 'info', command: 'leader', msg: 'leader started' })
    expect(lines[0]).toMatchObject({ chainId: 31337, stream: leader.stream, durability: 'os' })
    const messages = lines.map(({ msg }) => msg)
    expect(messages).toContain('block opened')
    expect(messages.filter((msg) => /block sealed|slow seal/.test(String(msg)))).not.toEqual([])
    expect(lines.at(-1)).toMatchObject({ msg: 'stopped', reason: 'SIGTERM' })
  })

  it('is never stale while blocks are sealed by hand, and tells what its store gives up', async () => {
    const args = [
      '--block-time',
      '100',
      '--log-level',
      'debug',
      '--keep-states',
      '2',
      '--demo',
      '50',
    ]
    const leader = await startLeader(...args)
    await leader.line(/"number":5,/)
    const limitIn = async (seconds: number) => {
      await call(leader.rpc, ['evm_setIntervalMining'], { params: [seconds] })
      return (await healthOf(leader.metrics)).report.staleAfterMs
    }
    expect([await limitIn(0), await limitIn(5)]).toEqual([null, 15_000])
    leader.signal('SIGTERM')
    const { stderr } = await leader.ended
    const pruned = logLines(stderr).find(({ msg }) => msg === 'store pruned')
    expect(pruned).toMatchObject({ level: 'debug', messages: 0 })
    expect(pruned?.changedKeys).toBeGreaterThan(0)
    expect(pruned?.historyStart).toBeGreaterThan(0)
  })

  it('asks for its tokens, and for patience', async () => {
    const limits = [
      '--rpc-rate',
      '1',
      '--rpc-burst',
      '5',
      '--admin-token',
      'open',
      '--log-level',
      'info',
    ]
    const leader = await startLeader(...limits)
    const admin = await call(leader.rpc, ['txpool_status'])
    expect(admin.json.error).toEqual({ code: 4100, message: 'txpool_status needs the admin token' })
    expect((await call(leader.rpc, ['txpool_status'], { token: 'shut' })).status).toBe(401)
    const opened = await call(leader.rpc, ['txpool_status'], { token: 'open' })
    expect(opened.json.result).toEqual({ pending: '0x0', queued: '0x0' })
    const flood = await call(
      leader.rpc,
      Array.from({ length: 50 }, () => 'eth_chainId'),
    )
    const codes = flood.json.map(({ error }: { error?: { code: number } }) => error?.code)
    expect(codes).toContain(undefined)
    expect(codes.at(-1)).toBe(-32005)
    let late = await call(leader.rpc, ['eth_chainId'])
    while (late.status !== 429) late = await call(leader.rpc, ['eth_chainId'])
    expect(late.json).toMatchObject({
      id: null,
      error: { code: -32005, message: 'too many requests' },
    })
    const values = await scrape(leader.metrics)
    expect(values.get('shredcast_rpc_server_unauthorized_total')).toBe(2)
    expect(values.get('shredcast_rpc_server_rate_limited_total')).toBeGreaterThan(40)
    expect(
      values.get('shredcast_rpc_requests_total{method="txpool_status",outcome="unauthorized"}'),
    ).toBe(1)
    leader.signal('SIGTERM')
    const lines = logLines((await leader.ended).stderr)
    expect(lines.find(({ msg }) => msg === 'refused or cut')).toMatchObject({
      'rpc.unauthorized': 2,
    })
  })
})

describe('a follower that is watched', TIMEOUT, () => {
  it('turns red when its leader stands still, and green when it goes on', async () => {
    const leader = await startLeader('--demo', '20', '--block-time', '200')
    const follower = await startFollower(leader.stream, '--max-stream-age', '3000')
    const green = await healthWhen(follower.metrics, ({ code }) => code === 200)
    expect(green.report).toMatchObject({ status: 'ok', isConnected: true })
    await follower.line(/"type":"block","number":2,/)
    const values = await scrape(follower.metrics)
    const value = (name: string) => values.get(`shredcast_${name}`)
    expect(value('verified_blocks_total')).toBeGreaterThanOrEqual(2)
    expect(value('verified_shreds_total')).toBe(value('verify_lag_seconds_count'))
    expect(value('divergences_total')).toBe(0)
    expect(value('stream_connected')).toBe(1)
    leader.signal('SIGSTOP')
    const red = await healthWhen(follower.metrics, ({ code }) => code === 503)
    expect(red.report).toMatchObject({ status: 'stale', staleAfterMs: 3000 })
    leader.signal('SIGCONT')
    await healthWhen(follower.metrics, ({ code }) => code === 200)
    leader.signal('SIGKILL')
    await leader.ended
    const lost = await healthWhen(follower.metrics, ({ report }) => report.status === 'stale')
    expect(lost).toMatchObject({ code: 503, report: { isConnected: false } })
    follower.signal('SIGTERM')
    expect((await follower.ended).code).toBe(0)
  })
})

describe('a stop', TIMEOUT, () => {
  it('seals the open block and refuses what comes too late', async () => {
    const datadir = join(folder, 'stopped')
    const args = ['--datadir', datadir, '--block-time', '3600000', '--demo', '50']
    const leader = await startLeader(...args)
    await leader.line(/"submitted"/)
    leader.signal('SIGTERM')
    const { code, stdout } = await leader.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/"type":"sealed","number":1,/)
    const again = await startLeader('--datadir', datadir)
    expect(JSON.parse(await again.line(/"ready"/))).toMatchObject({ block: 1 })
    again.signal('SIGTERM')
    expect((await again.ended).code).toBe(0)
  })

  it('ends at once at the second signal', async () => {
    const leader = await startLeader('--demo', '150')
    await leader.line(/"submitted"/)
    leader.signal('SIGINT')
    leader.signal('SIGTERM')
    // The first may be done before the second comes.
    expect([0, 130]).toContain((await leader.ended).code)
  })
})

describeWithData('a leader of fixtures', FIXTURES, () => {
  it('serves metrics and health too', TIMEOUT, async () => {
    const args = ['--fixtures', `${FIXTURES}/1150000.json.gz`, '--metrics-port', '0', '--json']
    const leader = startCommand('leader', [...args, '--stream-port', '0', '--workers', '1'])
    const { metrics } = JSON.parse(await leader.line(/"ready"/)) as Ready
    await leader.line(/"done"/)
    const values = await scrape(metrics)
    expect(values.get('shredcast_blocks_total')).toBe(1)
    expect(values.get('shredcast_differing_blocks_total')).toBe(0)
    expect(values.get('shredcast_transactions_total')).toBe(9)
    expect(values.get('shredcast_gas_total')).toBe(649_041)
    expect(values.get('shredcast_execution_seconds_count')).toBe(1)
    expect(values.get('shredcast_stream_subscribers')).toBe(0)
    const health = await healthOf(metrics)
    expect(health).toEqual({ code: 200, report: { status: 'ok', blocks: 1, subscribers: 0 } })
    leader.signal('SIGTERM')
    expect((await leader.ended).code).toBe(0)
  })
})
