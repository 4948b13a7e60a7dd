/**
 * What only a node of a development chain can be asked for: its user's accounts, and changes of what
 * the chain is. Whatever is changed is true when the promise resolves.
 */

import type { Transaction } from '@shredcast/shared/chain/transaction'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'

/** The change cannot be made, and nothing was changed. */
export class ChangeRefusedError extends BaseError {
  override readonly name = 'Rpc.ChangeRefusedError'
}

/** A transaction whose signature is yet to come. */
export type UnsignedTransaction = Omit<Transaction, 'yParity' | 'r' | 's'>

export interface DevBackend {
  readonly accounts: DevAccounts
  readonly blocks: DevBlocks
  readonly state: DevState
}

/** The funded accounts, whose keys everybody knows, and those that are impersonated. */
export interface DevAccounts {
  /** Of all of them, 20 bytes each. */
  readonly addresses: readonly Uint8Array[]
  /** While true, every address may be sent from. */
  isAutoImpersonating: boolean
  /** @throws ChangeRefusedError */
  impersonate(address: Uint8Array): void
  stopImpersonating(address: Uint8Array): void
  /**
   * Signs with the key of a funded account, or names the impersonated one in place of a signature.
   * @throws ChangeRefusedError
   */
  sign(transaction: UnsignedTransaction, sender: Uint8Array): SignedTransaction
  /** Names any sender in place of a signature. */
  unsigned(transaction: UnsignedTransaction, sender: Uint8Array): SignedTransaction
  /** EIP-191; 65 bytes. @throws ChangeRefusedError when the key is not known */
  signMessage(address: Uint8Array, message: Uint8Array): Promise<Hex>
  /** EIP-712; 65 bytes. @throws ChangeRefusedError */
  signTypedData(address: Uint8Array, typedData: unknown): Promise<Hex>
  /** Does one such work at a time: what one sends is the next one's nonce. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

export interface SignedTransaction {
  readonly bytes: Uint8Array
  /** Of bytes without a signature. */
  readonly impersonated?: Uint8Array
}

/** When blocks are sealed, and what they say of themselves. Times are in seconds. */
export interface DevBlocks {
  /** False: transactions wait in the pool until a block is sealed. */
  readonly isAutomine: boolean
  /** Between seals; 0: a block is sealed when somebody asks for it. */
  readonly intervalSeconds: number
  setAutomine(isOn: boolean): Promise<void>
  setIntervalMining(seconds: number): Promise<void>
  /** Seals so many blocks, the open one first; `interval` is from one's time to the next one's. */
  mine(count: number, interval: bigint): Promise<void>
  /** Resolves with what the clock is ahead of the machine's. */
  increaseTime(seconds: bigint): Promise<bigint>
  setTime(timestamp: bigint): Promise<bigint>
  setNextTimestamp(timestamp: bigint): Promise<void>
  /** Undefined: by the clock. Resolves with whether there was an interval. */
  setTimestampInterval(seconds: bigint | undefined): Promise<boolean>
  setNextBaseFee(baseFeePerGas: bigint): Promise<void>
  setNextPrevRandao(prevRandao: Uint8Array): Promise<void>
  setGasLimit(gasLimit: bigint): Promise<void>
  setCoinbase(beneficiary: Uint8Array): Promise<void>
  /** Drops a transaction that waits in the pool; false when none does by this hash. */
  drop(hash: Uint8Array): boolean
  dropAll(): void
}

/** What accounts hold, and how the chain as a whole is saved and brought back. */
export interface DevState {
  setBalance(address: Uint8Array, balance: bigint): Promise<void>
  addBalance(address: Uint8Array, amount: bigint): Promise<void>
  setNonce(address: Uint8Array, nonce: bigint): Promise<void>
  setCode(address: Uint8Array, code: Uint8Array): Promise<void>
  /** Key and value have 32 bytes. */
  setStorageAt(address: Uint8Array, key: Uint8Array, value: Uint8Array): Promise<void>
  /** Resolves with the snapshot's number. */
  snapshot(): Promise<bigint>
  /** Goes back to the snapshot, and forgets it and later ones; false when there is none. */
  revert(id: bigint): Promise<boolean>
  /** Goes back to block 0, with all settings as at the start. */
  reset(): Promise<void>
  /** All accounts, as anvil writes them. */
  dump(): Promise<Uint8Array>
  /** Adds the accounts of a dump to the state. */
  load(dump: Uint8Array): Promise<void>
}
