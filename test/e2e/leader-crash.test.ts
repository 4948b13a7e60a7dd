/**
 * A leader under load is killed at any moment and started again in the same folder. Whatever any
 * subscriber received, over all of its lives, is one stream without gap or change; a follower in
 * another process, which executes every block again, agrees with every state root.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { StreamClient } from '@shredcast/protocol/client/stream-client'
import type { StreamStart } from '@shredcast/protocol/client/stream-reader'
import { messageHash } from '@shredcast/protocol/wire/message-chain'
import { equalBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, describe, expect, it } from 'vitest'
import type { LeaderLife, LeaderReady } from '../kit/leader-life.ts'
import { startLeader } from '../kit/leader-life.ts'
import { logMessages } from '../kit/log-lines.ts'
import type { RunningCommand } from '../kit/run-command.ts'
import { startCommand } from '../kit/run-command.ts'
import { StreamRecord } from '../kit/stream-record.ts'

const CRASHES = Number(process.env.LEADER_CRASHES ?? 5)
const SEED = Number(process.env.LEADER_SEED ?? Date.now() % 1_000_000)
/** Otherwise it lives until so many messages have come, and a moment longer. */
const MOST_MESSAGES = 150
const LONGEST_MOMENT_MS = 60
/** A start is killed within this time, so that some are while they execute the log again. */
const LONGEST_START_MS = 900
const REPEATED_MAX = 2000
const PROGRESS_EVERY = 20
/** Below the ports that systems give away, so that no other process has it while the leader is down. */
const PORT = 20_000 + (process.pid % 10_000)

const datadir = mkdtempSync(join(tmpdir(), 'shredcast-leader-crash-'))
const clients = new Set<StreamClient>()
const processes = new Set<LeaderLife | RunningCommand>()

afterAll(async () => {
  for (const client of clients) client.close()
  for (const child of processes) {
    if ('kill' in child) await child.kill()
    else child.signal('SIGKILL')
  }
  rmSync(datadir, { recursive: true, force: true })
})

function subscribe(record: StreamRecord, ready: LeaderReady, from: StreamStart): StreamClient {
  const reconnect = { minDelayMs: 20, maxDelayMs: 200 }
  const leaderKey = hexToBytes(ready.leaderKey)
  const client = connectStream(ready.stream, { from, leaderKey, reconnect })
  clients.add(client)
  client.messages$.subscribe({
    next: (received) => record.take(received),
    error: (error) => record.faults.push(`a subscriber's stream ended: ${error.message}`),
  })
  return client
}

function startLife(random: Random): LeaderLife {
  const blockTime = String(random.pick([20, 100, 400]))
  const args = ['--demo', '150', '--block-time', blockTime, '--stream-port', String(PORT)]
  const life = startLeader({
    datadir,
    args: [...args, '--durability', random.pick(['os', 'disk'])],
  })
  processes.add(life)
  return life
}

function tell(text: string): void {
  process.stderr.write(`leader-crash: ${text}\n`)
}

/** Kills the leader; a life that ended by itself is a fault. */
async function kill(life: LeaderLife): Promise<void> {
  const { code, stderr } = await life.kill()
  processes.delete(life)
  expect(logMessages(stderr).filter((line) => !line.startsWith('rejected'))).toEqual([])
  expect(code).toBeNull()
}

async function until(condition: () => boolean, faults: readonly string[]): Promise<void> {
  while (!condition() && faults.length === 0) await setTimeout(10)
}

