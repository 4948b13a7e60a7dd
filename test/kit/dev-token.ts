/** The demo's ERC-20 for tests of JSON-RPC clients: how to deploy it and what to call. */

import { readDemoContracts } from '@shredcast/leader/demo/demo-contracts'
import { DEV_CHAIN_ID, DEV_MNEMONIC } from '@shredcast/shared/chain/dev-genesis'
import type { Chain, HttpTransport, PublicClient, WalletClient } from 'viem'
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from 'viem'
import type { HDAccount } from 'viem/accounts'
import { mnemonicToAccount } from 'viem/accounts'

export const TOKEN_BYTECODE = readDemoContracts().token

export const TOKEN_ABI = parseAbi([
  'constructor(string name, string symbol, uint256 supply)',
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'function transfer(address to, uint256 value) returns (bool)',
  'function balanceOf(address owner) view returns (uint256)',
])

export const TOKEN_SUPPLY = 10n ** 24n

/** Enough for the deployment and for any call of it. */
export const TOKEN_GAS = 2_000_000n

/** Its deployment as viem's wallets take it. */
export const TOKEN_DEPLOYMENT = {
  abi: TOKEN_ABI,
  bytecode: TOKEN_BYTECODE,
  args: ['Token', 'TKN', TOKEN_SUPPLY],
  gas: TOKEN_GAS,
} as const

export function devAccount(addressIndex: number) {
  return mnemonicToAccount(DEV_MNEMONIC, { addressIndex })
}

export function devChain(httpUrl: string): Chain {
  return defineChain({
    id: DEV_CHAIN_ID,
    name: 'development chain',
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [httpUrl] } },
  })
}

/** A wallet of one of the development accounts. */
export function devWallet(
  httpUrl: string,
  index: number,
): WalletClient<HttpTransport, Chain, HDAccount> {
  const account = devAccount(index)
  return createWalletClient({ account, chain: devChain(httpUrl), transport: http() })
}

export type PublicDevClient = PublicClient<HttpTransport, Chain>

/** Reads the development chain, and looks often at what it waits for. */
export function publicClient(httpUrl: string): PublicDevClient {
  return createPublicClient({ chain: devChain(httpUrl), transport: http(), pollingInterval: 50 })
}
