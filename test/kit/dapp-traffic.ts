/** Transactions for tests of dApps: a token that is deployed, and payments of ether and tokens. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import type { Address } from 'viem'
import { createPublicClient, getContractAddress, http, parseEther, parseGwei } from 'viem'
import {
  devAccount,
  devChain,
  devWallet,
  TOKEN_ABI,
  TOKEN_DEPLOYMENT,
  TOKEN_GAS,
} from './dev-token.ts'

export interface DappTraffic {
  readonly token: Address
  /** Pays tokens. */
  payToken(to: Address, value: bigint): Promise<Hex>
  /** Pays ether. */
  pay(to: Address, value: bigint): Promise<Hex>
}

const FEES = { maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') }

/** All of it is sent by the development account `index`, which has sent nothing yet. */
export async function startTraffic(httpUrl: string, index: number): Promise<DappTraffic> {
  const wallet = devWallet(httpUrl, index)
  let nonce = 0
  const next = () => ({ nonce: nonce++, ...FEES })
  const token = getContractAddress({ from: devAccount(index).address, nonce: 0n })
  await wallet.deployContract({ ...TOKEN_DEPLOYMENT, ...next() })
  return {
    token,
    payToken(to, value) {
      const call = { abi: TOKEN_ABI, functionName: 'transfer', args: [to, value] } as const
      return wallet.writeContract({ address: token, ...call, gas: TOKEN_GAS, ...next() })
    },
    pay: (to, value) => wallet.sendTransaction({ to, value, gas: 21_000n, ...next() }),
  }
}

export function balanceByRpc(httpUrl: string, address: Address): Promise<bigint> {
  const client = createPublicClient({ chain: devChain(httpUrl), transport: http() })
  return client.getBalance({ address })
}

export const ONE_ETHER = parseEther('1')
