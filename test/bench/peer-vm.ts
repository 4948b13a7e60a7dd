/**
 * The peer that whole blocks are compared with: `@ethereumjs/vm` as it ships, one transaction after
 * the other, on a flat state in memory instead of its own tries, which would take most of the time.
 * Senders are known beforehand.
 */

import { createBlock } from '@ethereumjs/block'
import type { StateManagerInterface } from '@ethereumjs/common'
import { Common, Mainnet } from '@ethereumjs/common'
import type { TypedTransaction } from '@ethereumjs/tx'
import { createTxFromRLP } from '@ethereumjs/tx'
import { Account, Address, bytesToUnprefixedHex, unpadBytes } from '@ethereumjs/util'
import type { VM } from '@ethereumjs/vm'
import { createVM, runTx } from '@ethereumjs/vm'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { assert } from '@shredcast/shared/primitives/assert'
import { keccak256 } from '@shredcast/shared/primitives/keccak'

const NO_BYTES = new Uint8Array(0)

/** Milliseconds for the fixture's transactions, without its opening and closing system work. */
export async function timePeerVm(fixture: BlockFixture): Promise<number> {
  const { context, header } = fixture
  const common = commonAt(hardforkAt(MAINNET, context.number, context.timestamp))
  const vm = await createVM({
    common,
    stateManager: new FlatState(fixture.preState),
    blockchain: blockHashes(fixture),
  })
  const block = peerBlock(fixture, common)
  const transactions = fixture.transactions.map((bytes, index) => {
    return peerTransaction(bytes, fixture.senders[index]!, common)
  })
  const startedMs = performance.now()
  const gasUsed = await runAll(vm, block, transactions)
  const executeMs = performance.now() - startedMs
  assert(gasUsed === header.gasUsed, 'the peer uses the gas of the header')
  return executeMs
}

function commonAt(fork: Hardfork): Common {
  const hardfork = fork === 'frontier' ? 'chainstart' : fork
  // Blob transactions ask that there is a KZG library, but never for one without its blobs.
  const kzg = {} as NonNullable<Common['customCrypto']['kzg']>
  return new Common({ chain: Mainnet, hardfork, customCrypto: { kzg } })
}

async function runAll(
  vm: VM,
  block: ReturnType<typeof createBlock>,
  transactions: readonly TypedTransaction[],
): Promise<bigint> {
  let blockGasUsed = 0n
  for (const tx of transactions) {
    const options = { tx, block, blockGasUsed, skipHardForkValidation: true }
    blockGasUsed += (await runTx(vm, options)).totalGasSpent
  }
  return blockGasUsed
}

function peerBlock({ context, header }: BlockFixture, common: Common) {
  const { number, timestamp, gasLimit, difficulty, prevRandao, parentHash } = context
  const { baseFeePerGas, excessBlobGas, parentBeaconBlockRoot } = context
  const { blobGasUsed, withdrawalsRoot } = header
  const fields = {
    ...{ number, timestamp, gasLimit, difficulty, parentHash },
    ...{ coinbase: new Address(context.beneficiary), mixHash: prevRandao },
    ...(baseFeePerGas !== undefined && { baseFeePerGas }),
    ...(excessBlobGas !== undefined && { excessBlobGas, blobGasUsed }),
    ...(parentBeaconBlockRoot !== undefined && { parentBeaconBlockRoot }),
    ...(withdrawalsRoot !== undefined && { withdrawalsRoot }),
  }
  return createBlock(
    { header: fields as object },
    { common, freeze: false, skipConsensusFormatValidation: true },
  )
}

function peerTransaction(bytes: Uint8Array, sender: Uint8Array, common: Common): TypedTransaction {
  const tx = createTxFromRLP(bytes, { common, freeze: false, allowUnlimitedInitCodeSize: true })
  const address = new Address(sender)
  tx.getSenderAddress = () => address
  return tx
}

function blockHashes({ context }: BlockFixture) {
  const blockchain = {
    async getBlock(number: number) {
      const hash = context.blockHashes.get(BigInt(number)) ?? new Uint8Array(32)
      return { hash: () => hash }
    },
    async putBlock() {},
    shallowCopy: () => blockchain,
  }
  return blockchain
}

