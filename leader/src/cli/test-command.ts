/** The command line of the official tests' commands. */

import { availableParallelism } from 'node:os'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import { engineOption } from '@shredcast/protocol/cli/engine-option'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { TestRunOptions } from './test-run.ts'

export interface TestCommandTexts {
  readonly name: string
  readonly description: string
  /** What its files are called. */
  readonly files: string
  /** What has a time limit of its own. */
  readonly unit: string
}

export function createTestCommand({ name, description, files, unit }: TestCommandTexts): Command {
  return createCommand(name, description)
    .argument('<path...>', `${files} (.json), archives (.tar.gz), or folders of them`)
    .option('--fork <name>', `only ${unit}s of this fork, named as in the files`)
    .option('--name <text>', 'only tests whose file or name contains it')
    .option('--workers <n>', 'worker threads', integerOption(1, 63), availableParallelism())
    .addOption(engineOption())
    .addOption(
      new Option('--mode <mode>', 'sequential: one worker')
        .choices(['parallel', 'sequential'])
        .default('parallel'),
    )
    .addOption(
      new Option('--build <build>', 'debug: the core checks its assertions')
        .choices(['release', 'debug'])
        .default('release'),
    )
    .option(
      '--timeout <seconds>',
      `time limit of a ${unit}; tests that are slow by design have ten times as much`,
      integerOption(1, 86_400),
      60,
    )
    .option('--trace', 'print every instruction (EIP-3155); executes with one worker')
    .option('--json', 'print one JSON object a line on stdout')
}

/** The options of a command line that was read. */
export function testRunOptions<Options extends TestRunOptions>(command: Command): Options {
  const options = command.opts<Options & { readonly mode: string }>()
  const isSequential = options.mode === 'sequential' || options.trace === true
  return { ...options, workers: isSequential ? 1 : options.workers }
}
