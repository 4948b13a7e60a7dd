/** An account that signs EIP-1559 transactions for the development chain and counts its nonces. */

import { DEV_CHAIN_ID } from '@shredcast/shared/chain/dev-genesis'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { Address, Hex } from 'viem'
import { parseGwei } from 'viem'
import type { LocalAccount } from 'viem/accounts'

/** What a transaction does; without `to` it creates a contract from `data`. */
export interface Call {
  readonly to?: Address
  readonly data?: Hex
  /** In wei. */
  readonly value?: bigint
  readonly gas: bigint
}

/** High enough for any base fee the demo can cause: only what is used is paid. */
const MAX_FEE_PER_GAS = parseGwei('1000')
const MAX_PRIORITY_FEE_PER_GAS = parseGwei('1')

export class Wallet {
  readonly address: Address
  readonly #account: LocalAccount
  readonly #sentCount: number
  #nonce = 0

  /** `sentCount`: how many of its transactions the chain has; they are the first ones. */
  constructor(account: LocalAccount, sentCount = 0) {
    this.address = account.address
    this.#account = account
    this.#sentCount = sentCount
  }

  /**
   * The signed transaction in its EIP-2718 form, or undefined when the chain has it; calls are signed
   * in the order they are made.
   */
  async sign(call: Call): Promise<Uint8Array | undefined> {
    const nonce = this.#nonce++
    if (nonce < this.#sentCount) return undefined
    const signed = await this.#account.signTransaction({
      type: 'eip1559',
      chainId: DEV_CHAIN_ID,
      maxFeePerGas: MAX_FEE_PER_GAS,
      maxPriorityFeePerGas: MAX_PRIORITY_FEE_PER_GAS,
      nonce,
      ...call,
    })
    return hexToBytes(signed)
  }
}
