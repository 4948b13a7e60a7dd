/**
 * A leader under load, followers that execute every block again, and dApps, in real processes and over
 * lines of their own, while what a seed has planned goes wrong: lines are cut and become slow, readers
 * dawdle, processes freeze and are killed. In the end everybody has the same stream, whole.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { equalBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { afterAll, describe, expect, it } from 'vitest'
import type { Line } from '../kit/line.ts'
import { GOOD_LINE, startLine } from '../kit/line.ts'
import { Dapp } from './dapp.ts'
import type { ChaosSize, Mishap } from './plan.ts'
import { planChaos } from './plan.ts'
import { SupervisedCommand } from './supervised-command.ts'

const SECONDS = Number(process.env.CHAOS_SECONDS ?? 20)
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 1_000_000)
const DAPPS = 50
const DAPP_LINES = 10
const FOLLOWERS = 3
const SIZE: ChaosSize = { lines: DAPP_LINES + FOLLOWERS, followers: FOLLOWERS, dapps: DAPPS }
/** Below the ports that systems give away, so that no other process has it while the leader is down. */
const PORT = 20_000 + ((process.pid + 5000) % 10_000)
const MESSAGES_OF_A_LIFE = 100
/** At least: a thousand in the five minutes of `npm run test:chaos`. */
const CUTS_PER_SECOND = 1000 / 300
const RESIDENT_BYTES_MAX = 2 * 2 ** 30

/** Of the first follower; the last one has nothing else. */
const RELAY_PORT = PORT + 1

const folder = mkdtempSync(join(tmpdir(), 'shredcast-chaos-'))
const datadir = join(folder, 'leader')
const processes: SupervisedCommand[] = []
const lines: Line[] = []
const dapps: Dapp[] = []

afterAll(async () => {
  for (const dapp of dapps) dapp.close()
  for (const line of lines) await line.close()
  for (const child of processes) await child.destroy()
  rmSync(folder, { recursive: true, force: true })
})

const LEADER = [
  '--datadir',
  datadir,
  '--json',
  '--workers',
  '1',
  '--no-http',
  '--block-time',
  '200',
]
const leaderArgs = (demo: readonly string[]) => [...LEADER, '--stream-port', String(PORT), ...demo]

function supervise(name: 'leader' | 'follower', args: readonly string[]): SupervisedCommand {
  const child = new SupervisedCommand(name, args)
  processes.push(child)
  return child
}

async function start() {
  const leader = supervise('leader', leaderArgs(['--demo', '60']))
  const { leaderKey } = JSON.parse(await leader.command.line(/"ready"/))
  for (let i = 1; i < SIZE.lines; i++) lines.push(await startLine(PORT))
  lines.push(await startLine(RELAY_PORT))
  for (let i = 0; i < DAPPS; i++) {
    dapps.push(new Dapp(lines[i % DAPP_LINES]!.port, hexToBytes(leaderKey)))
  }
  const followers = lines.slice(DAPP_LINES).map(({ port }, i) => {
    const relay = i === 0 ? ['--relay-port', String(RELAY_PORT)] : []
    const source = ['--leader', `ws://127.0.0.1:${port}`, '--leader-key', leaderKey]
    const args = [...source, '--datadir', join(folder, `follower-${i}`), ...relay]
    return supervise('follower', [
      ...args,
      '--no-http',
      '--workers',
      '1',
      '--json',
      '--log-level',
      'error',
    ])
  })
  return { leader, followers }
}

type Cast = Awaited<ReturnType<typeof start>>

let cutConnections = 0
/** Where the stream was when the leader was last taken away. */
let interruptedAt = 0

const newestSeq = () => Math.max(...dapps.map(({ record }) => record.nextSeq))

/** A leader that is taken away before it has said anything makes no stream to compare. */
async function leaderHasWorked(): Promise<void> {
  await until(() => newestSeq() >= interruptedAt + MESSAGES_OF_A_LIFE)
  interruptedAt = newestSeq()
}

async function cause(mishap: Mishap, { leader, followers }: Cast): Promise<void> {
  switch (mishap.type) {
    case 'cut':
      cutConnections += lines[mishap.line]!.cut()
      return
    case 'quality':
      return lines[mishap.line]!.become(mishap.quality)
    case 'dawdle':
      return dapps[mishap.dapp]!.dawdle(mishap.forMs)
    case 'pauseLeader':
      return leader.freeze(mishap.forMs)
    case 'killLeader':
      return leader.kill(mishap.forMs)
    case 'pauseFollower':
      return followers[mishap.follower]!.freeze(mishap.forMs)
    case 'killFollower':
      return followers[mishap.follower]!.kill(mishap.forMs)
  }
}

const faults = () => [
  ...processes.flatMap((child) => child.faults),
  ...dapps.flatMap(({ record }, i) => record.faults.map((fault) => `dApp ${i}: ${fault}`)),
]

async function until(condition: () => boolean): Promise<void> {
  while (!condition() && faults().length === 0) await setTimeout(50)
  expect(faults()).toEqual([])
}

async function run(cast: Cast): Promise<void> {
  const startedMs = performance.now()
  const underWay: Promise<void>[] = []
  for (const { atMs, mishap } of planChaos(SEED, SECONDS * 1000, SIZE)) {
    await setTimeout(Math.max(0, atMs - (performance.now() - startedMs)))
    if (mishap.type === 'killLeader' || mishap.type === 'pauseLeader') await leaderHasWorked()
    underWay.push(cause(mishap, cast))
    expect(faults()).toEqual([])
  }
  await Promise.all(underWay)
  await leaderHasWorked()
  for (const line of lines) line.become(GOOD_LINE)
}

describe(`chaos, CHAOS_SEED=${SEED}`, () => {
  it(
    `leaves everybody with the same stream, after ${SECONDS} seconds`,
    async () => {
      const cast = await start()
      await run(cast)
      // A last life without traffic, in which all can catch up.
      await cast.leader.kill(0, leaderArgs([]))
      await cast.leader.command.line(/"sealed"/)
      const first = dapps[0]!.record
      const nextSeq = newestSeq()
      await until(() => dapps.every(({ record }) => record.nextSeq > nextSeq && record.sealed))
      const { number } = first.sealed!.header
      for (const { command } of cast.followers) {
        await command.line(new RegExp(`"type":"block","number":${number},`))
      }
      expect(faults()).toEqual([])
      for (const { record } of dapps) {
        expect(record.repeated).toBe(0)
        for (let seq = 0; seq <= nextSeq; seq++) {
          if (equalBytes(record.hashOf(seq)!, first.hashOf(seq)!)) continue
          throw new Error(`two dApps have different messages ${seq}`)
        }
      }
      await expectBounds()
      const reconnects = dapps.reduce((sum, dapp) => sum + dapp.reconnects, 0)
      expect(reconnects).toBeGreaterThan(0)
      expect(cutConnections).toBeGreaterThanOrEqual(SECONDS * CUTS_PER_SECOND)
      const lives = processes.map((child) => child.lives).join(', ')
      process.stderr.write(
        `chaos: ${nextSeq} messages, ${cutConnections} connections cut, ${reconnects} dApps came ` +
          `back, lives of leader and followers ${lives}\n`,
      )
      for (const follower of cast.followers) expect((await follower.stop()).code).toBe(0)
      expect((await cast.leader.stop()).code).toBe(0)
    },
    600_000 + SECONDS * 5000,
  )
})

async function expectBounds(): Promise<void> {
  for (const child of processes) {
    await child.measure()
    expect(child.maxResidentBytes).toBeLessThan(RESIDENT_BYTES_MAX)
  }
}
