/**
 * JSON-RPC of a leader: follows the messages that the leader publishes, and hands transactions in.
 */

import type { ChainRpc, ChainRpcOptions } from '@shredcast/protocol/node-rpc/chain-rpc'
import { createChainRpc } from '@shredcast/protocol/node-rpc/chain-rpc'
import { BlobSidecars } from '../mempool/blob-sidecars.ts'
import type { ChainLeader } from '../node/chain-leader.ts'
import { RpcPool } from './rpc-pool.ts'

/**
 * Serves a leader that does not run yet.
 * @throws ListenError
 */
export async function createLeaderRpc(
  leader: ChainLeader,
  options: ChainRpcOptions,
): Promise<ChainRpc> {
  const sidecars = new BlobSidecars()
  const rpc = await createChainRpc(
    {
      chain: leader.chain,
      path: leader.path,
      calls: leader.calls,
      prove: (stateRoot, address, slots) => leader.prove(stateRoot, address, slots),
      pool: (chain, events) => new RpcPool({ mempool: leader.pool, chain, events, sidecars }),
    },
    options,
  )
  leader.observe((draft) => rpc.take(draft))
  return {
    ...rpc,
    async close() {
      await rpc.close()
      await sidecars.close()
    },
  }
}
