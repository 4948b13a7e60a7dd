/** Suites on data that is not part of this checkout: they run where it is, and say so where not. */

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, it } from 'vitest'

const REPOSITORY_ROOT = resolve(import.meta.dirname, '../..')

/**
 * Declares a suite that needs the file or folder `path` (relative to the repository's root), which
 * `body` is given as an absolute path. Where it is absent, `body` is not called and the run's
 * closing lines name the suite.
 */
export function describeWithData(
  name: string,
  path: string,
  body: (absolutePath: string) => void,
): void {
  const absolutePath = resolve(REPOSITORY_ROOT, path)
  if (existsSync(absolutePath)) {
    describe(name, () => body(absolutePath))
  } else {
    describe(name, () => it('finds its data', ({ skip }) => skip(`${path} is absent`)))
  }
}
