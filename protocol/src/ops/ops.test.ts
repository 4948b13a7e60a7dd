import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { watchCounters } from './counter-watch.ts'
import type { Log, LogFormat, LogLevel } from './log.ts'
import { createProcessLog } from './log.ts'
import { Metrics } from './metrics.ts'
import { createOpsServer } from './ops-server.ts'
import { measureRequests } from './rpc-metrics.ts'
import { StreamAge } from './stream-age.ts'

/** What is written while `write` logs. */
async function logged(settings: { level: LogLevel; format: LogFormat }, write: (log: Log) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'process-log-'))
  const file = openSync(join(folder, 'log'), 'w')
  try {
    const { log, close } = createProcessLog('sample', settings, file)
    write(log)
    await close()
    return readFileSync(join(folder, 'log'), 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('the log', () => {
  it('is an object a line, with what its level asks for', async () => {
    const text = await logged({ level: 'info', format: 'json' }, (log) => {
      log('debug', 'no')
      log('info', 'sealed', { number: 1 })
      log('error', 'broken')
    })
    const lines = text.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', command: 'sample', msg: 'sealed', number: 1 },
      { level: 'error', command: 'sample', msg: 'broken' },
    ])
  })

  it('is a readable line for people, and nothing when it is silent', async () => {
    const write = (log: Log) => log('warn', 'slow seal', { number: 1, why: 'disk' })
    expect(await logged({ level: 'trace', format: 'pretty' }, write)).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} warn {2}slow seal number=1 why=disk\n$/,
    )
    expect(await logged({ level: 'silent', format: 'json' }, write)).toBe('')
  })
})

describe('a log that nobody reads', () => {
  it('holds up neither the process nor its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'process-log-'))
    const path = join(folder, 'pipe')
    execFileSync('sh', ['-c', 'mkfifo "$0"', path])
    const pipe = openSync(path, 'r+')
    const { log, close } = createProcessLog('sample', { level: 'info', format: 'json' }, pipe)
    for (let i = 0; i < 10_000; i++) log('info', 'x'.repeat(1000))
    await close()
    closeSync(pipe)
    rmSync(folder, { recursive: true })
  })
})

describe('a stream', () => {
  it('is starting, then ok, then stale, unless something else is wrong', () => {
    let nowMs = 1000
    const age = new StreamAge(
      () => 100,
      () => nowMs,
    )
    const status = (fault?: string) => age.health(fault, {}).report.status
    expect(status()).toBe('starting')
    age.note()
    nowMs += 100
    expect(age.health(undefined, { seq: 1 })).toEqual({
      isHealthy: true,
      report: { status: 'ok', seq: 1, ageMs: 100, staleAfterMs: 100 },
    })
    nowMs++
    expect(status()).toBe('stale')
    age.note()
    expect(status()).toBe('ok')
    expect(age.health('diverged', {})).toMatchObject({ isHealthy: false })
  })
})

describe('watched counters', () => {
  it('are told when they have grown, by how much', () => {
    vi.useFakeTimers()
    try {
      const counters = { refused: 1, cut: 0, note: 'text' }
      const log = vi.fn<Log>()
      const stop = watchCounters(() => ({ ...counters }), log, 10)
      vi.advanceTimersByTime(100)
      expect(log).not.toHaveBeenCalled()
      counters.refused += 3
      vi.advanceTimersByTime(100)
      expect(log.mock.calls).toEqual([['info', 'refused or cut', { refused: 3 }]])
      counters.cut++
      stop()
      expect(log).toHaveBeenLastCalledWith('info', 'refused or cut', { cut: 1 })
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('metrics', () => {
  it('are served with the health, and read when they are asked for', async () => {
    const metrics = new Metrics()
    const counts = { subscribers: 2, framesSent: 5, name: 'text' }
    metrics.mirror('stream', 'Of a server', () => counts, new Set(['subscribers']))
    metrics.gauge('head', 'None yet', () => undefined)
    const measure = measureRequests(metrics)
    measure({ method: 'eth_call', code: 3, tookMs: 2 })
    measure({ method: undefined, code: -32601, tookMs: 0 })
    measure({ method: 'eth_call', code: -32000, tookMs: 2 })
    let isHealthy = true
    const health = () => ({ isHealthy, report: { status: isHealthy ? 'ok' : 'stale' } })
    const server = await createOpsServer({ host: '127.0.0.1', port: 0, metrics, health })
    try {
      counts.framesSent++
      const text = await (await fetch(`${server.url}/metrics`)).text()
      const lines = text.split('\n')
      expect(lines).toContain('shredcast_stream_subscribers 2')
      expect(lines).toContain('shredcast_stream_frames_sent_total 6')
      for (const outcome of [
        'method="eth_call",outcome="reverted"',
        'method="eth_call",outcome="refused"',
        'method="unknown",outcome="invalid"',
      ]) {
        expect(lines).toContain(`shredcast_rpc_requests_total{${outcome}} 1`)
      }
      expect(text).not.toContain('shredcast_stream_name')
      const statuses = async (path: string, method = 'GET') =>
        (await fetch(`${server.url}${path}`, { method })).status
      expect(await statuses('/health')).toBe(200)
      isHealthy = false
      expect(await statuses('/health?x')).toBe(503)
      expect(await statuses('/')).toBe(404)
      expect(await statuses('/metrics', 'POST')).toBe(405)
    } finally {
      await server.close()
    }
  })

  it('need a port that is free', async () => {
    const metrics = new Metrics()
    const health = () => ({ isHealthy: true, report: { status: 'ok' } })
    const { url, close } = await createOpsServer({ host: '127.0.0.1', port: 0, metrics, health })
    const port = Number(new URL(url).port)
    const again = createOpsServer({ host: '127.0.0.1', port, metrics, health })
    await expect(again).rejects.toThrow(`cannot listen on 127.0.0.1:${port}`)
    await close()
  })
})
