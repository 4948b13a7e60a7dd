/** What the follower's command tells: lines for people, or one JSON object a line. */

import type { Log } from '@shredcast/protocol/cli/command'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { BlockReport } from '../ingest/block-intake.ts'
import type { FollowerOptions } from '../node/follower-options.ts'

type Listeners = Required<
  Pick<FollowerOptions, 'onConnected' | 'onDisconnected' | 'onBlock' | 'onDivergence'>
>

/**
 * Listeners that print on stdout and log the rest. Without JSON a divergence is told by the error
 * that ends the command.
 */
export function followerOutput(json: boolean, log: Log): Listeners {
  const printJson = (value: object) => {
    if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
  }
  return {
    onConnected({ chainId, leaderKey, engine, nextSeq, oldestSeq }, trust) {
      const leader = { key: bytesToHex(leaderKey), trust, engine, nextSeq, oldestSeq }
      printJson({ type: 'ready', chainId: Number(chainId), leader })
      const whose = `leader ${leader.key} (${trust})`
      log('info', `connected: chain ${chainId}, ${whose}, next message ${nextSeq}`)
    },
    onDisconnected(error, retryInMs) {
      log('warn', `${error.shortMessage}; trying again in ${Math.round(retryInMs)} ms`)
    },
    onBlock(report) {
      if (json) printJson(blockJson(report))
      else process.stdout.write(`${blockLine(report)}\n`)
    },
    onDivergence(report, path) {
      printJson({ ...report, path })
    },
  }
}

/** `block 12 verified: 34 shreds, 21 edges, critical path 5, 3.2 ms`, times rounded for people. */
export function blockLine(report: BlockReport): string {
  const { number, shreds, edges, criticalPath, executeMs } = report
  const counts = [count(shreds, 'shred'), count(edges, 'edge'), `critical path ${criticalPath}`]
  return `block ${number} verified: ${counts.join(', ')}, ${executeMs.toFixed(1)} ms`
}

/** The block as `replay` and others read it; times in ms, to the microsecond. */
export function blockJson(report: BlockReport): object {
  const { number, shreds, lagMs, mode, verified, edges, criticalPath, aborts } = report
  const executeMs = rounded(report.executeMs)
  return {
    type: 'block',
    number,
    shreds,
    ...(lagMs !== undefined && { lagMs: rounded(lagMs) }),
    follower: { mode, verified, executeMs, edges, criticalPath, aborts },
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

function count(howMany: number, what: string): string {
  return `${howMany} ${what}${howMany === 1 ? '' : 's'}`
}
