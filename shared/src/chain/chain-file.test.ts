import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { concatBytes } from '../primitives/bytes.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import {
  blocksOf,
  CHAIN_FILE_BLOCK_BYTES_MAX,
  ChainFile,
  InvalidChainFileError,
} from './chain-file.ts'

/** Lists of all lengths of prefix. */
const BLOCKS = [0, 1, 50, 300, 70_000].map((length) => encodeRlp([new Uint8Array(length).fill(7)]))

async function* inChunks(bytes: Uint8Array, chunkBytes: number): AsyncIterable<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
    yield bytes.subarray(offset, offset + chunkBytes)
  }
}

async function taken<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const read = (bytes: Uint8Array, chunkBytes = 1000) => taken(blocksOf(inChunks(bytes, chunkBytes)))

describe('a stream of blocks', () => {
  it('is cut where the blocks end, whatever chunks it comes in', { timeout: 60_000 }, async () => {
    const index = fc.nat(BLOCKS.length - 1)
    await fc.assert(
      fc.asyncProperty(
        fc.array(index, { maxLength: 6 }),
        fc.integer({ min: 1, max: 9000 }),
        async (indexes, chunkBytes) => {
          const blocks = indexes.map((place) => BLOCKS[place] as Uint8Array)
          expect(await read(concatBytes(...blocks), chunkBytes)).toEqual(blocks)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('may hold blocks shorter than the longest prefix', async () => {
    const empty = Uint8Array.of(0xc0)
    expect(await read(concatBytes(empty, empty), 1)).toEqual([empty, empty])
  })

  it.each<[string, number[]]>([
    ['a byte string', [0x83, 1, 2, 3, 4]],
    ['a single byte', [5]],
    ['a length with a leading zero', [0xf9, 0, 60]],
    ['a length that needs no prefix', [0xf8, 10]],
    ['a length over 32 bits', [0xfc, 1, 0, 0, 0, 0, 0]],
    ['a length that is cut off', [0xfa, 1]],
    ['a payload that is cut off', [0xc3, 1, 2]],
  ])('is refused at %s, behind what is good', async (_, bytes) => {
    const good = BLOCKS[2] as Uint8Array
    const blocks = blocksOf(inChunks(concatBytes(good, Uint8Array.from(bytes)), 10))
    expect((await blocks.next()).value).toEqual(good)
    const fault = blocks.next()
    await expect(fault).rejects.toThrow(InvalidChainFileError)
    await expect(fault).rejects.toThrow(`at byte ${good.length}`)
  })

  it('is refused at a block that is too large before it is read', async () => {
    const length = CHAIN_FILE_BLOCK_BYTES_MAX
    const prefix = [0xfb, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]
    let chunks = 0
    async function* endless() {
      yield Uint8Array.from(prefix)
      while (true) {
        chunks++
        yield new Uint8Array(1000)
      }
    }
    await expect(taken(blocksOf(endless()))).rejects.toThrow(/limit/)
    expect(chunks).toBe(0)
  })
})

describe('a chain file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chain-file-'))
    await writeFile(join(folder, 'chain.rlp'), concatBytes(...BLOCKS))
    await writeFile(join(folder, 'chain.rlp.gz'), gzipSync(concatBytes(...BLOCKS)))
    await writeFile(join(folder, 'broken.rlp.gz'), concatBytes(...BLOCKS))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each(['chain.rlp', 'chain.rlp.gz'])('is read from %s', async (name) => {
    expect(await taken(new ChainFile(join(folder, name)).blocks())).toEqual(BLOCKS)
  })

  it.each(['broken.rlp.gz', 'none.rlp', 'none.rlp.gz'])('names %s, which fails', async (name) => {
    const fault = taken(new ChainFile(join(folder, name)).blocks())
    await expect(fault).rejects.toThrow(InvalidChainFileError)
    await expect(fault).rejects.toThrow(name)
  })

  it('may be left in the middle', async () => {
    for await (const block of new ChainFile(join(folder, 'chain.rlp.gz')).blocks()) {
      expect(block).toEqual(BLOCKS[0])
      break
    }
  })
})
