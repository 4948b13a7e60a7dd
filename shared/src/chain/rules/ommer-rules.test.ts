import { describe, expect, it } from 'vitest'
import type { Header } from '../header.ts'
import { headerHash } from '../header.ts'
import { childOf, configOf, parentOf } from './header-samples.ts'
import { InvalidBlockError } from './invalid-block.ts'
import type { Ancestor } from './ommer-rules.ts'
import { OMMER_GENERATIONS, validateOmmers } from './ommer-rules.ts'

const config = configOf('berlin')
const child = (parent: Header, changes?: Partial<Header>) => {
  return childOf(parent, config, 'berlin', changes)
}

function ancestorOf(header: Header, ommers: readonly Header[] = []): Ancestor {
  return { header, hash: headerHash(header), ommerHashes: ommers.map(headerHash) }
}

/** Nine blocks, newest first. */
const chain: Header[] = [parentOf('berlin')]
for (let i = 0; i < 8; i++) chain.unshift(child(chain[0] as Header))
const ancestors = chain.slice(0, OMMER_GENERATIONS).map((header) => ancestorOf(header))

/** A valid header beside the chain, whose parent is so many blocks above the newest one. */
function besides(depth: number, mark: number): Header {
  return child(chain[depth] as Header, { extraData: Uint8Array.of(mark) })
}

function refusal(ommers: readonly Header[], line = ancestors): string | undefined {
  try {
    validateOmmers(ommers, line, config)
    return undefined
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    return error.reason
  }
}

describe('the ommers of a block', () => {
  it.each([1, 3, 6])(
    'may be children of the ancestor %i generations behind the parent',
    (depth) => {
      expect(refusal([besides(depth, 1), besides(depth, 2)])).toBeUndefined()
    },
  )

  it('are no more than two', () => {
    expect(refusal([1, 2, 3].map((mark) => besides(2, mark)))).toBe('too many ommers')
  })

  it('are not the same twice', () => {
    expect(refusal([besides(2, 1), besides(2, 1)])).toBe('ommer included before')
  })

  it('are not those of an ancestor', () => {
    const [newest, ...older] = ancestors as [Ancestor, ...Ancestor[]]
    const line = [newest, ancestorOf(chain[1] as Header, [besides(4, 1)]), ...older.slice(1)]
    expect(refusal([besides(4, 1)], line)).toBe('ommer included before')
    expect(refusal([besides(4, 2)], line)).toBeUndefined()
  })

  it('are not ancestors', () => {
    expect(refusal([chain[2] as Header])).toBe('ommer is an ancestor')
  })

  it('are not siblings of the block', () => {
    expect(refusal([besides(0, 1)])).toBe('ommer is a sibling')
  })

  it('do not lie too deep', () => {
    expect(refusal([besides(7, 1)])).toBe('ommer of no recent ancestor')
  })

  it('keep the rules of headers', () => {
    expect(refusal([child(chain[2] as Header, { difficulty: 1n })])).toBe('wrong difficulty')
  })
})
