/**
 * The ways in which a case is executed, all of which must come to what the oracle says. A line here
 * is all that a new one needs.
 */

import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { DeclaredSchedule, EngineName } from '@shredcast/shared/engine/engine'
import { CHUNK_BYTES } from '@shredcast/shared/layout/memory-map'

export interface Configuration {
  readonly name: string
  readonly engine: EngineName
  readonly workers: number
  readonly build: CoreBuild
  /** Whole blocks, or transactions that come while others run. */
  readonly arrival: 'whole' | 'growing'
  /** Executes each block once more, by the reads and writes that the first execution declares. */
  readonly declared?: DeclaredSchedule
  /** Of a worker, where it is to be so small that executions move to the large heap. */
  readonly heapBytes?: number
  /** Takes part in every n-th case. */
  readonly every: number
}

export const CONFIGURATIONS: readonly Configuration[] = [
  {
    name: 'inline, 1 worker, release',
    engine: 'inline',
    workers: 1,
    build: 'release',
    arrival: 'whole',
    every: 1,
  },
  {
    name: 'inline, 2 workers, debug, then dag',
    engine: 'inline',
    workers: 2,
    build: 'debug',
    arrival: 'whole',
    declared: 'dag',
    every: 1,
  },
  {
    name: 'inline, 4 workers, release, growing, then seeded',
    engine: 'inline',
    workers: 4,
    build: 'release',
    arrival: 'growing',
    declared: 'seeded',
    every: 1,
  },
  {
    name: 'inline, 3 workers, release, small heaps',
    engine: 'inline',
    workers: 3,
    build: 'release',
    arrival: 'whole',
    heapBytes: 40 * CHUNK_BYTES,
    every: 3,
  },
  {
    name: 'reference, 2 workers, debug, then dag',
    engine: 'reference',
    workers: 2,
    build: 'debug',
    arrival: 'whole',
    declared: 'dag',
    every: 10,
  },
  {
    name: 'reference, 3 workers, release, growing',
    engine: 'reference',
    workers: 3,
    build: 'release',
    arrival: 'growing',
    every: 15,
  },
]
