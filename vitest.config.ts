/**
 * Tests run on the TypeScript sources. Worker threads need the build, because Node 20 cannot load a
 * `.ts` worker: `npm test` builds first.
 */

import { defineConfig } from 'vitest/config'
import { ClosingReporter } from './test/kit/closing-reporter.ts'

/** `source` before vite's own defaults, which naming any condition replaces. */
const conditions = ['source', 'module', 'node', 'development|production']
const exclude = ['**/node_modules/**', '**/dist/**', '**/build/**']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    passWithNoTests: true,
    reporters: ['default', new ClosingReporter()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{shared,protocol,leader,follower}/src/**/*.test.ts'],
          exclude,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: [
            'test/{rpc,calls,conformance,equivalence,simulation,kernels,trie,journal,precompiles,state,e2e,nats,chaos,bench,fuzz}/**/*.test.ts',
          ],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      { extends: true, test: { name: 'tidy', include: ['test/tidy/**/*.test.ts'], exclude } },
    ],
  },
})
