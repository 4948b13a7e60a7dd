/** What `bench live` sends: transactions of 64 accounts of the development mnemonic, signed beforehand. */

import { readDemoContracts, TOKEN_ABI } from '@shredcast/leader/demo/demo-contracts'
import { DEV_CHAIN_ID, DEV_MNEMONIC } from '@shredcast/shared/chain/dev-genesis'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { signTransaction } from '@shredcast/shared/engine/sign-transaction'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import {
  encodeDeployData,
  encodeFunctionData,
  getContractAddress,
  parseEther,
  parseGwei,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { UNSIGNED } from '../../kit/signer.ts'

export const MIX_NAMES = ['raw', 'erc20', 'hot', 'mixed'] as const
export type MixName = (typeof MIX_NAMES)[number]

export interface SignedTransaction {
  readonly raw: Hex
  readonly hash: Hex
}

/** Each lane of the load has senders of its own, so that nonces arrive in order. */
export const SENDER_COUNT = 64

const FUNDED = 10
const SHARE = parseEther('100')
const TOKEN_SHARE = 10n ** 22n
const TRANSFER_GAS = 21_000n
const TOKEN_GAS = 120_000n
const DEPLOYMENT_GAS = 2_000_000n

interface Sender {
  readonly address: Hex
  readonly secretKey: Uint8Array
  nonce: bigint
}

export interface SignedLoad {
  /** To be committed before the others are sent. */
  readonly setUp: readonly SignedTransaction[]
  readonly transactions: readonly SignedTransaction[]
}

export function signLoad(mix: MixName, count: number): SignedLoad {
  const traffic = new LiveTraffic()
  const setUp = traffic.setUp()
  return { setUp, transactions: traffic.take(mix, count) }
}

/** Signs for a chain that has no transaction yet, in the order in which they are to be sent. */
class LiveTraffic {
  readonly #senders: readonly Sender[]
  readonly #random = createRandom(1)
  readonly #token: Hex

  constructor() {
    this.#senders = Array.from({ length: SENDER_COUNT }, (_, addressIndex) => {
      const account = mnemonicToAccount(DEV_MNEMONIC, { addressIndex })
      return { address: account.address, secretKey: account.getHdKey().privateKey!, nonce: 0n }
    })
    this.#token = getContractAddress({ from: this.#senders[0]!.address, nonce: 0n })
  }

  /** Gives each sender ether and some of a new token; to be committed before anything else is sent. */
  setUp(): SignedTransaction[] {
    const [first, ...others] = this.#senders
    const data = encodeDeployData({
      abi: TOKEN_ABI,
      bytecode: readDemoContracts().token,
      args: ['Token', 'TKN', 10n ** 30n],
    })
    const deployment = this.#sign(first!, { data, gasLimit: DEPLOYMENT_GAS })
    const tokens = others.map(({ address }) =>
      this.#sign(first!, this.#tokenTransfer(address, TOKEN_SHARE)),
    )
    const ether = others
      .slice(FUNDED - 1)
      .map(({ address }) =>
        this.#sign(first!, { to: address, value: SHARE, gasLimit: TRANSFER_GAS }),
      )
    return [deployment, ...tokens, ...ether]
  }

  take(mix: MixName, count: number): SignedTransaction[] {
    return Array.from({ length: count }, (_, i) => {
      const sender = this.#senders[i % SENDER_COUNT]!
      return this.#sign(sender, this.#call(mix, i))
    })
  }

  #call(mix: MixName, i: number) {
    if (mix === 'hot') return this.#tokenTransfer(this.#senders[0]!.address, 1n)
    const recipient = bytesToHex(new Uint8Array(20).map(() => this.#random.below(256)))
    if (mix === 'erc20' || (mix === 'mixed' && i % 2 === 0)) {
      return this.#tokenTransfer(recipient, 1n)
    }
    return { to: recipient, value: 1n, gasLimit: TRANSFER_GAS }
  }

  #tokenTransfer(to: Hex, value: bigint) {
    const data = encodeFunctionData({ abi: TOKEN_ABI, functionName: 'transfer', args: [to, value] })
    return { to: this.#token, data, gasLimit: TOKEN_GAS }
  }

  #sign(
    sender: Sender,
    call: { to?: Hex; data?: Hex; value?: bigint; gasLimit: bigint },
  ): SignedTransaction {
    const transaction: Transaction = {
      ...UNSIGNED,
      type: 2,
      chainId: BigInt(DEV_CHAIN_ID),
      nonce: sender.nonce++,
      maxPriorityFeePerGas: parseGwei('1'),
      maxFeePerGas: parseGwei('1000'),
      gasLimit: call.gasLimit,
      to: call.to && hexToBytes(call.to),
      value: call.value ?? 0n,
      data: hexToBytes(call.data ?? '0x'),
    }
    const bytes = signTransaction(transaction, sender.secretKey)
    return { raw: bytesToHex(bytes), hash: bytesToHex(transactionHash(bytes)) }
  }
}