interface FlatAccount {
  readonly account: Account
  readonly code: Uint8Array
  readonly storage: Map<string, Uint8Array>
}

/** Maps, and a log of what to undo at each checkpoint. */
class FlatState implements StateManagerInterface {
  readonly #accounts = new Map<string, FlatAccount>()
  readonly #undo: (() => void)[] = []
  readonly #checkpoints: number[] = []
  readonly #original = new Map<string, Uint8Array>()

  constructor(preState: BlockFixture['preState']) {
    for (const { address, balance, nonce, code, storage } of preState) {
      const account = new Account(nonce, balance, undefined, keccak256(code))
      const slots = storage.map(({ key, value }) => {
        return [bytesToUnprefixedHex(key), unpadBytes(value)] as const
      })
      const key = new Address(address).toString()
      this.#accounts.set(key, { account, code, storage: new Map(slots) })
    }
  }

  readonly originalStorageCache = {
    get: async (address: Address, key: Uint8Array) => {
      const name = address.toString() + bytesToUnprefixedHex(key)
      const known = this.#original.get(name)
      if (known !== undefined) return known
      const value = await this.getStorage(address, key)
      this.#original.set(name, value)
      return value
    },
    clear: () => this.#original.clear(),
  }

  /** A copy, which the caller may change. */
  async getAccount(address: Address): Promise<Account | undefined> {
    const known = this.#accounts.get(address.toString())?.account
    if (known === undefined) return undefined
    return new Account(known.nonce, known.balance, known.storageRoot, known.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (account === undefined) return this.deleteAccount(address)
    const { nonce, balance, storageRoot, codeHash } = account
    const copy = new Account(nonce, balance, storageRoot, codeHash)
    const before = this.#accounts.get(address.toString())
    const { code, storage } = before ?? { code: NO_BYTES, storage: new Map() }
    this.#set(address, { account: copy, code, storage })
  }

  async deleteAccount(address: Address): Promise<void> {
    this.#set(address, undefined)
  }

  async modifyAccountFields(address: Address, fields: Partial<Account>): Promise<void> {
    const account = (await this.getAccount(address)) ?? new Account()
    await this.putAccount(address, Object.assign(account, fields))
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    await this.modifyAccountFields(address, { codeHash: keccak256(code) })
    this.#set(address, { ...this.#accounts.get(address.toString())!, code })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    return this.#accounts.get(address.toString())?.code ?? NO_BYTES
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    const { storage } = this.#accounts.get(address.toString()) ?? {}
    return storage?.get(bytesToUnprefixedHex(key)) ?? NO_BYTES
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    const account = this.#accounts.get(address.toString())
    assert(account !== undefined, 'an account that stores something is there')
    const { storage } = account
    const name = bytesToUnprefixedHex(key)
    const before = storage.get(name)
    this.#undo.push(() => {
      if (before === undefined) storage.delete(name)
      else storage.set(name, before)
    })
    storage.set(name, unpadBytes(value))
  }

  async clearStorage(address: Address): Promise<void> {
    const account = this.#accounts.get(address.toString())
    if (account !== undefined) this.#set(address, { ...account, storage: new Map() })
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push(this.#undo.length)
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop()
    if (this.#checkpoints.length === 0) this.#undo.length = 0
  }

  async revert(): Promise<void> {
    const length = this.#checkpoints.pop() ?? 0
    while (this.#undo.length > length) this.#undo.pop()?.()
  }

  clearCaches(): void {}

  async getStateRoot(): Promise<Uint8Array> {
    return new Uint8Array(32)
  }

  async setStateRoot(): Promise<void> {
    assert(false, 'a flat state has no roots')
  }

  async hasStateRoot(): Promise<boolean> {
    return false
  }

  shallowCopy(): StateManagerInterface {
    return this
  }

  #set(address: Address, account: FlatAccount | undefined): void {
    const key = address.toString()
    const before = this.#accounts.get(key)
    this.#undo.push(() => {
      if (before === undefined) this.#accounts.delete(key)
      else this.#accounts.set(key, before)
    })
    if (account === undefined) this.#accounts.delete(key)
    else this.#accounts.set(key, account)
  }
}
