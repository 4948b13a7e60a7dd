/** How many subscribers a node takes, as far as the system lets its process have their sockets. */

import type { Command } from 'commander'
import { Option } from 'commander'
import { DEFAULT_MAX_SUBSCRIBERS } from '../server/stream-server.ts'
import { integerOption, wrongUsage } from './command.ts'

export function maxSubscribersOption(): Option {
  return new Option('--max-subscribers <n>', 'of the stream, at a time')
    .argParser(integerOption(1, 1_000_000))
    .default(DEFAULT_MAX_SUBSCRIBERS)
}

/** Ends the command where more were asked for than there can be sockets, `limit` files in all. */
export function checkMaxSubscribers(command: Command, limit = openFilesLimit()): void {
  if (command.getOptionValueSource('maxSubscribers') === 'default') return
  const { maxSubscribers } = command.opts<{ readonly maxSubscribers: number }>()
  if (maxSubscribers < limit) return
  wrongUsage(
    command,
    `--max-subscribers ${maxSubscribers}: each needs an open file, and this process may have ` +
      `${limit} of them: raise the limit (ulimit -n)`,
  )
}

/** Files that this process may have open at a time; infinite where the system does not say. */
export function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as unknown as Report
  const soft = Number(userLimits?.open_files?.soft)
  return Number.isNaN(soft) ? Number.POSITIVE_INFINITY : soft
}

/** The part of Node's diagnostic report that is read. */
interface Report {
  readonly userLimits?: { readonly open_files?: { readonly soft: number | string } }
}
