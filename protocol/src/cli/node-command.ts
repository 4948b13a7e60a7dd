/**
 * A command that runs until it is stopped, a leader or a follower: configured by flags, environment
 * and file, with a log for programs, and with an end that does not hang.
 */

import { Option } from 'commander'
import type { Log, LogFormat, LogLevel } from '../ops/log.ts'
import { createProcessLog } from '../ops/log.ts'
import {
  EXIT_FAILED,
  errorLine,
  integerOption,
  portOption,
  runCommand,
  withCommonOptions,
} from './command.ts'
import { ConfiguredCommand } from './configured-command.ts'

/** What every node command is told. */
export interface NodeOptions {
  readonly logLevel: LogLevel
  /** Default: `pretty` on a terminal, else `json`. */
  readonly logFormat?: LogFormat
  /** Absent: metrics are not served. */
  readonly metricsPort?: number
  readonly stopTimeout: number
  readonly printConfig?: boolean
}

export function createNodeCommand(
  name: string,
  description: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ConfiguredCommand {
  return withCommonOptions(new ConfiguredCommand(name, environment), description)
    .addOption(
      new Option(
        '--log-format <format>',
        'of stderr (default: pretty on a terminal, else json)',
      ).choices(['json', 'pretty'] satisfies LogFormat[]),
    )
    .option('--config <file>', 'options by name as a JSON object')
    .option('--print-config', 'print every option with its value and source as JSON, and end')
    .option(
      '--metrics-port <port>',
      'serve /metrics for Prometheus and /health; 0 takes any free port (default: off)',
      portOption,
    )
    .option(
      '--stop-timeout <ms>',
      'end with 1 when the process has not stopped in order after so long',
      integerOption(1, 3_600_000),
      30_000,
    )
}

/** Runs `main` as `runCommand` does; the log tells at the end why it ended. */
export async function runNode(
  command: ConfiguredCommand,
  main: (signal: AbortSignal, log: Log) => Promise<void>,
): Promise<void> {
  await runCommand(command, async (signal) => {
    const { printConfig, stopTimeout, ...options } = command.opts<NodeOptions>()
    if (printConfig) {
      process.stdout.write(`${JSON.stringify(command.effectiveConfig(), undefined, 2)}\n`)
      return
    }
    const { log, close } = createProcessLog(command.name(), {
      level: options.logLevel,
      format: options.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json'),
    })
    endLate(signal, stopTimeout, log)
    try {
      await main(signal, log)
      log('info', 'stopped', { reason: signal.aborted ? String(signal.reason) : 'done' })
    } catch (error) {
      log('info', 'stopped', { reason: errorLine(error) })
      throw error
    } finally {
      await close()
    }
  })
}

/** What has not ended so long after it was told to is ended as it stands, which any process survives. */
function endLate(signal: AbortSignal, timeoutMs: number, log: Log): void {
  signal.addEventListener('abort', () => {
    log('info', 'stopping', { reason: String(signal.reason) })
    const timer = setTimeout(() => {
      process.stderr.write(`error: not stopped in order ${timeoutMs} ms after ${signal.reason}\n`)
      process.exit(EXIT_FAILED)
    }, timeoutMs)
    timer.unref()
  })
}
