#!/usr/bin/env node
/** `npm run -s verify -- REPORT`: checks offline what a follower says against a leader. */

import { createCommand, runCommand, wrongUsage } from '@shredcast/protocol/cli/command'
import { checkEquivocation } from '@shredcast/protocol/trust/equivocation'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { readReport } from '../verify/read-report.ts'
import { verifyReport } from '../verify/verify-report.ts'
import type { SourceArguments } from './state-source.ts'
import { addSourceOptions, stateSource } from './state-source.ts'

const command = addSourceOptions(
  createCommand(
    'verify',
    'Checks a divergence report, or evidence of equivocation, from the file and the genesis alone. ' +
      'Ends with 0 when the leader is convicted, with 1 when the file does not hold.',
  ).argument('<report>', 'divergence-*.json or equivocation-*.json, as a follower wrote it'),
).option('--json', 'print one JSON object on stdout', false)

await runCommand(command, async () => {
  const { json, ...options } = command.opts<SourceArguments & { json: boolean }>()
  const report = await readReport(command.args[0]!)
  const source = await stateSource(options, (message) => wrongUsage(command, message))
  const refuted = await refutation(() => {
    return report.type === 'divergence' ? verifyReport(report, source) : checkEquivocation(report)
  })
  const { leaderKey, seq, type } = report
  const verdict = {
    type: 'verdict',
    report: type,
    seq,
    leaderKey,
    confirmed: refuted === undefined,
  }
  const line =
    refuted === undefined
      ? `confirmed: leader ${leaderKey} is convicted by message ${seq} (${type})`
      : `refused: ${refuted}`
  process.stdout.write(
    `${json ? JSON.stringify({ ...verdict, ...(refuted !== undefined && { reason: refuted }) }) : line}\n`,
  )
  if (refuted !== undefined) process.exitCode = 1
})

/** Why the file does not hold; undefined when it does. */
async function refutation(check: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await check()
    return undefined
  } catch (error) {
    if (error instanceof BaseError) return error.shortMessage
    throw error
  }
}
