/**
 * Makes cases, one seed after another, and executes each on the oracle and in every configuration
 * whose turn it is, until time is up or something is found. What is found is made smaller.
 */

import type { FuzzCase } from './case.ts'
import type { Configuration } from './configurations.ts'
import type { Coverage } from './coverage.ts'
import type { ExpectedBlock } from './expected-run.ts'
import type { CaseChoices } from './generator/create-case.ts'
import { createCase } from './generator/create-case.ts'
import type { Fault } from './run-case.ts'
import { ConfiguredEngine, expectationOf } from './run-case.ts'
import { shrinkCase } from './shrink-case.ts'

export interface CampaignOptions {
  readonly firstSeed: number
  readonly choices: CaseChoices
  readonly configurations: readonly Configuration[]
  readonly coverage: Coverage
  /** Time for a case in one configuration; longer is a hang. */
  readonly timeoutMs: number
  /** Time to make a case smaller; 0 leaves it as it is. */
  readonly shrinkMs: number
  /** Ends that time early. */
  readonly signal?: AbortSignal
  /** Called when something is found, before it is made smaller. */
  readonly onFault?: (fault: Fault, fuzzCase: FuzzCase) => void
  /** Asked before every case, and told how many there were. */
  readonly isOver: (progress: Progress) => boolean
}

export interface Progress {
  readonly cases: number
  readonly transactions: number
}

/** A case that does not come to what it should, and the smallest one found to do the same. */
export interface Finding {
  readonly fault: Fault
  readonly fuzzCase: FuzzCase
  readonly minimal: FuzzCase
}

/** Seeds are 32 bits wide. */
export function caseSeed(firstSeed: number, index: number): number {
  return (firstSeed + index) >>> 0
}

export class Campaign {
  readonly #options: CampaignOptions
  readonly #engines: readonly ConfiguredEngine[]
  #cases = 0
  #transactions = 0

  constructor(options: CampaignOptions) {
    this.#options = options
    this.#engines = options.configurations.map((configuration) => {
      return new ConfiguredEngine(configuration)
    })
  }

  get progress(): Progress {
    return { cases: this.#cases, transactions: this.#transactions }
  }

  /** Undefined when nothing was found. */
  async run(): Promise<Finding | undefined> {
    const { firstSeed, choices, isOver } = this.#options
    // The oracle works on this thread while the workers execute the case before.
    let previous: Promise<Finding | undefined> = Promise.resolve(undefined)
    while (!isOver(this.progress)) {
      const index = this.#cases
      const fuzzCase = createCase(caseSeed(firstSeed, index), choices)
      const expected = await expectationOf(fuzzCase)
      const finding = await previous
      if (finding !== undefined) return finding
      this.#count(fuzzCase, expected)
      previous = this.#check(fuzzCase, expected, this.#enginesFor(index))
    }
    return previous
  }

  /** Executes one case in every configuration, `repeats` times. */
  async replay(fuzzCase: FuzzCase, repeats: number): Promise<Finding | undefined> {
    for (let i = 0; i < repeats && !this.#options.isOver(this.progress); i++) {
      const expected = await expectationOf(fuzzCase)
      this.#count(fuzzCase, expected)
      const finding = await this.#check(fuzzCase, expected, this.#engines)
      if (finding !== undefined) return finding
    }
    return undefined
  }

  async close(): Promise<void> {
    await Promise.all(this.#engines.map((engine) => engine.close()))
  }

  #enginesFor(index: number): readonly ConfiguredEngine[] {
    return this.#engines.filter(({ configuration }) => index % configuration.every === 0)
  }

  #count(fuzzCase: FuzzCase, expected: readonly ExpectedBlock[] | Fault): void {
    this.#cases++
    for (const { transactions } of fuzzCase.blocks) this.#transactions += transactions.length
    if (!isExpectation(expected)) return
    for (const { steps } of expected) {
      for (const step of steps) this.#options.coverage.countStep(step)
    }
  }

  async #check(
    fuzzCase: FuzzCase,
    expected: readonly ExpectedBlock[] | Fault,
    engines: readonly ConfiguredEngine[],
  ): Promise<Finding | undefined> {
    const { timeoutMs } = this.#options
    if (!isExpectation(expected)) return this.#shrink(fuzzCase, expected, undefined)
    for (const engine of engines) {
      const fault = await engine.run(fuzzCase, expected, timeoutMs)
      if (fault !== undefined) return this.#shrink(fuzzCase, fault, engine)
    }
    return undefined
  }

  async #shrink(
    fuzzCase: FuzzCase,
    fault: Fault,
    engine: ConfiguredEngine | undefined,
  ): Promise<Finding> {
    const { shrinkMs, timeoutMs, signal, onFault } = this.#options
    onFault?.(fault, fuzzCase)
    const end = performance.now() + shrinkMs
    const isOver = () => performance.now() > end || signal?.aborted === true
    const shows = (candidate: FuzzCase) => faultOf(candidate, engine, timeoutMs)
    const tries = isOver() ? 1 : await triesNeeded(() => shows(fuzzCase), isOver)
    const fails = async (candidate: FuzzCase) => {
      for (let i = 0; i < tries && !isOver(); i++) {
        if ((await shows(candidate))?.type === fault.type) return true
      }
      return false
    }
    const minimal = await shrinkCase(fuzzCase, fails, isOver)
    return { fault: (await shows(minimal)) ?? fault, fuzzCase, minimal }
  }
}

function isExpectation(
  expected: readonly ExpectedBlock[] | Fault,
): expected is readonly ExpectedBlock[] {
  return Array.isArray(expected)
}

async function faultOf(
  fuzzCase: FuzzCase,
  engine: ConfiguredEngine | undefined,
  timeoutMs: number,
): Promise<Fault | undefined> {
  const expected = await expectationOf(fuzzCase)
  if (!isExpectation(expected)) return expected
  return engine?.run(fuzzCase, expected, timeoutMs)
}

const SAMPLES = 6
const TRIES_MAX = 12

/** What depends on how threads meet does not fail every time, and is tried more often. */
async function triesNeeded(
  shows: () => Promise<Fault | undefined>,
  isOver: () => boolean,
): Promise<number> {
  let failures = 0
  for (let i = 0; i < SAMPLES && !isOver(); i++) if ((await shows()) !== undefined) failures++
  if (failures === SAMPLES) return 1
  return failures === 0 ? TRIES_MAX : Math.min(TRIES_MAX, Math.ceil((2 * SAMPLES) / failures))
}
