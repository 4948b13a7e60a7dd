/** The repository's own rules about files: sizes, headers, words, READMEs. */

import { describe, expect, it } from 'vitest'
import { judge, LONG_FILES, TIDY, UNWANTED_WORDS, VAGUE_NAMES } from './exceptions.ts'
import { readIfPresent, sourceFiles } from './repository.ts'

const CODE = /\.(ts|mjs|cjs)$/
const TEST = /\.test\.ts$/
const FILE_LINES_MAX = 400
const TEST_FILE_LINES_MAX = 600
const README_FOLDERS = ['', 'shared', 'shared/assembly', 'protocol', 'leader', 'follower', 'test']

const UNWANTED = [
  { what: 'a path of one machine', pattern: /(^|[\s'"`(=])\/(work|home|root|farm|Users|tmp)\// },
  { what: 'a word about how it was written', pattern: /\b(claude|codex|llm|agents?|sessions?)\b/i },
  { what: 'a remark without an issue number', pattern: /\b(TODO|FIXME|XXX)\b(?!\(#\d+\))/ },
]
const VAGUE = /(^|[-/])(utils?|helpers?|manager|handler|misc|stuff)([-./]|$)/

const files = sourceFiles()
const code = files.filter(({ path }) => CODE.test(path))

describe('files', () => {
  it('no file is longer than its ceiling', () => {
    const offences = code
      .filter(({ path, lines }) => {
        return lines.length > (TEST.test(path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX)
      })
      .map(({ path, lines }) => ({ path, what: `${lines.length} lines` }))
    expect(judge(offences, LONG_FILES)).toEqual(TIDY)
  })

  it('every code file opens with a comment that says what it is', () => {
    const bare = code.filter(({ path, lines }) => {
      const first = lines[0]?.startsWith('#!') ? lines[1] : lines[0]
      return !TEST.test(path) && !first?.startsWith('/**')
    })
    expect(bare.map(({ path }) => path)).toEqual([])
  })

  it('no file carries a machine path, a stray word or a bare TODO', () => {
    const offences = files.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) =>
        UNWANTED.filter(({ pattern }) => pattern.test(line)).map(({ what }) => {
          return { path, what: `${what}, line ${index + 1}: ${line.trim()}` }
        }),
      ),
    )
    expect(judge(offences, UNWANTED_WORDS)).toEqual(TIDY)
  })

  it('no name is vague', () => {
    const offences = files
      .filter(({ path }) => VAGUE.test(path))
      .map(({ path }) => ({ path, what: 'vague name' }))
    expect(judge(offences, VAGUE_NAMES)).toEqual(TIDY)
  })

  it('every workspace and the core have a README', () => {
    const missing = README_FOLDERS.map((folder) => `${folder}/README.md`.replace(/^\//, '')).filter(
      (path) => readIfPresent(path) === undefined,
    )
    expect(missing).toEqual([])
  })
})
