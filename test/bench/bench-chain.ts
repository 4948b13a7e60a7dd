/**
 * The chain on which generated blocks run: all forks up to Prague from its first block on. Osaka is
 * left out because it caps a transaction's gas (EIP-7825), and a micro workload is one transaction.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { PRAGUE_BLOBS } from '@shredcast/shared/chain/chain-config'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { HARDFORKS, isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { SYSTEM_CONTRACTS } from '@shredcast/shared/chain/system-contracts'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { TransactionFields } from '../kit/signer.ts'
import { Signer } from '../kit/signer.ts'
import { addressOf, CHAIN_ID, ETHER, GAS_PRICE, word } from '../kit/test-world.ts'

const NO_BYTES = new Uint8Array(0)
const NUMBER = 1n

export const BENCH_CONFIG: ChainConfig = {
  chainId: CHAIN_ID,
  forks: HARDFORKS.filter((fork) => !isAtLeast(fork, 'osaka')).map((fork) => ({ fork, block: 0n })),
  blobSchedule: [{ time: 0n, ...PRAGUE_BLOBS }],
}

/** A block that holds whatever a benchmark puts into it. */
export const BENCH_CONTEXT: BlockContext = {
  parentHash: keccak256(word(0)),
  number: NUMBER,
  timestamp: 1_800_000_000n,
  beneficiary: addressOf('beneficiary'),
  gasLimit: 10n ** 15n,
  difficulty: 0n,
  prevRandao: keccak256(word(NUMBER)),
  baseFeePerGas: 7n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: keccak256(word(2)),
  withdrawals: [],
  ommers: [],
  blockHashes: new Map([[NUMBER - 1n, keccak256(word(0))]]),
}

interface MutableAccount {
  balance: bigint
  nonce: bigint
  code: Uint8Array
  readonly storage: Map<Hex, Uint8Array>
}

/** The state before a block, while it is put together; new ones hold the system contracts. */
export class BenchState {
  readonly #accounts = new Map<Hex, MutableAccount>()

  constructor() {
    for (const [address, code] of Object.entries(SYSTEM_CONTRACTS)) {
      this.deploy(hexToBytes(address), hexToBytes(`0x${code}`))
    }
  }

  fund(address: Uint8Array, balance = 1000n * ETHER): void {
    this.#at(address).balance = balance
  }

  deploy(address: Uint8Array, code: Uint8Array): void {
    const account = this.#at(address)
    account.code = code
    account.nonce = 1n
  }

  setSlot(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    this.#at(address).storage.set(bytesToHex(key), value)
  }

  /** Takes over what a step wrote. */
  apply(changes: readonly StateChange[]): void {
    for (const { address, balance, nonce, code, slots } of changes) {
      const account = this.#at(address)
      if (balance !== undefined) account.balance = balance
      if (nonce !== undefined) account.nonce = nonce
      if (code !== undefined) account.code = code ?? NO_BYTES
      for (const { key, value } of slots) account.storage.set(bytesToHex(key), value)
    }
  }

  account(address: Uint8Array): GenesisAccount {
    const { balance, nonce, code, storage } = this.#at(address)
    const slots = [...storage].map(([key, value]) => ({ key: hexToBytes(key), value }))
    return {
      ...{ address, balance, nonce, code },
      storage: slots.filter(({ value }) => value.some((byte) => byte !== 0)),
    }
  }

  accounts(): GenesisAccount[] {
    return [...this.#accounts.keys()].map((address) => this.account(hexToBytes(address)))
  }

  #at(address: Uint8Array): MutableAccount {
    const key = bytesToHex(address)
    let account = this.#accounts.get(key)
    if (account === undefined) {
      account = { balance: 0n, nonce: 0n, code: NO_BYTES, storage: new Map() }
      this.#accounts.set(key, account)
    }
    return account
  }
}

const signers: Signer[] = []

/** Making a signer takes longer than signing, so all blocks share them. */
export function signerAt(index: number): Signer {
  let signer = signers[index]
  if (signer === undefined) {
    signer = new Signer(index + 1)
    signers[index] = signer
  }
  return signer
}

/** A legacy transaction with the sender's first nonce, unless `fields` say otherwise. */
export function signedBy(signer: Signer, fields: TransactionFields): Uint8Array {
  const price = { maxFeePerGas: GAS_PRICE, maxPriorityFeePerGas: GAS_PRICE }
  return signer.sign({ chainId: CHAIN_ID, ...price, ...fields })
}
