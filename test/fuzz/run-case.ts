/** Executes a case in one configuration and says what is wrong, if anything is. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import { HALT_SYSTEM_CALL_FAILED } from '@shredcast/shared/layout/control'
import { createRandom } from '@shredcast/shared/primitives/random'
import { runAsItGrows, runDeclared, runSpeculatively } from '../kit/engine-block.ts'
import type { BlockInput } from '../kit/oracle-block.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import type { FuzzCase } from './case.ts'
import type { Configuration } from './configurations.ts'
import type { ComparableStep, ExpectedBlock } from './expected-run.ts'
import { comparable, runExpected } from './expected-run.ts'
import { GuardedEngine } from './guarded-engine.ts'
import { ModelState } from './model-state.ts'
import { metGap, watchForGaps } from './oracle-gaps.ts'

/** `oracle`: the oracle itself broke, which it does for nobody's sake. */
export type FaultType = 'difference' | 'crash' | 'hang' | 'stray write' | 'oracle'

export interface Fault {
  /** Name of the configuration, or of the oracle. */
  readonly configuration: string
  readonly type: FaultType
  /** What it is about, for people. */
  readonly text: string
}

/** What the case must come to, or why the oracle cannot say; nothing where it is known to be wrong. */
export async function expectationOf(fuzzCase: FuzzCase): Promise<readonly ExpectedBlock[] | Fault> {
  try {
    watchForGaps()
    const expected = await runExpected(fuzzCase)
    const steps = expected.flatMap((block) => block.steps)
    return metGap(fuzzCase.accounts, steps) ? [] : expected
  } catch (error) {
    return { configuration: 'oracle', type: 'oracle', text: crashText(error) }
  }
}

/** The engine of one configuration, started when it is first used and after every fault. */
export class ConfiguredEngine {
  readonly configuration: Configuration
  #engine: Promise<GuardedEngine> | undefined

  constructor(configuration: Configuration) {
    this.configuration = configuration
  }

  /** Undefined when the case comes to what is expected. */
  async run(
    fuzzCase: FuzzCase,
    expected: readonly ExpectedBlock[],
    timeoutMs: number,
  ): Promise<Fault | undefined> {
    this.#engine ??= GuardedEngine.start(this.configuration)
    const engine = await this.#engine
    const timer = new AbortController()
    const hang = sleep(timeoutMs, 'hang' as const, { signal: timer.signal }).catch(() => 'done')
    try {
      const run = new CaseRun(engine, this.configuration, fuzzCase).blocks(expected)
      // When it hangs nobody waits for what becomes of it.
      run.catch(() => {})
      const result = await Promise.race([run, hang])
      if (typeof result !== 'string') return undefined
      return await this.#fault('hang', `no end after ${timeoutMs / 1000} s`)
    } catch (error) {
      if (!(error instanceof FaultError)) return await this.#fault('crash', crashText(error))
      return await this.#fault(error.type, error.message)
    } finally {
      timer.abort()
    }
  }

  /** Only an engine that executes something wrong in an orderly way is of further use. */
  async #fault(type: FaultType, text: string): Promise<Fault> {
    if (type !== 'difference') await this.close()
    return { configuration: this.configuration.name, type, text }
  }

  async close(): Promise<void> {
    const engine = await this.#engine
    this.#engine = undefined
    await engine?.kill()
  }
}

class FaultError extends Error {
  override readonly name = 'Fuzz.FaultError'
  readonly type: FaultType

  constructor(type: FaultType, message: string) {
    super(message)
    this.type = type
  }
}

function crashText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\n${crashText(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}

/** One case on its way through one engine. */
class CaseRun {
  readonly #engine: GuardedEngine
  readonly #configuration: Configuration
  readonly #case: FuzzCase
  readonly #model: ModelState
  /** The same for the execution by declarations. */
  readonly #declaredModel: ModelState

  constructor(engine: GuardedEngine, configuration: Configuration, fuzzCase: FuzzCase) {
    this.#engine = engine
    this.#configuration = configuration
    this.#case = fuzzCase
    this.#model = new ModelState(fuzzCase.accounts, fuzzCase.fork)
    this.#declaredModel = new ModelState(fuzzCase.accounts, fuzzCase.fork)
  }

  async blocks(expected: readonly ExpectedBlock[]): Promise<void> {
    // What a case before this one has left open is dropped with its state.
    await this.#engine.loadState(this.#case.accounts)
    for (const [index, block] of expected.entries()) {
      if (block.isInvalid) {
        await this.#invalidBlock(block, index)
        return
      }
      await this.#block(block, index)
      await this.#engine.applyBlock()
    }
  }

  async #block(expected: ExpectedBlock, index: number): Promise<void> {
    const steps = await this.#execute(expected)
    const found = steps.map((step) => comparable(outcomeOf(step), this.#model))
    compare(expected.steps, found, `block ${index}`)
    await this.#checkMemory(index)
    const schedule = this.#configuration.declared
    if (schedule === undefined) return
    const valid = steps.filter((step) => step.type !== 'rejected')
    const declared = await runDeclared(
      this.#engine,
      validPart(expected, valid),
      diffsOf(valid),
      schedule,
    )
    const again = declared.map((step) => comparable(outcomeOf(step), this.#declaredModel))
    const expectedAgain = expected.steps.filter(({ rejected }) => rejected === undefined)
    compare(expectedAgain, again, `block ${index} by its declarations`)
    await this.#checkMemory(index)
  }

  #execute(block: BlockInput): Promise<CommittedStep[]> {
    if (this.#configuration.arrival === 'whole') return runSpeculatively(this.#engine, block)
    return runAsItGrows(this.#engine, block, createRandom(this.#case.seed))
  }

  /** It must end as what it is, not in some other way. */
  async #invalidBlock(block: ExpectedBlock, index: number): Promise<void> {
    try {
      await this.#execute(block)
    } catch (error) {
      if (!isInvalidBlockError(error)) throw error
      await this.#engine.abandonBlock()
      return
    }
    throw new FaultError('difference', `block ${index} is invalid and was executed`)
  }

  async #checkMemory(index: number): Promise<void> {
    const faults = await this.#engine.faults()
    if (faults.length > 0)
      throw new FaultError('stray write', `block ${index}: ${faults.join('; ')}`)
  }
}

function isInvalidBlockError(error: unknown): boolean {
  return error instanceof EngineHaltedError && error.reason === HALT_SYSTEM_CALL_FAILED
}

function validPart(block: ExpectedBlock, valid: readonly CommittedStep[]): BlockInput {
  const transactions = valid.flatMap((step) => {
    return step.type === 'transaction' ? [step.transaction] : []
  })
  return { context: block.context, transactions }
}

function diffsOf(steps: readonly CommittedStep[]): StateDiff[] {
  return steps.flatMap((step) => (step.type === 'rejected' ? [] : [step.diff]))
}

/** @throws FaultError naming the first step that differs, and how */
function compare(
  expected: readonly ComparableStep[],
  found: readonly ComparableStep[],
  place: string,
): void {
  for (let step = 0; step < Math.max(expected.length, found.length); step++) {
    const [wanted, got] = [textOf(expected[step]), textOf(found[step])]
    if (wanted === got) continue
    const text = `${place}, step ${step}:\n  expected ${wanted}\n  found    ${got}`
    throw new FaultError('difference', text)
  }
}
