/** The work of `statetest`: finds the cases, runs those that are asked for, and tells what failed. */

import type { StateTest, StateTestCase, UnknownForkCase } from '@shredcast/shared/chain/state-test'
import { parseStateTests, stateTestCases } from '@shredcast/shared/chain/state-test'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { timeLimitMs } from '../conformance/slow-tests.ts'
import type { StateTestResult } from '../conformance/state-test-runner.ts'
import { StateTestRunner } from '../conformance/state-test-runner.ts'
import type { TestFile } from '../conformance/test-files.ts'
import { listTestFiles } from '../conformance/test-files.ts'
import type { Progress } from './progress.ts'
import { createProgress } from './progress.ts'

export interface StateTestOptions {
  readonly fork?: string
  readonly name?: string
  readonly index?: number
  readonly workers: number
  readonly engine: EngineName
  readonly build: CoreBuild
  /** Seconds. */
  readonly timeout: number
  readonly trace?: boolean
  readonly json?: boolean
}

export class NoStateTestsError extends BaseError {
  override readonly name = 'Leader.NoStateTestsError'
}

/** A case that failed or was not run; of a file that cannot be read only the file is known. */
interface CaseLine {
  readonly type: 'fail' | 'skip'
  readonly file: string
  readonly name: string | null
  readonly fork: string | null
  /** Place among the test's cases of that fork. */
  readonly index: number | null
  readonly why: string
}

const NO_OUTPUT = new Uint8Array(0)

/**
 * Sets exit code 1 when any case fails.
 * @throws NoStateTestsError, TestFileNotFoundError
 */
export async function runStateTests(
  paths: readonly string[],
  options: StateTestOptions,
  signal: AbortSignal,
): Promise<void> {
  const files = await listTestFiles(paths)
  const run = new StateTestRun(options, files.length)
  try {
    for (const file of files) {
      await run.file(file, signal)
      if (signal.aborted) break
    }
  } finally {
    await run.close()
  }
  if (!run.hasFoundTests && !signal.aborted)
    throw new NoStateTestsError(`no state test in ${paths.join(', ')}`)
  run.printSummary()
}

class StateTestRun {
  readonly #options: StateTestOptions
  readonly #runner: StateTestRunner
  readonly #progress: Progress
  readonly #startedMs = performance.now()
  readonly #counts = { pass: 0, fail: 0, skip: 0 }
  hasFoundTests = false

  constructor(options: StateTestOptions, fileCount: number) {
    const { engine, build, workers } = options
    this.#options = options
    this.#progress = createProgress('statetest', fileCount, !options.json && !options.trace)
    this.#runner = new StateTestRunner({
      engine,
      build,
      workers,
      ...(options.trace && { onTrace: (lines) => process.stdout.write(lines) }),
    })
  }

  async file(file: TestFile, signal: AbortSignal): Promise<void> {
    const unknown = { file: file.path, name: null, fork: null, index: null }
    try {
      const tests = parseStateTests(await file.readText())
      if (tests.length > 0) this.hasFoundTests = true
      else if (file.isNamed) throw new NoStateTestsError('no state test in this file')
      for (const test of tests) {
        if (this.#isWanted(file, test)) await this.#test(file, test, signal)
      }
    } catch (error) {
      this.hasFoundTests = true
      this.#report({ type: 'fail', ...unknown, why: messageOf(error) })
    }
    this.#progress.advance()
  }

  async close(): Promise<void> {
    this.#progress.stop()
    await this.#runner.close()
  }

  printSummary(): void {
    const ms = Math.round(performance.now() - this.#startedMs)
    const { pass, fail, skip } = this.#counts
    const line = this.#options.json
      ? JSON.stringify({ type: 'summary', pass, fail, skip, ms })
      : `${pass} passed, ${fail} failed, ${skip} skipped in ${(ms / 1000).toFixed(1)} s`
    process.stdout.write(`${line}\n`)
    if (fail > 0) process.exitCode = 1
  }

  #isWanted(file: TestFile, test: StateTest): boolean {
    const { name } = this.#options
    return name === undefined || file.path.includes(name) || test.name.includes(name)
  }

  #isWantedCase(found: StateTestCase | UnknownForkCase): boolean {
    const { fork, index } = this.#options
    if (fork !== undefined && !isWantedFork(found, fork)) return false
    return index === undefined || index === found.index
  }

  async #test(file: TestFile, test: StateTest, signal: AbortSignal): Promise<void> {
    for (const found of this.#casesOf(file, test)) {
      if (signal.aborted) return
      const { fork, index } = found
      if (!this.#isWantedCase(found)) continue
      const place = { file: file.path, name: test.name, fork, index }
      if (found.rules === undefined) {
        this.#report({ type: 'skip', ...place, why: `fork ${fork} is not supported` })
        continue
      }
      const result = await this.#runner.run(
        found,
        timeLimitMs(file.path, test.name, this.#options.timeout * 1000),
      )
      if (this.#options.trace) this.#printTraceSummary(found, result)
      if (result.fault === undefined) this.#counts.pass++
      else this.#report({ type: 'fail', ...place, why: result.fault })
    }
  }

  #casesOf(file: TestFile, test: StateTest): (StateTestCase | UnknownForkCase)[] {
    try {
      return stateTestCases(test)
    } catch (error) {
      const place = { file: file.path, name: test.name, fork: null, index: null }
      this.#report({ type: 'fail', ...place, why: messageOf(error) })
      return []
    }
  }

  /** The last line of a case's trace (EIP-3155); `pass` is the test's, not the transaction's. */
  #printTraceSummary(test: StateTestCase, result: StateTestResult): void {
    const { fault, stateRoot, gasUsed = 0n, output = NO_OUTPUT } = result
    const line = {
      stateRoot: stateRoot === undefined ? null : bytesToHex(stateRoot),
      output: bytesToHex(output),
      gasUsed: `0x${gasUsed.toString(16)}`,
      pass: fault === undefined,
      fork: test.fork,
    }
    this.#progress.print(JSON.stringify(line))
  }

  #report(line: CaseLine): void {
    this.#counts[line.type]++
    this.#progress.print(this.#options.json ? JSON.stringify(line) : textOf(line))
  }
}

/** Whether the user's name of a fork is that of the file, or of the rules it stands for. */
function isWantedFork({ fork, rules }: StateTestCase | UnknownForkCase, wanted: string): boolean {
  const name = wanted.toLowerCase()
  return fork.toLowerCase() === name || rules?.hardfork.toLowerCase() === name
}

function textOf({ type, file, name, fork, index, why }: CaseLine): string {
  const place = [file, name, fork, index === null ? null : `#${index}`].filter(Boolean).join(' ')
  return `${type === 'fail' ? 'FAIL' : 'skip'} ${place}: ${why}`
}

function messageOf(error: unknown): string {
  return error instanceof BaseError ? error.shortMessage : String(error)
}
