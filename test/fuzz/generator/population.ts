/** The state before the first block: who is there, with what. */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { SYSTEM_CONTRACTS } from '@shredcast/shared/chain/system-contracts'
import { DAO_ACCOUNTS } from '@shredcast/shared/engine/reference/dao-accounts'
import { bytesToHex, concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import type { AddressPool } from './address-pool.ts'
import { createAddress, precompileAddress, SIGNERS } from './address-pool.ts'
import type { Contract, Style } from './contracts.ts'
import { createContract } from './contracts.ts'
import { wordBytes } from './edge-values.ts'

export const ETHER = 10n ** 18n
const MAX_NONCE = 2n ** 64n - 1n
const NO_BYTES = new Uint8Array(0)
const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)
/** The last signers are special in the ways that `signers` says. */
export const RICH = [0, 1, 2, 3, 4, 5, 10, 11]
const POOR = [6, 7]
const AGED = 8
const CODED = 9
const DELEGATED = [3, 4, 5, 10]

export interface Population {
  readonly accounts: readonly GenesisAccount[]
  readonly contracts: readonly Contract[]
}

export function createPopulation(random: Random, pool: AddressPool, style: Style): Population {
  const contracts = pool.contracts.map((address) => createContract(random, pool, address, style))
  const accounts = [
    ...signers(random, pool, contracts),
    ...contracts.map(({ address, code, storage }) => {
      const balance = random.chance(0.6) ? BigInt(random.below(1000)) : 0n
      return account(address, { balance, nonce: contractNonce(random), code, storage })
    }),
    ...specialAccounts(random, pool),
    ...systemContracts(random, pool),
  ]
  // Predicted addresses may be taken by somebody else.
  const byAddress = new Map(accounts.map((entry) => [bytesToHex(entry.address), entry]))
  return { accounts: [...byAddress.values()], contracts }
}

function account(
  address: Uint8Array,
  fields: Partial<Omit<GenesisAccount, 'address'>>,
): GenesisAccount {
  return { address, balance: 0n, nonce: 0n, code: NO_BYTES, storage: [], ...fields }
}

/** Mostly 1, as EIP-161 has it; a few cannot create any more. */
function contractNonce(random: Random): bigint {
  const dice = random.below(40)
  if (dice === 0) return MAX_NONCE
  if (dice === 1) return MAX_NONCE - 1n
  return dice < 4 ? 0n : 1n
}

function signers(
  random: Random,
  pool: AddressPool,
  contracts: readonly Contract[],
): GenesisAccount[] {
  return SIGNERS.map(({ address }, index) => {
    const nonce = random.chance(0.7) ? 0n : BigInt(random.below(300))
    const rich = { balance: 10n ** 9n * ETHER, nonce }
    if (POOR.includes(index)) {
      return account(address, { balance: BigInt(random.below(3_000_000)), nonce })
    }
    if (index === AGED) {
      return account(address, { ...rich, nonce: MAX_NONCE - BigInt(random.below(4)) })
    }
    if (index === CODED && random.chance(0.5)) {
      return account(address, { ...rich, code: random.pick(contracts).code })
    }
    const isDelegated = DELEGATED.includes(index) && random.chance(0.4)
    if (isDelegated && (isAtLeast(pool.fork, 'prague') || random.chance(0.1))) {
      const code = concatBytes(DELEGATION_PREFIX, delegate(random, pool))
      return account(address, { ...rich, nonce: nonce + 1n, code, storage: someStorage(random) })
    }
    return account(address, rich)
  })
}

/** Whom an account is delegated to: mostly a contract, else anything, another delegation too. */
function delegate(random: Random, pool: AddressPool): Uint8Array {
  return random.chance(0.6) ? pool.pickContract(random) : pool.pick(random)
}

function someStorage(random: Random): { key: Uint8Array; value: Uint8Array }[] {
  if (random.chance(0.5)) return []
  return [
    { key: wordBytes(BigInt(random.below(3))), value: wordBytes(BigInt(1 + random.below(9))) },
  ]
}

function specialAccounts(random: Random, pool: AddressPool): GenesisAccount[] {
  const orphanStorage = [{ key: wordBytes(1n), value: wordBytes(5n) }]
  const balance = () => (random.chance(0.5) ? BigInt(random.below(100)) : 0n)
  const accounts = pool.empty.map((address) => account(address, {}))
  if (random.chance(0.5)) accounts.push(account(pool.beneficiary, { balance: balance() }))
  if (random.chance(0.7)) {
    accounts.push(account(pool.orphan, { balance: balance(), storage: orphanStorage }))
  }
  for (let number = 1; number <= 18; number++) {
    // Some without balance: an empty precompile is an empty account like any other.
    if (random.chance(0.2))
      accounts.push(account(precompileAddress(number), { balance: balance() }))
  }
  for (const address of takenAddresses(random, pool)) {
    const dice = random.below(4)
    if (dice === 0) accounts.push(account(address, { balance: 7n }))
    else if (dice === 1) accounts.push(account(address, { nonce: 1n }))
    else if (dice === 2) accounts.push(account(address, { code: Uint8Array.of(0) }))
    else accounts.push(account(address, { storage: orphanStorage, balance: balance() }))
  }
  if (random.chance(0.1)) {
    accounts.push(...DAO_ACCOUNTS.slice(0, 4).map((address) => account(address, { balance: 9n })))
  }
  return accounts
}

/** Addresses at which somebody will want to create something. */
function takenAddresses(random: Random, pool: AddressPool): Uint8Array[] {
  const bySigners = SIGNERS.slice(0, 3).map(({ address }) => createAddress(address, 0n))
  const taken = [...pool.created, ...bySigners].filter(() => random.chance(0.12))
  pool.created.push(...bySigners)
  return taken
}

/** From Prague on a block without them is invalid, which is worth a try now and then. */
function systemContracts(random: Random, pool: AddressPool): GenesisAccount[] {
  if (!isAtLeast(pool.fork, 'cancun')) return []
  const isOneMissing = random.chance(0.01)
  return Object.entries(SYSTEM_CONTRACTS)
    .filter(() => !isOneMissing || random.chance(0.7))
    .map(([address, code]) =>
      account(hexToBytes(address), { nonce: 1n, code: hexToBytes(`0x${code}`) }),
    )
}
