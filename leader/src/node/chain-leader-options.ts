/** What a leader of a chain is started with. */

import type { RejectedTransaction } from '@shredcast/shared/engine/committed-step'
import type { BlockChoice } from '../builder/next-block.ts'
import type { PoolLimits } from '../mempool/pool-limits.ts'
import type { PoolOrder } from '../mempool/pool-order.ts'
import type { SealedBlock } from './leader-figures.ts'
import type { LeaderPartsOptions } from './leader-parts.ts'

export interface ChainLeaderOptions extends Omit<LeaderPartsOptions, 'onSent'> {
  /** Time between seals; 0, on a development chain: its user seals. */
  readonly blockTimeMs: number
  readonly block: Pick<BlockChoice, 'beneficiary' | 'gasLimit'>
  readonly pool?: PoolOptions
  readonly onRejected?: (rejected: RejectedTransaction) => void
  readonly onSealed?: (sealed: SealedBlock) => void
}

/** How transactions wait for the engine. */
export interface PoolOptions {
  /** Default DEFAULT_POOL_ORDER. */
  readonly order?: PoolOrder
  readonly limits?: Partial<PoolLimits>
  /** In wei per gas, above the base fee; default 0. */
  readonly minimumTip?: bigint
}