describe(`a leader that is killed, LEADER_SEED=${SEED}`, () => {
  it(
    `goes on as if it had not been, ${CRASHES} times in the same folder`,
    async () => {
      const random = createRandom(SEED)
      const record = new StreamRecord()
      const openMs: number[] = []
      let first: LeaderReady | undefined
      let follower: RunningCommand | undefined
      for (let crash = 0; crash < CRASHES; crash++) {
        const life = startLife(random)
        if (first !== undefined && random.chance(0.25)) {
          await setTimeout(random.below(LONGEST_START_MS))
          await kill(life)
          continue
        }
        const ready = await life.ready
        openMs.push(ready.openMs)
        // What was received before comes again as it was, to whoever asks for it.
        const from = Math.max(0, record.nextSeq - random.below(REPEATED_MAX))
        const again = first === undefined ? undefined : subscribe(record, ready, from)
        first ??= ready
        follower ??= await startSubscribers(record, first)
        expect(ready.leaderKey).toBe(first.leaderKey)
        const enough = record.nextSeq + random.below(MOST_MESSAGES)
        await until(() => record.nextSeq >= enough, record.faults)
        await setTimeout(random.below(LONGEST_MOMENT_MS))
        await kill(life)
        again?.close()
        expect(record.faults).toEqual([])
        if (crash % PROGRESS_EVERY === PROGRESS_EVERY - 1) tell(`${crash + 1} kills so far`)
      }
      const { code, stderr } = await lastLife(record, random, follower)
      expect(record.faults).toEqual([])
      expect(code, stderr).toBe(0)
      await follower?.line(blockLine(record))
      follower?.signal('SIGINT')
      expect((await follower?.ended)?.code).toBe(0)
      await expectStored(record)
      const opened = `${openMs.length} opened, the slowest in ${Math.max(...openMs).toFixed(0)} ms`
      const { nextSeq, repeated, sealed } = record
      const text = `${nextSeq} messages, ${repeated} more than once, ${sealed?.header.number} blocks`
      tell(`${CRASHES} kills, ${opened}; ${text}`)
    },
    600_000 + 20_000 * CRASHES,
  )
})

/** One that is there all the time, and a follower, which outlive the leader's lives as well. */
async function startSubscribers(record: StreamRecord, ready: LeaderReady) {
  subscribe(record, ready, 0)
  const args = [
    '--leader',
    ready.stream,
    '--leader-key',
    ready.leaderKey,
    '--workers',
    '1',
    '--no-http',
  ]
  const follower = startCommand('follower', [...args, '--json', '--log-level', 'error'])
  processes.add(follower)
  await follower.line(/"ready"/)
  return follower
}

/** Lets the leader run until subscriber and follower are up to it, and ends it in order. */
async function lastLife(record: StreamRecord, random: Random, follower?: RunningCommand) {
  const before = record.nextSeq
  const life = startLife(random)
  await life.ready
  await until(() => record.nextSeq > before + 100, record.faults)
  // It may have been waiting to connect once more.
  await follower?.line(blockLine(record))
  const run = await life.stop()
  processes.delete(life)
  const { number } = run.stdout
    .split('\n')
    .filter((line) => line.includes('"sealed"'))
    .map((line) => JSON.parse(line))
    .at(-1)
  await until(() => record.sealed?.header.number === BigInt(number), record.faults)
  return run
}

/** What the follower says when it has verified the newest block that was received. */
function blockLine(record: StreamRecord): RegExp {
  return new RegExp(`"number":${record.sealed?.header.number},`)
}

/** The folder ends where the stream ended, and its log is what was received. */
async function expectStored(record: StreamRecord): Promise<void> {
  const store = await Store.open({ path: datadir })
  const { shredLog, meta } = store
  expect(shredLog.nextSeq).toBe(record.nextSeq)
  expect(store.snapshot(() => meta.head)?.hash).toEqual(record.sealed?.hash)
  const logged = shredLog.read(0, shredLog.nextSeq)
  const wrong = logged.filter(({ seq, bytes }) => {
    return !equalBytes(messageHash(bytes), record.hashOf(seq) ?? new Uint8Array(32))
  })
  expect(logged).toHaveLength(record.nextSeq)
  expect(wrong.map(({ seq }) => seq)).toEqual([])
  await store.close()
}
