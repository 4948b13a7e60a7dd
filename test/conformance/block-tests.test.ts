/**
 * The official block tests through the importer as the command `blocktest` has it, all of them with the
 * core's own EVM and a sample, the same every time, in each other way of executing.
 */

import { basename, join } from 'node:path'
import type { RunnableBlockTest } from '@shredcast/leader/conformance/block-test-runner'
import { BlockTestRunner } from '@shredcast/leader/conformance/block-test-runner'
import { timeLimitMs } from '@shredcast/leader/conformance/slow-tests'
import type { TestEngineOptions } from '@shredcast/leader/conformance/test-engine'
import { listTestFiles } from '@shredcast/leader/conformance/test-files'
import type { BlockTest } from '@shredcast/shared/chain/block-test'
import { parseBlockTests, readBlockTest } from '@shredcast/shared/chain/block-test'
import { afterAll, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'

const ARCHIVES = [
  'blockchain-tests.tar.gz',
  'legacy-blockchain-tests.tar.gz',
  'eest-blockchain-tests.tar.gz',
]

interface Way extends TestEngineOptions {
  /** It takes one test of so many. */
  readonly step: number
}

const WAYS: readonly Way[] = [
  { engine: 'inline', build: 'release', workers: 2, step: 1 },
  { engine: 'inline', build: 'debug', workers: 1, step: 5 },
  { engine: 'reference', build: 'release', workers: 2, step: 7 },
]

const ORDINARY_LIMIT_MS = 60_000

for (const way of WAYS) {
  const { engine, build, workers } = way
  const name = `official block tests, ${engine} ${build}, ${workers} workers`
  describeWithData(name, '../shared/fixtures/ethereum-tests', (folder) => {
    const runner = new BlockTestRunner(way)
    afterAll(() => runner.close())

    it.each(ARCHIVES)('%s', { timeout: 120_000 }, async (archive) => {
      const failures: string[] = []
      for await (const { file, test } of testsOf(join(folder, archive), way.step)) {
        const fault = await runner.run(test, timeLimitMs(file, test.name, ORDINARY_LIMIT_MS))
        if (fault !== undefined) failures.push(`${basename(file)} ${test.name}: ${fault}`)
      }
      expect(failures).toEqual([])
      expect([...runner.unknownExceptions]).toEqual([])
    })
  })
}

async function* testsOf(archive: string, step: number) {
  let place = 0
  for (const file of await listTestFiles([archive])) {
    for (const named of parseBlockTests(await file.readText())) {
      if (place++ % step === 0) yield { file: file.path, test: known(readBlockTest(named)) }
    }
  }
}

/** All forks of these archives are known. */
function known(test: BlockTest): RunnableBlockTest {
  const { config } = test
  if (config === undefined) throw new Error(`${test.name}: unknown fork ${test.network}`)
  return { ...test, config }
}
