/**
 * A little of the fuzzer in every run of the tests. `FUZZ_SECONDS` is for how long, `FUZZ_SEED` the
 * first seed; without it the seed is another each time, and printed.
 */

import { randomInt } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { Campaign } from './campaign.ts'
import { decodeCase, encodeCase } from './case.ts'
import { CONFIGURATIONS } from './configurations.ts'
import { startCoverage } from './coverage.ts'
import { createCase } from './generator/create-case.ts'

const SECONDS = Number(process.env.FUZZ_SECONDS ?? 15)
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 32))
const TIMEOUT_MS = 60_000
const SHRINK_MS = 30_000

describe('fuzzing', () => {
  it(
    `finds no difference in ${SECONDS} s from FUZZ_SEED=${SEED} on`,
    async () => {
      const coverage = startCoverage()
      const end = performance.now() + SECONDS * 1000
      const campaign = new Campaign({
        firstSeed: SEED,
        choices: {},
        configurations: CONFIGURATIONS,
        coverage,
        timeoutMs: TIMEOUT_MS,
        shrinkMs: SHRINK_MS,
        isOver: () => performance.now() > end,
      })
      const finding = await campaign.run().finally(() => campaign.close())
      const { cases, transactions } = campaign.progress
      const lines = [`${cases} cases, ${transactions} transactions`, ...coverage.summary()]
      process.stdout.write(`fuzz, FUZZ_SEED=${SEED}: ${lines.join('\n  ')}\n`)
      const { fault, minimal } = finding ?? {}
      expect(fault, minimal && `seed ${minimal.seed}: ${encodeCase(minimal)}`).toBeUndefined()
      expect(cases).toBeGreaterThan(0)
    },
    SECONDS * 1000 + 3 * TIMEOUT_MS + SHRINK_MS,
  )
})

describe('a case', () => {
  it('is the same for the same seed', () => {
    for (let seed = 1; seed <= 20; seed++) {
      expect(createCase(seed, {})).toEqual(createCase(seed, {}))
    }
  })

  it('comes back from its file as it was', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const fuzzCase = createCase(seed, {})
      expect(encodeCase(decodeCase(encodeCase(fuzzCase)))).toBe(encodeCase(fuzzCase))
    }
  })
})
