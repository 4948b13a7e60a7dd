/** `npm run -s fuzz -- OPTIONS`: random cases for a while, or one case from a file. */

import { randomInt } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createCommand, integerOption, runCommand } from '@shredcast/protocol/cli/command'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { HARDFORKS } from '@shredcast/shared/chain/hardforks'
import { Option } from 'commander'
import type { Finding, Progress } from './campaign.ts'
import { Campaign, caseSeed } from './campaign.ts'
import { decodeCase, encodeCase } from './case.ts'
import { CONFIGURATIONS } from './configurations.ts'
import { startCoverage } from './coverage.ts'
import type { Style } from './generator/contracts.ts'

interface FuzzOptions {
  readonly seconds: number
  readonly cases?: number
  readonly seed?: number
  readonly fork?: Hardfork
  readonly style?: Style
  readonly only?: string
  readonly case?: string
  readonly repeat: number
  readonly save?: string
  readonly timeout: number
  readonly shrinkSeconds: number
  readonly coverage?: boolean
}

const PROGRESS_MS = 1000
/** Into a file a line a minute will do. */
const QUIET_PROGRESS_MS = 60_000

const command = createCommand('fuzz', 'Random blocks, executed in every way and compared.')
  .option('--seconds <n>', 'how long', integerOption(1), 60)
  .option('--cases <n>', 'how many cases at most', integerOption(1))
  .option('--seed <n>', 'seed of the first case; the next ones count up', integerOption(0))
  .addOption(new Option('--fork <name>', 'this fork alone').choices(HARDFORKS))
  .addOption(new Option('--style <name>', 'code of this kind alone').choices(['valid', 'wild']))
  .option('--only <text>', 'configurations whose name contains this')
  .option('--case <file>', 'a case that was saved, instead of random ones')
  .option('--repeat <n>', 'how often to execute that case', integerOption(1), 20)
  .option('--save <file>', 'where a case that fails is written, instead of stdout')
  .option('--timeout <s>', 'seconds after which a case hangs', integerOption(1), 60)
  .option('--shrink-seconds <n>', 'time to make a case smaller', integerOption(0), 120)
  .option('--coverage', 'print what was executed, and how it failed, by opcode')

await runCommand(command, async (signal) => {
  await run(command.opts<FuzzOptions>(), signal)
})

async function run(options: FuzzOptions, signal: AbortSignal): Promise<void> {
  const firstSeed = options.seed ?? randomInt(2 ** 32)
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  const coverage = startCoverage()
  const report = createProgressLine(seconds)
  const campaign = new Campaign({
    firstSeed,
    choices: { fork: options.fork, style: options.style },
    configurations: CONFIGURATIONS.filter(({ name }) => name.includes(options.only ?? '')),
    coverage,
    timeoutMs: options.timeout * 1000,
    shrinkMs: options.shrinkSeconds * 1000,
    signal,
    onFault({ type, configuration }, { seed }) {
      process.stderr.write(`\nseed ${seed}: ${type} in "${configuration}", making it smaller\n`)
    },
    isOver(progress) {
      report(progress)
      if (signal.aborted || progress.cases >= (options.cases ?? Infinity)) return true
      return options.case === undefined && seconds() >= options.seconds
    },
  })
  print(options.case === undefined ? `seed ${firstSeed}` : `case ${options.case}`)
  try {
    const finding =
      options.case === undefined
        ? await campaign.run()
        : await campaign.replay(decodeCase(await readFile(options.case, 'utf8')), options.repeat)
    report(campaign.progress, true)
    printSummary(campaign.progress, seconds())
    for (const line of [...(options.coverage ? coverage.table() : []), ...coverage.summary()]) {
      print(line)
    }
    if (finding !== undefined) await tell(finding, options)
  } finally {
    await campaign.close()
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function printSummary({ cases, transactions }: Progress, seconds: number): void {
  const rate = (cases / seconds).toFixed(1)
  print(`${cases} cases, ${transactions} transactions in ${seconds.toFixed(1)} s, ${rate} cases/s`)
}

async function tell({ fault, fuzzCase, minimal }: Finding, options: FuzzOptions): Promise<void> {
  process.exitCode = 1
  const { type, configuration, text } = fault
  print(`FOUND ${type} in "${configuration}", fork ${fuzzCase.fork}, seed ${fuzzCase.seed}`)
  print(text)
  if (options.case === undefined)
    print(`again: npm run -s fuzz -- ${repetition(fuzzCase.seed, options)}`)
  if (options.save === undefined) {
    process.stdout.write(encodeCase(minimal))
  } else {
    await writeFile(options.save, encodeCase(minimal))
    print(`npm run -s fuzz -- --case ${options.save}`)
  }
}

function repetition(seed: number, { fork, style }: FuzzOptions): string {
  const choices = `${fork ? ` --fork ${fork}` : ''}${style ? ` --style ${style}` : ''}`
  return `--seed ${caseSeed(seed, 0)} --cases 1${choices}`
}

/** One line on a terminal, rewritten every second; elsewhere a line a minute. */
function createProgressLine(seconds: () => number): (progress: Progress, isLast?: boolean) => void {
  const isTerminal = process.stderr.isTTY === true
  let next = isTerminal ? PROGRESS_MS : QUIET_PROGRESS_MS
  let isShown = false
  return ({ cases, transactions }, isLast = false) => {
    if (isLast && isShown && isTerminal) process.stderr.write('\r\x1b[K')
    if (isLast || seconds() * 1000 < next) return
    next = seconds() * 1000 + (isTerminal ? PROGRESS_MS : QUIET_PROGRESS_MS)
    isShown = true
    const line = `${seconds().toFixed(0)} s, ${cases} cases, ${transactions} transactions`
    process.stderr.write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`)
  }
}
