/**
 * A small chain for generated workloads: funded and poor accounts, a contract of every kind, and the
 * next block's transactions, gathered one by one. All forks are active on it, each from a block of
 * its own, so that engines serve every fork.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { PRAGUE_BLOBS } from '@shredcast/shared/chain/chain-config'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { HARDFORKS, isAtLeast } from '@shredcast/shared/chain/hardforks'
import { SYSTEM_CONTRACTS } from '@shredcast/shared/chain/system-contracts'
import {
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  hexToBytes,
} from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Random } from '@shredcast/shared/primitives/random'
import type { ContractName } from './contracts.ts'
import { CONTRACT_CODE } from './contracts.ts'
import type { TransactionFields } from './signer.ts'
import { Signer } from './signer.ts'
import type { StepOutcome } from './step-outcome.ts'

const BLOCKS_PER_FORK = 1000n
const NO_BYTES = new Uint8Array(0)

export const CHAIN_ID = 1337n
export const ETHER = 10n ** 18n
const BASE_FEE = 7n
export const GAS_PRICE = 10n

export const WORLD_CONFIG: ChainConfig = {
  chainId: CHAIN_ID,
  forks: HARDFORKS.map((fork, index) => ({ fork, block: BigInt(index) * BLOCKS_PER_FORK })),
  blobSchedule: [{ time: 0n, ...PRAGUE_BLOBS }],
}

const SIGNERS = Array.from({ length: 34 }, (_, index) => new Signer(index + 1))
const POOR_COUNT = 8
const SPECIAL_COUNT = 2
/** What a poor account has: gas for two plain transfers, and a little to send. */
export const POOR_BALANCE = 2n * 21_000n * GAS_PRICE + 10n

/** 20 bytes that nobody has the key of. */
export function addressOf(name: string): Uint8Array {
  return keccak256(new TextEncoder().encode(name)).slice(12)
}

export function word(value: bigint | number | Uint8Array): Uint8Array {
  if (!(value instanceof Uint8Array)) return bigIntToBytes(BigInt(value), 32)
  return concatBytes(new Uint8Array(32 - value.length), value)
}

export class World {
  readonly fork: Hardfork
  readonly random: Random
  /** Accounts with a thousand ether each. */
  readonly rich: readonly Signer[]
  /** Accounts with POOR_BALANCE. */
  readonly poor: readonly Signer[]
  /** An account whose nonce is at its maximum. */
  readonly exhausted: Signer
  /** An account with a key and with code, which no rule lets come about. */
  readonly coded: Signer
  beneficiary = addressOf('beneficiary')
  gasLimit = 200_000_000n
  #number: bigint
  #transactions: Uint8Array[] = []
  #nonces = new Map<Signer, bigint>()
  readonly #settledNonces = new Map<Signer, bigint>()

  constructor(fork: Hardfork, random: Random) {
    this.fork = fork
    this.random = random
    this.exhausted = SIGNERS[0]!
    this.coded = SIGNERS[1]!
    this.poor = SIGNERS.slice(SPECIAL_COUNT, SPECIAL_COUNT + POOR_COUNT)
    this.rich = SIGNERS.slice(SPECIAL_COUNT + POOR_COUNT)
    this.#number = BigInt(HARDFORKS.indexOf(fork)) * BLOCKS_PER_FORK + 1n
  }

  /** The state before the first block. */
  alloc(): GenesisAccount[] {
    const accounts = [
      ...this.rich.map(({ address }) => account(address, 1000n * ETHER)),
      ...this.poor.map(({ address }) => account(address, POOR_BALANCE)),
      { ...account(this.exhausted.address, ETHER), nonce: 2n ** 64n - 1n },
      { ...account(this.coded.address, ETHER), code: CONTRACT_CODE.counter },
      account(addressOf('empty but recorded'), 0n),
    ]
    for (const [name, code] of Object.entries(CONTRACT_CODE)) {
      accounts.push({ ...account(addressOf(name), 1000n), nonce: 1n, code })
    }
    for (const [address, code] of Object.entries(SYSTEM_CONTRACTS)) {
      accounts.push({ ...account(hexToBytes(address), 0n), code: hexToBytes(`0x${code}`) })
    }
    return accounts
  }

