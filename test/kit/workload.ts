/** What a generated workload is: a way to add some transactions to the next block of a world. */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import type { World } from './test-world.ts'

export interface Workload {
  readonly name: string
  /** First fork on which it makes sense; `frontier` when absent. */
  readonly since?: Hardfork
  /** Adds about `count` transactions, in the world's random order. */
  readonly fill: (world: World, count: number) => void
}

/** Does something `count` times. */
export function times(count: number, action: (index: number) => void): void {
  for (let index = 0; index < count; index++) action(index)
}
