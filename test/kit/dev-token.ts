/** The demo's ERC-20 for tests of JSON-RPC clients: how to deploy it and what to call. */

import { readDemoContracts } from '@shredcast/leader/demo/demo-contracts'
import { DEV_CHAIN_ID, DEV_MNEMONIC } from '@shredcast/shared/chain/dev-genesis'
import type { Chain } from 'viem'
import { defineChain, parseAbi } from 'viem'
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
