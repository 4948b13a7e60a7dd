/**
 * Files of the official conformance suites, as they are handed to a command: JSON files, folders of
 * them, and archives in which the suites are passed on.
 */

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readTarball } from '@shredcast/shared/chain/tarball'
import { BaseError } from '@shredcast/shared/primitives/base-error'

export interface TestFile {
  /** Of a file in an archive: the archive's path, then its own. */
  readonly path: string
  /** True when the user named this very file. */
  readonly isNamed: boolean
  readText(): Promise<string>
}

export class TestFileNotFoundError extends BaseError {
  override readonly name = 'Leader.TestFileNotFoundError'
}

const JSON_FILE = /\.json$/
const ARCHIVE = /\.(tar\.gz|tgz)$/

/**
 * The JSON files among `paths`, in folders and archives among them at any depth, in order of path.
 * Other files of folders and archives are passed over.
 * @throws TestFileNotFoundError
 */
export async function listTestFiles(paths: readonly string[]): Promise<TestFile[]> {
  const files: TestFile[] = []
  for (const path of paths) files.push(...(await filesAt(path)))
  return files
}

async function filesAt(path: string): Promise<TestFile[]> {
  const kind = await stat(path).catch((cause) => {
    throw new TestFileNotFoundError(`${path}: no such file or folder`, { cause })
  })
  if (kind.isDirectory()) return filesIn(path)
  return ARCHIVE.test(path) ? filesOfArchive(path) : [fileAt(path, true)]
}

async function filesIn(folder: string): Promise<TestFile[]> {
  const names = await readdir(folder, { recursive: true })
  const files: TestFile[] = []
  for (const name of names.sort()) {
    const path = join(folder, name)
    if (ARCHIVE.test(name)) files.push(...(await filesOfArchive(path)))
    else if (JSON_FILE.test(name)) files.push(fileAt(path, false))
  }
  return files
}

function fileAt(path: string, isNamed: boolean): TestFile {
  return { path, isNamed, readText: () => readFile(path, 'utf8') }
}

async function filesOfArchive(archive: string): Promise<TestFile[]> {
  const members = await readTarball(archive)
  return members
    .filter(({ path }) => JSON_FILE.test(path))
    .map(({ path, bytes }) => ({
      path: `${archive}/${path}`,
      isNamed: false,
      readText: async () => Buffer.from(bytes).toString('utf8'),
    }))
}
