/** A chain of two generated blocks in which transactions depend on each other in every usual way. */

import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { ContractName } from './contracts.ts'
import { CONTRACT_CODE } from './contracts.ts'
import type { TransactionFields } from './signer.ts'
import { Signer } from './signer.ts'
import { addressOf, callTo, ETHER } from './test-world.ts'

const NO_BYTES = new Uint8Array(0)
const CONTRACTS: readonly ContractName[] = ['counter', 'payer', 'store', 'failer']

export const ALICE = new Signer(101)
export const BOB = new Signer(102)
const CAROL = new Signer(103)
const DAVE = new Signer(104)
export const EVE = new Signer(105)
export const STRANGER = new Signer(106)

export const SMALL_CHAIN_BENEFICIARY = addressOf('beneficiary of the small chain')

/** The development chain with some accounts and contracts more; Eve and the stranger own nothing. */
export function smallGenesis(): Genesis {
  const genesis = devGenesis()
  const funded = [ALICE, BOB, CAROL, DAVE].map(({ address }) => account(address, 10n * ETHER))
  const contracts = CONTRACTS.map((name) => {
    return { ...account(addressOf(name), 0n), nonce: 1n, code: CONTRACT_CODE[name] }
  })
  return { ...genesis, alloc: [...genesis.alloc, ...funded, ...contracts] }
}

/** A transaction of the chain; the sender says its nonce. */
export function signedCall(sender: Signer, nonce: bigint, fields: TransactionFields): Uint8Array {
  return sender.sign({
    type: 2,
    chainId: devGenesis().config.chainId,
    nonce,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 10n ** 9n,
    ...fields,
  })
}

/** Transactions of the first blocks; what each is there for is said beside it. */
export function smallBlocks(): Uint8Array[][] {
  return [
    [
      // 0: a plain transfer, lazy on both sides.
      signedCall(ALICE, 0n, { to: BOB.address, value: ETHER }),
      // 1 and 2: read, write and log one slot, one after the other.
      signedCall(ALICE, 1n, callTo('counter')),
      signedCall(CAROL, 0n, callTo('counter')),
      // 3: ether through a contract, to an account that owns nothing.
      signedCall(DAVE, 0n, { ...callTo('payer', EVE.address), value: ETHER }),
      // 4: needs what 3 brought.
      signedCall(EVE, 0n, { to: STRANGER.address, value: ETHER / 2n }),
      // 5: fails.
      signedCall(CAROL, 1n, callTo('failer')),
      // 6: alone.
      signedCall(BOB, 0n, callTo('store', 7, 5)),
    ],
    [signedCall(DAVE, 1n, callTo('counter')), signedCall(EVE, 1n, callTo('store', 7, 0))],
  ]
}

function account(address: Uint8Array, balance: bigint): GenesisAccount {
  return { address, balance, nonce: 0n, code: NO_BYTES, storage: [] }
}
