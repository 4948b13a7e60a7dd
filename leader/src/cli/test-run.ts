/**
 * What the commands for official tests have in common: they find files, read tests from them, run those
 * that are asked for, and tell what failed. What a test is, its suite knows.
 */

import type { Progress } from '@shredcast/protocol/cli/progress'
import { createProgress } from '@shredcast/protocol/cli/progress'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { TestFile } from '../conformance/test-files.ts'
import { listTestFiles } from '../conformance/test-files.ts'

export interface TestRunOptions {
  readonly fork?: string
  readonly name?: string
  readonly workers: number
  readonly engine: EngineName
  readonly build: CoreBuild
  /** Seconds. */
  readonly timeout: number
  readonly trace?: boolean
  readonly json?: boolean
}

/** A case that failed or was not run; of a file that cannot be read only the file is known. */
interface CaseLine {
  readonly type: 'fail' | 'skip'
  readonly file: string
  readonly name: string | null
  readonly fork: string | null
  /** Of suites whose tests have several cases: its place among those of that fork. */
  readonly index?: number | null
  readonly why: string
}

/** Where a case stands. */
export type CasePlace = Pick<CaseLine, 'name' | 'fork' | 'index'>

/** What a suite tells of the cases of a test. */
export interface CaseReport {
  pass(): void
  fail(place: CasePlace, why: string): void
  skip(place: CasePlace, why: string): void
  /** A line on stdout. */
  print(line: string): void
}

/** One kind of official tests. */
export interface TestSuite<Test extends { readonly name: string }> {
  /** Name of its command. */
  readonly command: string
  /** What it calls its tests. */
  readonly kind: string
  /** What is known of a test that cannot be read. */
  readonly unknownPlace: CasePlace
  /** The tests of a file; @throws BaseError */
  parse(text: string): readonly Test[]
  /** Runs the cases of a test that are wanted; what it throws is the test's fault. */
  run(test: Test, filePath: string, report: CaseReport, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export class NoTestsError extends BaseError {
  override readonly name = 'Leader.NoTestsError'
}

/**
 * Sets exit code 1 when any case fails.
 * @throws NoTestsError, TestFileNotFoundError
 */
export async function runTests<Test extends { readonly name: string }>(
  paths: readonly string[],
  suite: TestSuite<Test>,
  options: TestRunOptions,
  signal: AbortSignal,
): Promise<void> {
  const files = await listTestFiles(paths)
  const run = new TestRun(suite, options, files.length)
  try {
    for (const file of files) {
      await run.file(file, signal)
      if (signal.aborted) break
    }
  } finally {
    await run.close()
  }
  if (!run.hasFoundTests && !signal.aborted) {
    throw new NoTestsError(`no ${suite.kind} in ${paths.join(', ')}`)
  }
  run.printSummary()
}

class TestRun<Test extends { readonly name: string }> {
  readonly #suite: TestSuite<Test>
  readonly #options: TestRunOptions
  readonly #progress: Progress
  readonly #startedMs = performance.now()
  readonly #counts = { pass: 0, fail: 0, skip: 0 }
  hasFoundTests = false

  constructor(suite: TestSuite<Test>, options: TestRunOptions, fileCount: number) {
    this.#suite = suite
    this.#options = options
    const hasBar = !options.json && !options.trace
    this.#progress = createProgress(suite.command, fileCount, hasBar)
  }

  async file(file: TestFile, signal: AbortSignal): Promise<void> {
    const report = this.#reportOf(file)
    try {
      const tests = this.#suite.parse(await file.readText())
      if (tests.length > 0) this.hasFoundTests = true
      else if (file.isNamed) throw new NoTestsError(`no ${this.#suite.kind} in this file`)
      for (const test of tests) {
        if (signal.aborted) return
        if (this.#isWanted(file, test)) await this.#test(file, test, report, signal)
      }
    } catch (error) {
      this.hasFoundTests = true
      report.fail(this.#suite.unknownPlace, messageOf(error))
    }
    this.#progress.advance()
  }

  async close(): Promise<void> {
    this.#progress.stop()
    await this.#suite.close()
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

  #isWanted(file: TestFile, test: Test): boolean {
    const { name } = this.#options
    return name === undefined || file.path.includes(name) || test.name.includes(name)
  }

  async #test(file: TestFile, test: Test, report: CaseReport, signal: AbortSignal): Promise<void> {
    try {
      await this.#suite.run(test, file.path, report, signal)
    } catch (error) {
      report.fail({ ...this.#suite.unknownPlace, name: test.name }, messageOf(error))
    }
  }

  #reportOf({ path }: TestFile): CaseReport {
    const tell = (line: CaseLine) => {
      this.#counts[line.type]++
      this.#progress.print(this.#options.json ? JSON.stringify(line) : textOf(line))
    }
    return {
      pass: () => {
        this.#counts.pass++
      },
      fail: (place, why) => tell({ type: 'fail', file: path, ...place, why }),
      skip: (place, why) => tell({ type: 'skip', file: path, ...place, why }),
      print: (line) => this.#progress.print(line),
    }
  }
}

/** Whether a fork has the name that the user gave; it may have several. */
export function isNamed(wanted: string, names: readonly (string | undefined)[]): boolean {
  return names.some((name) => name?.toLowerCase() === wanted.toLowerCase())
}

function textOf({ type, file, name, fork, index, why }: CaseLine): string {
  const place = typeof index === 'number' ? `#${index}` : undefined
  const where = [file, name, fork, place].filter(Boolean).join(' ')
  return `${type === 'fail' ? 'FAIL' : 'skip'} ${where}: ${why}`
}

function messageOf(error: unknown): string {
  return error instanceof BaseError ? error.shortMessage : String(error)
}
