/** The work of `statetest`: which cases of a test are run, and what is told of them. */

import type { StateTest, StateTestCase, UnknownForkCase } from '@shredcast/shared/chain/state-test'
import { parseStateTests, stateTestCases } from '@shredcast/shared/chain/state-test'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { timeLimitMs } from '../conformance/slow-tests.ts'
import type { StateTestResult } from '../conformance/state-test-runner.ts'
import { StateTestRunner } from '../conformance/state-test-runner.ts'
import type { CaseReport, TestRunOptions, TestSuite } from './test-run.ts'
import { isNamed } from './test-run.ts'

export interface StateTestOptions extends TestRunOptions {
  readonly index?: number
}

const NO_OUTPUT = new Uint8Array(0)

export class StateTestSuite implements TestSuite<StateTest> {
  readonly command = 'statetest'
  readonly kind = 'state test'
  readonly unknownPlace = { name: null, fork: null, index: null }
  readonly parse = parseStateTests
  readonly #options: StateTestOptions
  readonly #runner: StateTestRunner

  constructor(options: StateTestOptions) {
    const { engine, build, workers, trace } = options
    this.#options = options
    this.#runner = new StateTestRunner({
      engine,
      build,
      workers,
      ...(trace && { onTrace: ({ lines }) => process.stdout.write(lines) }),
    })
  }

  async run(
    test: StateTest,
    filePath: string,
    report: CaseReport,
    signal: AbortSignal,
  ): Promise<void> {
    const limitMs = timeLimitMs(filePath, test.name, this.#options.timeout * 1000)
    for (const found of stateTestCases(test)) {
      if (signal.aborted) return
      if (this.#isWanted(found)) await this.#runCase(found, limitMs, report)
    }
  }

  close(): Promise<void> {
    return this.#runner.close()
  }

  async #runCase(
    found: StateTestCase | UnknownForkCase,
    limitMs: number,
    report: CaseReport,
  ): Promise<void> {
    const { test: name, fork, index } = found
    const place = { name, fork, index }
    if (found.rules === undefined) {
      report.skip(place, `fork ${fork} is not supported`)
      return
    }
    const result = await this.#runner.run(found, limitMs)
    if (this.#options.trace) report.print(JSON.stringify(traceSummary(found, result)))
    if (result.fault === undefined) report.pass()
    else report.fail(place, result.fault)
  }

  /** The fork goes by the name that the file gives it, or by that of its rules. */
  #isWanted({ fork, rules, index }: StateTestCase | UnknownForkCase): boolean {
    const wanted = this.#options
    if (wanted.fork !== undefined && !isNamed(wanted.fork, [fork, rules?.hardfork])) return false
    return wanted.index === undefined || wanted.index === index
  }
}

/** The last line of a case's trace (EIP-3155); `pass` is the test's, not the transaction's. */
function traceSummary({ fork }: StateTestCase, result: StateTestResult) {
  const { fault, stateRoot, gasUsed = 0n, output = NO_OUTPUT } = result
  return {
    stateRoot: stateRoot === undefined ? null : bytesToHex(stateRoot),
    output: bytesToHex(output),
    gasUsed: `0x${gasUsed.toString(16)}`,
    pass: fault === undefined,
    fork,
  }
}
