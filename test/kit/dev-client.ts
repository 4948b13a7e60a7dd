/** viem's test client, which reads and sends too, against a leader of the development chain. */

import type { Chain, HttpTransport, PublicActions, TestClient, WalletActions } from 'viem'
import { createTestClient, http, publicActions, walletActions } from 'viem'
import { devChain } from './dev-token.ts'

type Mode = 'anvil' | 'hardhat'

export type DevClient = TestClient<Mode, HttpTransport, Chain> &
  PublicActions<HttpTransport, Chain> &
  WalletActions<Chain>

export function devClient(httpUrl: string, mode: Mode): DevClient {
  return createTestClient({
    mode,
    chain: devChain(httpUrl),
    transport: http(),
    pollingInterval: 50,
    cacheTime: 0,
  })
    .extend(publicActions)
    .extend(walletActions)
}
