/** Who the node is and what it runs. */

import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { MethodTable } from '../method.ts'
import { quantity } from '../quantity.ts'
import { forkConfigsJson } from '../shapes/fork-config-json.ts'

export const nodeMethods: MethodTable = {
  eth_chainId: {
    least: 0,
    most: 0,
    run: (_, { backend }) => quantity(backend.chain.config.chainId),
  },
  net_version: { least: 0, most: 0, run: (_, { backend }) => `${backend.chain.config.chainId}` },
  net_listening: { least: 0, most: 0, run: () => true },
  net_peerCount: { least: 0, most: 0, run: () => quantity(0) },
  web3_clientVersion: { least: 0, most: 0, run: (_, { clientVersion }) => clientVersion },
  web3_sha3: { least: 1, most: 1, run: (params) => bytesToHex(keccak256(params.bytes(0))) },
  eth_config: { least: 0, most: 0, run: (_, { backend }) => forkConfigsJson(backend.chain) },
  eth_syncing: { least: 0, most: 0, run: () => false },
  /** Only a development node has keys. */
  eth_accounts: {
    least: 0,
    most: 0,
    run: (_, { backend }) => (backend.dev?.accounts.addresses ?? []).map(bytesToHex),
  },
  /** Whom the open block pays. */
  eth_coinbase: {
    least: 0,
    most: 0,
    run: (_, { backend: { chain } }) => {
      return bytesToHex((chain.openBlock ?? chain.head).header.beneficiary)
    },
  },
  eth_blockNumber: {
    least: 0,
    most: 0,
    run: (_, { backend }) => quantity(backend.chain.head.header.number),
  },
}
