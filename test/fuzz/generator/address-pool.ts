/** The addresses that a case is about. All of them are few, so that everything meets everything. */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { SYSTEM_CONTRACTS } from '@shredcast/shared/chain/system-contracts'
import {
  bigIntToBytes,
  bigIntToMinimalBytes,
  concatBytes,
  hexToBytes,
} from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Random } from '@shredcast/shared/primitives/random'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import { Signer } from '../../kit/signer.ts'
import { addressOf } from '../../kit/test-world.ts'
import type { Weighted } from './edge-values.ts'
import { choose, wordBytes } from './edge-values.ts'

export const SIGNERS: readonly Signer[] = Array.from({ length: 12 }, (_, i) => new Signer(i + 100))
const CONTRACT_NAMES = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta', 'eta', 'theta']
const SYSTEM_ADDRESSES = Object.keys(SYSTEM_CONTRACTS).map((address) => hexToBytes(address))
const P256_VERIFY = 0x100

/** The address of a precompile; every fork has some that the one before it had not. */
export function precompileAddress(number: number): Uint8Array {
  return bigIntToBytes(BigInt(number), 20)
}

export class AddressPool {
  readonly fork: Hardfork
  readonly contracts: readonly Uint8Array[]
  /** Contracts that move balances in their storage; some of `contracts`. */
  readonly tokens: Uint8Array[] = []
  /** What creations in this case may put where: every predicted address. */
  readonly created: Uint8Array[] = []
  /** Recorded without balance, nonce and code; only before Spurious Dragon do they exist. */
  readonly empty: readonly Uint8Array[] = ['empty', 'empty too'].map(addressOf)
  /** Not in the state. */
  readonly absent: readonly Uint8Array[] = ['absent', 'absent too'].map(addressOf)
  /** Storage, but neither code nor nonce. */
  readonly orphan = addressOf('orphan')
  beneficiary = addressOf('beneficiary')
  readonly #choices: Weighted<(random: Random) => Uint8Array> = [
    [40, (random) => this.pickContract(random)],
    [20, (random) => random.pick(SIGNERS).address],
    [6, () => this.beneficiary],
    [8, (random) => precompileAddress(1 + random.below(20))],
    [1, (random) => precompileAddress(random.pick([0, P256_VERIFY, P256_VERIFY + 1]))],
    [8, (random) => this.#pickCreated(random)],
    [4, (random) => random.pick(this.empty)],
    [4, (random) => random.pick(this.absent)],
    [2, () => this.orphan],
    [4, (random) => this.#pickSystem(random)],
  ]

  constructor(fork: Hardfork, contractCount: number) {
    this.fork = fork
    this.contracts = CONTRACT_NAMES.slice(0, contractCount).map(addressOf)
  }

  /** Any address, mostly one that something is at. */
  pick(random: Random): Uint8Array {
    return choose(random, this.#choices)(random)
  }

  pickContract(random: Random): Uint8Array {
    return random.pick(this.contracts)
  }

  #pickCreated(random: Random): Uint8Array {
    return this.created[random.below(this.created.length)] ?? this.pickContract(random)
  }

  #pickSystem(random: Random): Uint8Array {
    return isAtLeast(this.fork, 'cancun') ? random.pick(SYSTEM_ADDRESSES) : this.beneficiary
  }
}

/** Where a creation puts its contract (Yellow Paper 7). */
export function createAddress(creator: Uint8Array, nonce: bigint): Uint8Array {
  return keccak256(encodeRlp([creator, bigIntToMinimalBytes(nonce)])).slice(12)
}

/** Where CREATE2 puts its contract (EIP-1014). */
export function create2Address(
  creator: Uint8Array,
  salt: bigint,
  initcode: Uint8Array,
): Uint8Array {
  const parts = [Uint8Array.of(0xff), creator, wordBytes(salt), keccak256(initcode)]
  return keccak256(concatBytes(...parts)).slice(12)
}
