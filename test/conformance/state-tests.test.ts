/**
 * The official state tests on the reference executor, over all forks. A run takes a sample, the same
 * every time; `STATE_TESTS=all` takes every case (some minutes).
 */

import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { runStateTest } from '../kit/run-state-test.ts'
import type { StateTestCase } from '../kit/state-test.ts'
import { readStateTests } from '../kit/state-test.ts'
import { readTarball } from '../kit/tarball.ts'

/** Archives, and of how many cases the sample takes one. */
const SUITES = [
  ['general-state-tests.tar.gz', 15],
  ['legacy-state-tests.tar.gz', 15],
  ['eest-state-tests.tar.gz', 3],
] as const

/** Tests that are slow by design; the sample leaves them out. */
const SLOW = new RegExp(
  [
    'stTimeConsuming|stQuadraticComplexityTest|stAttackTest|stMemoryStressTest|vmPerformance',
    '[Cc]all50000|[Ll]oop|run_until_out_of_gas|CannotBeDosd',
  ].join('|'),
)

/** 2^32 rounds of BLAKE2 in JavaScript: hours. */
const HOPELESS = /CALLBlake2f_MaxRounds/

const takesAll = process.env.STATE_TESTS === 'all'

describeWithData('official state tests', '../shared/fixtures/ethereum-tests', (folder) => {
  for (const [archive, step] of SUITES) {
    it(basename(archive, '.tar.gz'), { timeout: takesAll ? 3_600_000 : 120_000 }, async () => {
      const failures: string[] = []
      for await (const test of casesOf(join(folder, archive), step)) {
        const fault = await runStateTest(test)
        if (fault !== undefined) failures.push(`${test.name}: ${fault}`)
      }
      expect(failures).toEqual([])
    })
  }
})

async function* casesOf(archive: string, step: number): AsyncGenerator<StateTestCase> {
  let index = 0
  for (const { path, bytes } of await readTarball(archive)) {
    if (!path.endsWith('.json') || HOPELESS.test(path)) continue
    if (!takesAll && SLOW.test(path)) continue
    for (const test of readStateTests(path, Buffer.from(bytes).toString('utf8'))) {
      if (takesAll || index++ % step === 0) yield test
    }
  }
}