  /** The nonce that the sender's next transaction should have. */
  nonce(sender: Signer): bigint {
    return this.#nonces.get(sender) ?? 0n
  }

  setNonce(sender: Signer, nonce: bigint): void {
    this.#nonces.set(sender, nonce)
  }

  /** Takes over what became of the nonces in a block, some of whose transactions were refused. */
  settleNonces(outcomes: readonly StepOutcome[]): void {
    const signers = new Map(SIGNERS.map((signer) => [bytesToHex(signer.address), signer]))
    for (const outcome of outcomes) {
      if (outcome.type === 'rejected') continue
      for (const { address, nonce } of outcome.changes) {
        const signer = signers.get(bytesToHex(address))
        if (signer !== undefined && nonce !== undefined) this.#settledNonces.set(signer, nonce)
      }
    }
    this.#nonces = new Map(this.#settledNonces)
  }

  /** Appends a transaction that is expected to be valid. */
  send(sender: Signer, fields: TransactionFields): void {
    const nonce = this.nonce(sender)
    this.add(sender, fields)
    this.#nonces.set(sender, nonce + 1n)
  }

  /** Appends a transaction that need not be valid: the next nonce stays what it was. */
  add(sender: Signer, fields: TransactionFields): void {
    this.addBytes(
      sender.sign({ ...this.#defaults(fields.type), nonce: this.nonce(sender), ...fields }),
    )
  }

  addBytes(bytes: Uint8Array): void {
    this.#transactions.push(bytes)
  }

  call(sender: Signer, contract: ContractName, ...args: (bigint | number | Uint8Array)[]): void {
    this.send(sender, { ...callTo(contract, ...args) })
  }

  /** Closes the block: its context and transactions. The next one follows it. */
  takeBlock(): { context: BlockContext; transactions: Uint8Array[] } {
    const transactions = this.#transactions
    const context = this.#context()
    this.#transactions = []
    this.#number++
    return { context, transactions }
  }

  #defaults(type = 0): TransactionFields {
    const isProtected = type !== 0 || isAtLeast(this.fork, 'spuriousDragon')
    return {
      chainId: isProtected ? CHAIN_ID : undefined,
      maxFeePerGas: GAS_PRICE,
      maxPriorityFeePerGas: type < 2 ? GAS_PRICE : 1n,
    }
  }

  #context(): BlockContext {
    const is = (fork: Hardfork) => isAtLeast(this.fork, fork)
    const parentHash = keccak256(word(this.#number - 1n))
    return {
      parentHash,
      number: this.#number,
      timestamp: 1_000_000n + this.#number * 12n,
      beneficiary: this.beneficiary,
      gasLimit: this.gasLimit,
      difficulty: is('paris') ? 0n : 131_072n,
      prevRandao: keccak256(word(this.#number)),
      ...(is('london') && { baseFeePerGas: BASE_FEE }),
      ...(is('cancun') && { excessBlobGas: 0n, parentBeaconBlockRoot: keccak256(parentHash) }),
      ...(is('shanghai') && { withdrawals: this.#withdrawals() }),
      ommers: is('paris') ? [] : [{ number: this.#number - 1n, beneficiary: addressOf('ommer') }],
      blockHashes: new Map([[this.#number - 1n, parentHash]]),
    }
  }

  #withdrawals(): NonNullable<BlockContext['withdrawals']> {
    const recipients = [this.poor[0]!.address, this.beneficiary, addressOf('fresh validator')]
    return recipients.map((address, index) => {
      return { index: BigInt(index), validatorIndex: 1n, address, amount: BigInt(index) * 5n }
    })
  }
}

/** A transaction's fields that call a contract with some words. */
export function callTo(
  contract: ContractName,
  ...args: (bigint | number | Uint8Array)[]
): TransactionFields {
  return { to: addressOf(contract), gasLimit: 300_000n, data: concatBytes(...args.map(word)) }
}

function account(address: Uint8Array, balance: bigint): GenesisAccount {
  return { address, balance, nonce: 0n, code: NO_BYTES, storage: [] }
}
