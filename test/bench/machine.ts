/** What a benchmark says of where it ran. */

import { execFileSync } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'

export function describeMachine(workers: number) {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown processor'
  const cores = availableParallelism()
  const date = new Date().toISOString().slice(0, 10)
  const text = `${cpu}, ${cores} cores, Node ${process.version}, commit ${commit()}, ${workers} workers, ${date}`
  return { cpu, cores, node: process.version, commit: commit(), workers, date, text }
}

function commit(): string {
  try {
    const args = ['rev-parse', '--short', 'HEAD']
    return execFileSync('git', args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
