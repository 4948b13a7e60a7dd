/**
 * What every command line of the project has in common: how options are read, how errors are told,
 * which code the process ends with, and what ctrl-c does.
 *
 *     0  done, or stopped by ctrl-c      1  failed, one line on stderr      2  wrong usage
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { Log, LogLevel } from '../ops/log.ts'
import { LOG_LEVELS } from '../ops/log.ts'

export type { Log } from '../ops/log.ts'

export const EXIT_FAILED = 1
const EXIT_USAGE = 2
const EXIT_INTERRUPTED = 130

/** A command named as in `npm run -s NAME`, with the options that all have. */
export function createCommand(name: string, description: string): Command {
  return withCommonOptions(new Command(name), description)
}

export function withCommonOptions<C extends Command>(command: C, description: string): C {
  return command
    .description(description)
    .addOption(
      new Option('--log-level <level>', 'what to tell on stderr')
        .choices(LOG_LEVELS)
        .default('warn' satisfies LogLevel),
    )
    .helpOption('-h, --help', 'show this help')
    .showHelpAfterError('(--help lists the options)')
    .exitOverride()
}

/** The log of a command that ends by itself: lines for people, as its `--log-level` says. */
export function logOf(command: Command): Log {
  const chosen = LOG_LEVELS.indexOf(command.opts<{ logLevel: LogLevel }>().logLevel)
  return (level, line) => {
    if (LOG_LEVELS.indexOf(level) <= chosen) process.stderr.write(`${line}\n`)
  }
}

/**
 * Reads the process's arguments into `command` and runs `main`, which finds them in `command.args` and
 * `command.opts()`. Sets the exit code and never rejects. The signal fires on ctrl-c, on SIGTERM, and
 * when nobody reads stdout any more, which its reason says: `main` then winds up and resolves. A second
 * ctrl-c ends the process at once. To fail without an error of its own, `main` sets `process.exitCode`.
 */
export async function runCommand(
  command: Command,
  main: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController()
  const interrupt = (name: NodeJS.Signals): void => {
    if (stop.signal.aborted) process.exit(EXIT_INTERRUPTED)
    stop.abort(name)
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stop.abort('stdout is closed')
  })
  try {
    await command.parseAsync()
    await main(stop.signal)
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE
    } else {
      process.stderr.write(`error: ${errorLine(error)}\n`)
      logOf(command)('debug', error instanceof Error ? `${error.stack}` : '')
      process.exitCode = EXIT_FAILED
    }
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** One line for people: what happened, and what else is known. */
export function errorLine(error: unknown): string {
  if (error instanceof BaseError) {
    const { shortMessage, details } = error
    return (details === undefined ? shortMessage : `${shortMessage} (${details})`).replace(
      /\n/g,
      ' ',
    )
  }
  if (error instanceof Error) return `${error.name}: ${error.message}`.replace(/\n/g, ' ')
  return String(error)
}

/** Ends the command as wrong usage, with the usual hint. */
export function wrongUsage(command: Command, message: string): never {
  command.error(`error: ${message}`, { exitCode: EXIT_USAGE })
}

/** Parser for an option that takes a whole number from `min` to `max`, both included. */
export function integerOption(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** Parser for a TCP port; 0 takes any free one. */
export const portOption: (text: string) => number = integerOption(0, 65_535)

/** Parser for bytes in hex, with or without `0x`. */
export function hexOption(byteLength: number): (text: string) => Uint8Array {
  return (text) => {
    const digits = text.replace(/^0x/i, '')
    if (digits.length === byteLength * 2 && /^[\da-f]*$/i.test(digits)) {
      return hexToBytes(`0x${digits}`)
    }
    throw new InvalidArgumentError(`Expected ${byteLength} bytes in hex.`)
  }
}

/** Turns a parser into one for an option that may be given several times. */
export function repeatable<T>(
  parse: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, parse(text)]
}
