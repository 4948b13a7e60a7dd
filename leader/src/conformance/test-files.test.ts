import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listTestFiles, TestFileNotFoundError } from './test-files.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'test-files-'))
  await mkdir(join(folder, 'deep/deeper'), { recursive: true })
  await writeFile(join(folder, 'deep/deeper/b.json'), '"b"')
  await writeFile(join(folder, 'a.json'), '"a"')
  await writeFile(join(folder, 'README.md'), '')
  await writeFile(join(folder, 'c.tar.gz'), gzipSync(tarOf('suite/c.json', '"c"')))
})

afterAll(() => rm(folder, { recursive: true }))

/** An archive of one file, as far as it is read. */
function tarOf(path: string, text: string): Buffer {
  const archive = Buffer.alloc(3 * 512)
  archive.write(path, 0)
  archive.write(text.length.toString(8).padStart(11, '0'), 124)
  archive.write('0', 156)
  archive.write(text, 512)
  return archive
}

const within = (path: string) => path.slice(folder.length + 1)

describe('listTestFiles', () => {
  it('finds JSON files in folders and archives at any depth, in order', async () => {
    const files = await listTestFiles([folder])
    expect(files.map(({ path }) => within(path))).toEqual([
      'a.json',
      'c.tar.gz/suite/c.json',
      'deep/deeper/b.json',
    ])
    const texts = await Promise.all(files.map((file) => file.readText()))
    expect(texts).toEqual(['"a"', '"c"', '"b"'])
    expect(files.some(({ isNamed }) => isNamed)).toBe(false)
  })

  it('takes a file that is named whatever its ending', async () => {
    const [file] = await listTestFiles([join(folder, 'README.md')])
    expect(file?.isNamed).toBe(true)
  })

  it('names a path that does not exist', async () => {
    await expect(listTestFiles([join(folder, 'none')])).rejects.toThrow(TestFileNotFoundError)
  })
})
