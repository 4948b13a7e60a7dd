/**
 * The log of a process that runs for long, on stderr: JSON objects for programs, lines for people. It is
 * written beside the work: while nobody reads it, lines are dropped and counted, and nothing waits.
 */

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

export interface ProcessLog {
  readonly log: Log
  /** Writes what waits; nothing may be logged afterwards. */
  close(): void
}

/** `command` is in every object; `descriptor` is for tests. */
export function createProcessLog(
  command: string,
  { level, format }: { readonly level: LogLevel; readonly format: LogFormat },
  descriptor: number = STDERR,
): ProcessLog {
  const sink = pino.destination({
    dest: descriptor,
    sync: false,
    maxLength: BUFFERED_MAX_BYTES,
  })
  // Whoever read the log is gone: the process goes on without him.
  sink.on('error', () => {})
  const flush = () => sink.flushSync()
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
  sink.on('drain', () => {
    if (dropped > 0) logger.warn({ lines: dropped }, 'lines of this log were dropped')
    dropped = 0
  })
  return {
    log: (lineLevel, line, fields = {}) => logger[lineLevel](fields, line),
    close() {
      process.off('exit', flush)
      flush()
    },
  }
}

/** `23:15:02.123 warn  refused or cut stream.refused=3`, from the JSON of the same. */
function prettyLine(text: string): string {
  const { level, time, command: _, msg, ...fields } = JSON.parse(text) as Record<string, unknown>
  const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`)
  const clock = String(time).slice(11, 23)
  return `${clock} ${String(level).padEnd(5)} ${msg}${pairs.join('')}\n`
}
