/** The work of `blocktest`: which tests are run, and what is told of them. */

import type { NamedBlockTest } from '@shredcast/shared/chain/block-test'
import { parseBlockTests, readBlockTest } from '@shredcast/shared/chain/block-test'
import { BlockTestRunner } from '../conformance/block-test-runner.ts'
import { timeLimitMs } from '../conformance/slow-tests.ts'
import type { CaseReport, TestRunOptions, TestSuite } from './test-run.ts'
import { isNamed } from './test-run.ts'

export class BlockTestSuite implements TestSuite<NamedBlockTest> {
  readonly command = 'blocktest'
  readonly kind = 'block test'
  readonly unknownPlace = { name: null, fork: null }
  readonly parse = parseBlockTests
  readonly #options: TestRunOptions
  readonly #runner: BlockTestRunner

  constructor(options: TestRunOptions) {
    const { engine, build, workers, trace } = options
    this.#options = options
    this.#runner = new BlockTestRunner({
      engine,
      build,
      workers,
      ...(trace && { onTrace: ({ lines }) => process.stdout.write(lines) }),
    })
  }

  /** Names of refusals in the tests that are not known: any refusal was taken for them. */
  get unknownExceptions(): ReadonlySet<string> {
    return this.#runner.unknownExceptions
  }

  async run(named: NamedBlockTest, filePath: string, report: CaseReport): Promise<void> {
    const wanted = this.#options.fork
    const { name, json } = named
    const place = { name, fork: json.network }
    if (wanted !== undefined && !isNamed(wanted, [json.network])) return
    const test = readBlockTest(named)
    const { config } = test
    if (config === undefined) {
      report.skip(place, `fork ${test.network} is not supported`)
      return
    }
    const limitMs = timeLimitMs(filePath, name, this.#options.timeout * 1000)
    const fault = await this.#runner.run({ ...test, config }, limitMs)
    if (fault === undefined) report.pass()
    else report.fail(place, fault)
  }

  close(): Promise<void> {
    return this.#runner.close()
  }
}
