/** All generated workloads, and the mix of them. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { CONTRACT_WORKLOADS } from './contract-workloads.ts'
import { DELEGATION_WORKLOADS } from './delegation-workloads.ts'
import { INVALID_WORKLOADS } from './invalid-workloads.ts'
import { TRANSFER_WORKLOADS } from './transfer-workloads.ts'
import type { Workload } from './workload.ts'
import { times } from './workload.ts'

export const ALL_WORKLOADS: readonly Workload[] = [
  ...TRANSFER_WORKLOADS,
  ...CONTRACT_WORKLOADS,
  ...DELEGATION_WORKLOADS,
  ...INVALID_WORKLOADS,
]

/** A few transactions of this kind, a few of that. */
export const MIX: Workload = {
  name: 'a mix of everything',
  fill(world, count) {
    const kinds = ALL_WORKLOADS.filter(({ since }) => isAtLeast(world.fork, since ?? 'frontier'))
    times(Math.ceil(count / 4), () => world.random.pick(kinds).fill(world, 4))
    world.gasLimit = BigInt(count) * (world.random.chance(0.2) ? 60_000n : 3_000_000n)
  },
}
