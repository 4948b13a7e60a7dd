/**
 * `bench startup`: how long an engine takes from nothing to workers that wait for a block, each time
 * in a new process, as the first engine of a process pays for everything.
 */

import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import { compileCore } from '@shredcast/shared/engine/core'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { median } from '@shredcast/shared/primitives/statistics'
import { Option } from 'commander'
import { engineOption, jsonOption } from './options.ts'
import { milliseconds, Report } from './report.ts'

interface StartupOptions {
  readonly engine: EngineName
  readonly workers: number
  readonly repeat: number
  readonly once?: boolean
  readonly json?: boolean
}

interface StartupTimes {
  /** The core's module, compiled; a part of `readyMs`. */
  readonly compileMs: number
  /** Until all workers wait. */
  readonly readyMs: number
  /** Of the process, until it began with the engine: Node itself and the modules. */
  readonly processMs: number
  readonly rssMiB: number
}

const BYTES_PER_MIB = 2 ** 20
const TARGET_MS = 300

const execute = promisify(execFile)

export const startupCommand = createCommand('startup', 'time until the workers are ready')
  .addOption(engineOption())
  .option('--workers <n>', 'worker threads', integerOption(1, 63), availableParallelism())
  .option('--repeat <k>', 'processes', integerOption(1), 11)
  .addOption(new Option('--once', 'measure in this process and print the times').hideHelp())
  .addOption(jsonOption())
  .action(async (options: StartupOptions) => {
    if (options.once) process.stdout.write(`${JSON.stringify(await measure(options))}\n`)
    else await run(options)
  })

async function run(options: StartupOptions): Promise<void> {
  const report = new Report(options, options.workers)
  const runs: StartupTimes[] = []
  await report.withProgress('bench startup', options.repeat, async (advance) => {
    for (let i = 0; i < options.repeat; i++) {
      runs.push(await measureInProcess(options))
      advance()
    }
  })
  const middle = (pick: (times: StartupTimes) => number) => median(runs.map(pick))
  const summary = {
    type: 'summary',
    engine: options.engine,
    workers: options.workers,
    compileMs: middle(({ compileMs }) => compileMs),
    readyMs: middle(({ readyMs }) => readyMs),
    slowestReadyMs: Math.max(...runs.map(({ readyMs }) => readyMs)),
    processMs: middle(({ processMs }) => processMs),
    rssMiB: middle(({ rssMiB }) => rssMiB),
    targetMs: TARGET_MS,
  }
  const { workers, compileMs, readyMs, slowestReadyMs, processMs, rssMiB } = summary
  report.line(
    summary,
    `${options.engine} engine, ${workers} workers ready in ${milliseconds(readyMs)} ms (slowest of ` +
      `${runs.length}: ${milliseconds(slowestReadyMs)}; target ${TARGET_MS}), of which the core ` +
      `compiles in ${milliseconds(compileMs)}; ${rssMiB} MiB then; the process itself took ` +
      `${milliseconds(processMs)} before`,
  )
}

async function measureInProcess({ engine, workers }: StartupOptions): Promise<StartupTimes> {
  const args = ['startup', '--once', '--engine', engine, '--workers', String(workers)]
  const { stdout } = await execute(process.execPath, [process.argv[1]!, ...args])
  return JSON.parse(stdout)
}

/** The engine compiles the core once more, but V8 has the result for the same bytes by then. */
async function measure({ engine, workers }: StartupOptions): Promise<StartupTimes> {
  const processMs = performance.now()
  await compileCore('release')
  const compileMs = performance.now() - processMs
  const created = await createEngine({ config: MAINNET, workers, engine })
  const readyMs = performance.now() - processMs
  const rssMiB = Math.round(process.memoryUsage.rss() / BYTES_PER_MIB)
  await created.close()
  return { compileMs, readyMs, processMs, rssMiB }
}
