/** Tests of an archive of the conformance suites, whose files are JSON objects of named tests. */

import { readTarball } from '@shredcast/shared/chain/tarball'

/** One named test of one file; `test` is the parsed JSON under that name. */
export interface ArchivedTest<T> {
  readonly file: string
  readonly name: string
  readonly test: T
}

/** Every test of every JSON file in the `.tar.gz` at `path`, in its order. */
export async function readTestArchive<T>(path: string): Promise<ArchivedTest<T>[]> {
  const tests: ArchivedTest<T>[] = []
  for (const { path: file, bytes } of await readTarball(path)) {
    if (!file.endsWith('.json')) continue
    const named = JSON.parse(Buffer.from(bytes).toString('utf8')) as Record<string, T>
    for (const [name, test] of Object.entries(named)) tests.push({ file, name, test })
  }
  return tests
}
