/** The example page in a real browser, against the leader's process with demo traffic. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import type { Browser, Page } from 'playwright-core'
import { chromium } from 'playwright-core'
import { createPublicClient, http } from 'viem'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { CuttableLine } from '../kit/cuttable-line.ts'
import { cuttableLine } from '../kit/cuttable-line.ts'
import { describeWithData } from '../kit/describe-with-data.ts'
import { devAccount } from '../kit/dev-token.ts'
import type { RunningCommand } from '../kit/run-command.ts'
import { startCommand } from '../kit/run-command.ts'

const CHROMIUM = '/usr/bin/chromium'
/** Nothing but the page: no updates, no accounts, no other protocol than TCP. */
const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const WAIT = { timeout: 100_000, interval: 100 }
const TIMEOUT_MS = 300_000
/** Deploys and funds the demo. */
const DEPLOYER = devAccount(9).address

async function startExample(): Promise<{ example: RunningCommand; pageUrl: string }> {
  const example = startCommand('example', ['--port', '0', '--json'])
  const { url } = JSON.parse(await example.line(/"ready"/))
  return { example, pageUrl: url }
}

describe('example page', () => {
  it('is bundled with nothing left that a browser does not have', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const { example, pageUrl } = await startExample()
    const script = await fetch(new URL('page.js', pageUrl))
    expect(script.headers.get('content-type')).toContain('text/javascript')
    expect(await script.text()).not.toMatch(/["']node:/)
    expect((await fetch(new URL('other', pageUrl))).status).toBe(404)
    example.signal('SIGINT')
    expect(await example.ended).toMatchObject({ code: 0, stderr: '' })
  })
})

describeWithData('example page in Chromium', CHROMIUM, (executablePath) => {
  let leader: RunningCommand
  let example: RunningCommand
  let proxy: CuttableLine
  let browser: Browser
  let page: Page
  let rpcUrl: string
  const errors: string[] = []

  beforeAll(async () => {
    const ports = ['--stream-port', '0', '--http-port', '0']
    leader = startCommand('leader', ['--dev', '--demo', '20', '--json', '--workers', '2', ...ports])
    const ready = JSON.parse(await leader.line(/"ready"/))
    rpcUrl = ready.rpc
    proxy = await cuttableLine(Number(new URL(ready.stream).port))
    const started = await startExample()
    example = started.example
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS })
    page = await browser.newPage()
    page.on('pageerror', (error) => errors.push(error.message))
    page.on('console', (entry) => {
      if (entry.type() === 'error') errors.push(entry.text())
    })
    const url = new URL(started.pageUrl)
    url.searchParams.set('stream', proxy.url)
    url.searchParams.set('rpc', rpcUrl)
    url.searchParams.set('leaderKey', ready.leaderKey)
    await page.goto(url.href)
  }, TIMEOUT_MS)

  afterAll(async () => {
    await browser?.close()
    proxy?.close()
    for (const command of [example, leader]) {
      command?.signal('SIGINT')
      await command?.ended
    }
  }, TIMEOUT_MS)

  const text = async (selector: string) => {
    return (await page.locator(selector).first().textContent()) ?? ''
  }

  it('shows shreds, blocks and transfers as they come', { timeout: TIMEOUT_MS }, async () => {
    await vi.waitFor(async () => {
      expect(await text('#transfers td:nth-child(2)')).toMatch(/^0x[0-9a-f]{40}$/i)
    }, WAIT)
    expect(await text('#status')).toBe('connected')
    expect(await text('#leader-key')).toMatch(/^0x[0-9a-f]{64}$/)
    await vi.waitFor(async () => expect(await text('#head')).toMatch(/^\d+: 0x/), WAIT)
    expect(await text('#shreds td:nth-child(5)')).toBe('success')
    const hash = (await text('#shreds td:nth-child(2)')) as Hex
    const client = createPublicClient({ transport: http(rpcUrl) })
    expect(await client.getTransactionReceipt({ hash })).toMatchObject({ status: 'success' })
  })

  it('goes on after its line was cut, without a gap', { timeout: TIMEOUT_MS }, async () => {
    const place = async () => Number((await text('#shreds td')).split('/')[0])
    const before = await place()
    proxy.cut()
    await vi.waitFor(async () => expect(await place()).toBeGreaterThan(before + 1), WAIT)
    const counts = JSON.parse(await text('#counts'))
    expect(counts).toMatchObject({ gaps: 0, lines: 1, undecodableLogs: 0 })
    expect(counts.losses).toBeGreaterThanOrEqual(1)
    expect(counts.messages).toBeGreaterThan(0)
  })

  it('comes to the balance that JSON-RPC has', { timeout: TIMEOUT_MS }, async () => {
    const client = createPublicClient({ transport: http(rpcUrl) })
    await vi.waitFor(async () => {
      const wei = await page.locator('#balance').getAttribute('data-wei')
      expect(wei).toBe(String(await client.getBalance({ address: DEPLOYER })))
    }, WAIT)
    // A cut line is told in the console; nothing else may be.
    expect(errors.filter((line) => !line.includes('WebSocket'))).toEqual([])
  })
})
