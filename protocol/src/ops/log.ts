/**
 * The log of a process that runs for long, on stderr: JSON objects for programs, lines for people. It is
 * written beside the work: while nobody reads it, lines are dropped and counted, and nothing waits.
 */

import { once } from 'node:events'
import { constants, fstatSync, openSync } from 'node:fs'
import { pino } from 'pino'

/** Levels of `--log-level`, from nothing to everything; the names are pino's. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug', 'trace'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

export type LogFormat = 'json' | 'pretty'

/** Told with a line, for programs that read the log: numbers, text, truth values. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Writes one line to stderr when the level is at least as talkative as `level`. */
export type Log = (level: Exclude<LogLevel, 'silent'>, line: string, fields?: LogFields) => void

const STDERR = 2
/** What may wait for a slow reader. */
const BUFFERED_MAX_BYTES = 4 * 1024 * 1024
/** For what is being written at the end, and then attempts to write the rest, 100 ms apart. */
const LAST_WAIT_MS = 1000
const LAST_ATTEMPTS = 10

export interface ProcessLog {
  readonly log: Log
  /** Writes what waits, as far as somebody reads it soon; nothing may be logged afterwards. */
  close(): Promise<void>
}

/** `command` is in every object; `descriptor` is for tests, and closed with the log. */
export function createProcessLog(
  command: string,
  { level, format }: { readonly level: LogLevel; readonly format: LogFormat },
  descriptor: number = STDERR,
): ProcessLog {
  let attemptsLeft = Number.POSITIVE_INFINITY
  const sink = pino.destination({
    dest: unblocked(descriptor),
    sync: false,
    maxLength: BUFFERED_MAX_BYTES,
    retryEAGAIN: () => --attemptsLeft > 0,
  })
  // Whoever read the log is gone: the process goes on without him.
  sink.on('error', () => {})
  const flush = () => {
    attemptsLeft = LAST_ATTEMPTS
    try {
      sink.flushSync()
    } catch {
      // Nobody reads the log: its last lines are lost, and the process ends.
    }
  }
  // Also behind `process.exit`, which waits for nothing.
  process.once('exit', flush)
  const logger = pino(
    {
      level,
      base: { command },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? sink : { write: (text) => sink.write(prettyLine(text)) },
  )
  let dropped = 0
  sink.on('drop', () => {
    dropped++
  })
  let isWriting = false
  sink.on('drain', () => {
    isWriting = false
    if (dropped > 0) logger.warn({ lines: dropped }, 'lines of this log were dropped')
    dropped = 0
  })
  return {
    log(lineLevel, line, fields = {}) {
      isWriting ||= logger.isLevelEnabled(lineLevel)
      logger[lineLevel](fields, line)
    },
    async close() {
      // What is being written comes first, if it gets anywhere.
      const signal = AbortSignal.timeout(LAST_WAIT_MS)
      if (isWriting) await once(sink, 'drain', { signal }).catch(() => {})
      process.off('exit', flush)
      flush()
      sink.destroy()
    },
  }
}

/**
 * A pipe that nobody reads would hold up whoever writes, and the end of the process with him: opened
 * anew, it can be written without waiting. Where the system has no such folder, it is taken as it is.
 */
function unblocked(descriptor: number): number {
  if (!fstatSync(descriptor).isFIFO()) return descriptor
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch {
    return descriptor
  }
}

/** `23:15:02.123 warn  refused or cut stream.refused=3`, from the JSON of the same. */
function prettyLine(text: string): string {
  const { level, time, command: _, msg, ...fields } = JSON.parse(text) as Record<string, unknown>
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`)
  const clock = String(time).slice(11, 23)
  return `${clock} ${String(level).padEnd(5)} ${msg}${pairs.join('')}\n`
}
