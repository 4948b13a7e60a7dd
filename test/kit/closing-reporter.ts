/**
 * The last lines of a test run: every suite that was skipped, by name and with its reason, then one
 * plain line of totals.
 */

import type { Reporter, TestCase, TestModule } from 'vitest/node'

export class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const brokenModules = modules.filter((module) => module.errors().length > 0).length
    const lines = [
      ...skippedSuites(tests),
      `${count('passed')} passed, ${count('failed') + brokenModules} failed, ${count('skipped')} skipped`,
    ]
    process.stdout.write(`${lines.join('\n')}\n`)
  }
}

/** One line for each suite (or file) with skipped tests. */
function skippedSuites(tests: readonly TestCase[]): string[] {
  const reasons = new Map<string, string>()
  for (const test of tests) {
    const result = test.result()
    if (result.state !== 'skipped') continue
    const suite = test.parent.type === 'suite' ? test.parent.fullName : 'top level'
    reasons.set(`${test.module.relativeModuleId} > ${suite}`, result.note ?? 'marked as skipped')
  }
  return [...reasons].map(([suite, reason]) => `skipped: ${suite}: ${reason}`)
}
