/**
 * What keeps the core safe on shared memory (the reasons: `shared/assembly/README.md`), and the
 * style rules that biome cannot check there, because it cannot parse AssemblyScript's decorators.
 */

import { describe, expect, it } from 'vitest'
import { allFaults, functionLengths, unusedExports } from './assembly-faults.ts'
import type { Exceptions } from './exceptions.ts'
import { BARE_ATOMICS, judge, LONG_FUNCTIONS, TIDY, WORKER_LOCAL_VARIABLES } from './exceptions.ts'
import { readIfPresent, sourceFiles } from './repository.ts'

/** What the host calls, and what the tests of single parts call. */
const ENTRIES = ['index', 'kernels', 'journal', 'precompiles', 'trie', 'hash'].map(
  (name) => `shared/assembly/${name}.ts`,
)
const RELEASE_TEXT = 'shared/build/core.release.wat'
/** The compiler makes a table of a switch only if few numbers are missing in it; the loop first. */
const DISPATCHERS = [
  'interpreter/loop/execute',
  'interpreter/step/step',
  'interpreter/step/stepHigh',
] as const
const LINE_WIDTH_MAX = 100
const FUNCTION_LINES_MAX = 70

const files = sourceFiles('shared/assembly').filter(({ path }) => path.endsWith('.ts'))
const faults = files.flatMap(allFaults)

/** The faults of one kind, judged. */
function judged(kind: string, allowed?: Exceptions) {
  const offences = faults
    .filter((fault) => fault.kind === kind)
    .map(({ path, line }) => ({ path, what: `line ${line}` }))
  return judge(offences, allowed)
}

describe('shared/assembly', () => {
  it('allocates nothing on a managed heap', () => {
    expect(judged('new')).toEqual(TIDY)
    expect(judged('array literal')).toEqual(TIDY)
    expect(judged('string literal')).toEqual(TIDY)
  })

  it('throws nothing', () => {
    expect(judged('throw')).toEqual(TIDY)
  })

  it('keeps variables of a module only where they are worker-local', () => {
    expect(judged('module variable', WORKER_LOCAL_VARIABLES)).toEqual(TIDY)
  })

  it('uses bare atomics only in the types that give them words', () => {
    expect(judged('bare atomic', BARE_ATOMICS)).toEqual(TIDY)
  })

  it('keeps to the line width', () => {
    const wide = files.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        line.length > LINE_WIDTH_MAX ? [`${path}:${index + 1}: ${line.length} columns`] : [],
      ),
    )
    expect(wide).toEqual([])
  })

  it('keeps functions short', () => {
    const long = files
      .flatMap(functionLengths)
      .filter(({ lineCount }) => lineCount > FUNCTION_LINES_MAX)
      .map(({ path, name, lineCount }) => ({ path: `${path} ${name}`, what: `${lineCount} lines` }))
    expect(judge(long, LONG_FUNCTIONS)).toEqual(TIDY)
  })

  it('exports nothing that nothing imports', () => {
    expect(unusedExports(files, ENTRIES)).toEqual([])
  })

  it('finds instructions by tables, and calls nothing in the loop that executes them', () => {
    const wat = readIfPresent(RELEASE_TEXT) ?? ''
    const functions = new Map(
      wat.split('\n (func $assembly/').map((text) => [text.slice(0, text.indexOf(' ')), text]),
    )
    for (const name of DISPATCHERS) expect(functions.get(name), name).toContain('br_table')
    expect(functions.get(DISPATCHERS[0])).not.toMatch(/\bcall\b/)
  })

  it('has no runtime in the release build', () => {
    const wat = readIfPresent(RELEASE_TEXT)
    expect(wat, 'npm run build:core writes the file').toBeDefined()
    expect(wat).not.toContain('~lib/rt')
  })
})
