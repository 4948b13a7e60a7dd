/**
 * Logs counters of refusals and faults when they have grown: one line an interval at most, so that
 * whoever is refused a thousand times a second does not fill the log.
 */

import type { Log } from './log.ts'
import type { Counters } from './metrics.ts'
import { numbersOf } from './metrics.ts'

const INTERVAL_MS = 10_000

/** What the servers count that is no fault and no refusal. */
const USUAL = new Set([
  ...['subscribers', 'connections', 'frames', 'messages', 'framesSent', 'bytesSent'],
  ...['sockets', 'requests'],
])

/** Watches what servers, by name, count of faults; one that is not there yet counts nothing. */
export function watchFaults(
  servers: Readonly<Record<string, () => object | undefined>>,
  log: Log,
): () => void {
  const faults = () =>
    Object.entries(servers).flatMap(([server, counters]) => {
      const counted = Object.entries({ ...counters() }).filter(([name]) => !USUAL.has(name))
      return counted.map(([name, value]) => [`${server}.${name}`, value] as const)
    })
  return watchCounters(() => Object.fromEntries(faults()), log)
}

/** Watches until the returned function is called; keeps no process alive. */
export function watchCounters(
  read: () => Counters,
  log: Log,
  intervalMs: number = INTERVAL_MS,
): () => void {
  let told = numbersOf(read())
  const tell = () => {
    const now = numbersOf(read())
    const grown = Object.entries(now).map(([name, value]) => [name, value - (told[name] ?? 0)])
    told = now
    const fields = Object.fromEntries(grown.filter(([, growth]) => Number(growth) > 0))
    if (Object.keys(fields).length > 0) log('info', 'refused or cut', fields)
  }
  const timer = setInterval(tell, intervalMs)
  timer.unref()
  return () => {
    clearInterval(timer)
    tell()
  }
}
