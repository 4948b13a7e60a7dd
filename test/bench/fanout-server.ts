/** Who serves the subscribers of `bench fanout`: the leader itself, or a follower that relays. */

import { readFileSync } from 'node:fs'
import type { ChainLeader } from '@shredcast/leader/node/chain-leader'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { RunningCommand } from '../kit/run-command.ts'
import { startCommand } from '../kit/run-command.ts'
import { collectGarbage } from './measure.ts'

export const FANOUT_PATHS = ['direct', 'relay', 'nats'] as const

/** `nats`: by a relay that reads from NATS what the leader publishes there. */
export type FanoutPath = (typeof FANOUT_PATHS)[number]

export interface ServingProcess {
  readonly url: string
  /** Since its start, of all its threads. */
  cpuMs(): number
  residentBytes(): number
  close(): Promise<void>
}

/** The system does not tell what another process uses. */
class UsageUnknownError extends BaseError {
  override readonly name = 'Bench.UsageUnknownError'
}

export function leaderItself(leader: ChainLeader): ServingProcess {
  return {
    url: leader.publisher.url,
    cpuMs() {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000
    },
    residentBytes() {
      collectGarbage()
      return process.memoryUsage().rss
    },
    async close() {},
  }
}

/** A follower that verifies everything and serves it on; `from` are its options that name the source. */
export async function startRelay(
  from: readonly string[],
  maxSubscribers: number,
): Promise<ServingProcess> {
  const limits = ['--max-subscribers', String(maxSubscribers), '--workers', '1']
  const command = startCommand('follower', [
    ...from,
    ...['--no-http', '--relay-port', '0', '--json', ...limits],
  ])
  const { relay } = JSON.parse(await command.line(/"serving"/)) as { relay: string }
  return {
    url: relay,
    cpuMs: () => cpuMsOf(command),
    residentBytes: () => residentBytesOf(command),
    async close() {
      command.signal('SIGKILL')
      await command.ended
    },
  }
}

/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10

/** User and system time are the 12th and 13th value behind the name, which is in brackets. */
function cpuMsOf(command: RunningCommand): number {
  const text = processFile(command, 'stat')
  const values = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(values[11]) + Number(values[12])) * TICK_MS
}

function residentBytesOf(command: RunningCommand): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(processFile(command, 'status'))?.[1]
  return Number(kibibytes) * 1024
}

/** @throws UsageUnknownError */
function processFile({ pid }: RunningCommand, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch (cause) {
    const reason = 'what a relay uses is read from /proc, which is not there: --paths direct'
    throw new UsageUnknownError(reason, { cause })
  }
}
