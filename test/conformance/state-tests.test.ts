/**
 * The official state tests over all forks, through the engine as the command `statetest` has it. Each
 * way of executing takes a sample, the same every time; `STATE_TESTS=all` takes every case, which the
 * reference engine needs an hour for.
 */

import { basename, join } from 'node:path'
import { isSlow, timeLimitMs } from '@shredcast/leader/conformance/slow-tests'
import { StateTestRunner } from '@shredcast/leader/conformance/state-test-runner'
import type { TestEngineOptions } from '@shredcast/leader/conformance/test-engine'
import type { TestFile } from '@shredcast/leader/conformance/test-files'
import { listTestFiles } from '@shredcast/leader/conformance/test-files'
import type { StateTestCase } from '@shredcast/shared/chain/state-test'
import { parseStateTests, stateTestCases } from '@shredcast/shared/chain/state-test'
import { afterAll, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'

/** Archives, and how much more of them a sample takes: the smallest one has the newest forks. */
const ARCHIVES = [
  { archive: 'general-state-tests.tar.gz', weight: 1 },
  { archive: 'legacy-state-tests.tar.gz', weight: 1 },
  { archive: 'eest-state-tests.tar.gz', weight: 6 },
] as const

interface Way extends TestEngineOptions {
  /** The sample takes one case of so many. */
  readonly step: number
  /** Which one: ways that differ in it take different cases. */
  readonly offset: number
  /** Tests that it leaves out, if any. */
  readonly hopeless?: RegExp
}

const WAYS: readonly Way[] = [
  { engine: 'inline', build: 'release', workers: 1, step: 6, offset: 0 },
  { engine: 'inline', build: 'release', workers: 2, step: 6, offset: 2 },
  { engine: 'inline', build: 'debug', workers: 1, step: 12, offset: 4 },
  { engine: 'inline', build: 'debug', workers: 2, step: 12, offset: 10 },
  {
    engine: 'reference',
    build: 'release',
    workers: 2,
    step: 18,
    offset: 1,
    // 2^32 rounds of BLAKE2 in JavaScript: hours.
    hopeless: /CALLBlake2f_MaxRounds/,
  },
]

const ORDINARY_LIMIT_MS = 60_000
const takesAll = process.env.STATE_TESTS === 'all'

const listed = new Map<string, Promise<TestFile[]>>()

/** Unpacked once for all ways. */
function filesOf(archive: string): Promise<TestFile[]> {
  const known = listed.get(archive) ?? listTestFiles([archive])
  listed.set(archive, known)
  return known
}

for (const way of WAYS) {
  const { engine, build, workers } = way
  const mode = workers === 1 ? 'sequential' : 'parallel'
  const name = `official state tests, ${engine} ${build}, ${mode}`
  describeWithData(name, '../shared/fixtures/ethereum-tests', (folder) => {
    const runner = new StateTestRunner(way)
    afterAll(() => runner.close())

    for (const { archive, weight } of ARCHIVES) {
      it(basename(archive, '.tar.gz'), { timeout: takesAll ? 3_600_000 : 120_000 }, async () => {
        const failures: string[] = []
        for await (const { file, test } of casesOf(join(folder, archive), way, way.step / weight)) {
          const limitMs = timeLimitMs(file, test.test, ORDINARY_LIMIT_MS)
          const { fault } = await runner.run(test, limitMs)
          if (fault === undefined) continue
          failures.push(`${file} ${test.test} ${test.fork} ${test.index}: ${fault}`)
        }
        expect(failures).toEqual([])
      })
    }
  })
}

/** A sample leaves out what is slow by design. */
async function* casesOf(archive: string, way: Way, step: number) {
  let place = 0
  for (const file of await filesOf(archive)) {
    if (way.hopeless?.test(file.path)) continue
    for (const test of parseStateTests(await file.readText())) {
      if (!takesAll && isSlow(file.path, test.name)) continue
      for (const found of stateTestCases(test)) {
        if (takesAll || place++ % step === way.offset % step) {
          yield { file: file.path, test: known(found) }
        }
      }
    }
  }
}

/** All forks of these archives are known. */
function known(found: ReturnType<typeof stateTestCases>[number]): StateTestCase {
  if (found.rules === undefined) throw new Error(`${found.test}: unknown fork ${found.fork}`)
  return found
}
