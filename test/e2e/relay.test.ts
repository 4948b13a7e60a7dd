/**
 * A leader under load, a follower, another one behind it, and a dApp behind that one, all in processes
 * of their own but the dApp. Each process is killed at random moments and started again in its folder.
 * Whatever the dApp receives over all of that is the leader's stream without gap or change, and both
 * followers come to every state root.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { StreamClient } from '@shredcast/protocol/client/stream-client'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, describe, expect, it } from 'vitest'
import type { FollowerLife } from '../kit/follower-life.ts'
import { startFollower } from '../kit/follower-life.ts'
import type { LeaderLife } from '../kit/leader-life.ts'
import { startLeader } from '../kit/leader-life.ts'
import { logMessages } from '../kit/log-lines.ts'
import { StreamRecord } from '../kit/stream-record.ts'

const CRASHES = Number(process.env.RELAY_CRASHES ?? 6)
const SEED = Number(process.env.RELAY_SEED ?? Date.now() % 1_000_000)
const MOST_MESSAGES = 120
const LONGEST_MOMENT_MS = 60
/** Below the ports that systems give away, so that nobody else has them while a process is down. */
const FIRST_PORT = 10_000 + (process.pid % 3000) * 3
const [LEADER_PORT, UPPER_PORT, LOWER_PORT] = [FIRST_PORT, FIRST_PORT + 1, FIRST_PORT + 2]

const folder = mkdtempSync(join(tmpdir(), 'shredcast-relay-'))
const datadir = (name: string) => join(folder, name)
const lives = new Set<LeaderLife | FollowerLife>()
let client: StreamClient | undefined

afterAll(async () => {
  client?.close()
  for (const life of lives) await life.kill()
  rmSync(folder, { recursive: true, force: true })
})

const START = {
  leader: () => {
    const args = ['--demo', '150', '--block-time', '150', '--stream-port', String(LEADER_PORT)]
    return startLeader({ datadir: datadir('leader'), args })
  },
  upper: () => startRelay('upper', LEADER_PORT, UPPER_PORT),
  lower: () => startRelay('lower', UPPER_PORT, LOWER_PORT),
}

type Name = keyof typeof START

function startRelay(name: Name, from: number, to: number): FollowerLife {
  const kept = ['--datadir', datadir(name), '--no-http']
  return startFollower(`ws://127.0.0.1:${from}`, [
    ...kept,
    ...['--relay-port', String(to), '--execute', name === 'upper' ? 'dag' : 'seeded'],
    ...['--report-folder', folder, '--log-level', 'error'],
  ])
}

/** What runs under each name. */
const running = new Map<Name, LeaderLife | FollowerLife>()

function start(name: Name): void {
  const life = START[name]()
  running.set(name, life)
  lives.add(life)
}

/** What is sent again after a kill may be there already. */
function faultsOf(stderr: string): string[] {
  return logMessages(stderr).filter((line) => !line.startsWith('rejected'))
}

async function kill(name: Name): Promise<void> {
  const life = running.get(name)!
  const { code, stderr } = await life.kill()
  lives.delete(life)
  expect(faultsOf(stderr), name).toEqual([])
  expect(code, name).toBeNull()
}

function subscribe(record: StreamRecord): void {
  client = connectStream(`ws://127.0.0.1:${LOWER_PORT}`, {
    from: 0,
    reconnect: { minDelayMs: 20, maxDelayMs: 200 },
  })
  client.messages$.subscribe({
    next: (received) => record.take(received),
    error: (error) => record.faults.push(`the dApp's stream ended: ${error.message}`),
  })
}

async function until(condition: () => boolean, record: StreamRecord): Promise<void> {
  while (!condition() && record.faults.length === 0) await setTimeout(10)
  expect(record.faults).toEqual([])
}

describe(`a relay of a relay, RELAY_SEED=${SEED}`, () => {
  it(
    `passes on one stream, whoever is killed, ${CRASHES} times`,
    async () => {
      const random = createRandom(SEED)
      const record = new StreamRecord()
      const names = Object.keys(START) as Name[]
      for (const name of names) start(name)
      subscribe(record)
      for (let crash = 0; crash < CRASHES; crash++) {
        const enough = record.nextSeq + random.below(MOST_MESSAGES)
        await until(() => record.nextSeq > enough, record)
        await setTimeout(random.below(LONGEST_MOMENT_MS))
        const name = names[crash % names.length]!
        await kill(name)
        if (random.chance(0.5)) await setTimeout(random.below(LONGEST_MOMENT_MS))
        start(name)
      }
      const before = record.nextSeq
      await until(() => record.nextSeq > before + MOST_MESSAGES, record)
      const { stdout } = await running.get('leader')!.stop()
      const number = JSON.parse(stdout.trim().split('\n').at(-1)!).number
      await until(() => record.sealed?.header.number === BigInt(number), record)
      for (const name of ['lower', 'upper'] as const) {
        const { code, stderr } = await running.get(name)!.stop()
        expect(faultsOf(stderr), name).toEqual([])
        expect(code, name).toBe(0)
        await expectFollowed(name, record)
      }
    },
    600_000 + 30_000 * CRASHES,
  )
})

/** The folder ends where the stream ended, and its frames hold what was received. */
async function expectFollowed(name: Name, record: StreamRecord): Promise<void> {
  const store = await Store.open({ path: datadir(name) })
  const { frames, meta } = store
  const head = store.snapshot(() => meta.head)
  expect(bytesToHex(head!.hash), name).toBe(bytesToHex(record.sealed!.hash))
  const all = store.snapshot(() => frames.read(0, 1_000_000))
  expect(all.at(-1)?.lastSeq).toBe(record.nextSeq - 1)
  const wrong = all.filter(
    ({ lastSeq, lastHash }) => !equalBytes(lastHash, record.hashOf(lastSeq)!),
  )
  expect(wrong).toEqual([])
  const gaps = all.filter(({ lastSeq, messageCount }, index) => {
    return lastSeq - messageCount > (all[index - 1]?.lastSeq ?? -1)
  })
  expect(gaps).toEqual([])
  await store.close()
}
