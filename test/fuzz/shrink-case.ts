/**
 * Makes a case that fails smaller, until nothing can be left out or time is up: blocks,
 * transactions, accounts, then what is inside them.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { SYSTEM_CONTRACTS } from '@shredcast/shared/chain/system-contracts'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { BlockModel, FuzzCase, TransactionModel } from './case.ts'
import { shrinkCode } from './shrink-code.ts'
import { removeChunks } from './shrink-list.ts'

const NO_BYTES = new Uint8Array(0)

/** Whether a candidate still shows the fault. */
export type Fails = (candidate: FuzzCase) => Promise<boolean>

/** `isOver` is asked before every try; nothing is tried any more once it says so. */
export async function shrinkCase(
  fuzzCase: FuzzCase,
  fails: Fails,
  isOver: () => boolean,
): Promise<FuzzCase> {
  const shrinker = new Shrinker(fuzzCase, async (candidate) => {
    if (isOver()) throw new TimeIsUp()
    return fails(candidate)
  })
  try {
    for (let before = ''; before !== shrinker.size; ) {
      before = shrinker.size
      await shrinker.round()
    }
  } catch (error) {
    if (!(error instanceof TimeIsUp)) throw error
  }
  return shrinker.current
}

/** Leaves all loops at once. */
class TimeIsUp extends Error {
  override readonly name = 'Fuzz.TimeIsUp'
}

class Shrinker {
  current: FuzzCase
  readonly #fails: Fails

  constructor(fuzzCase: FuzzCase, fails: Fails) {
    this.current = fuzzCase
    this.#fails = fails
  }

  /** Changes with every step that succeeds. */
  get size(): string {
    const { accounts, blocks } = this.current
    return JSON.stringify([accounts, blocks], (_, part: unknown) => {
      if (part instanceof Uint8Array) return part.join()
      return typeof part === 'bigint' ? String(part) : part
    })
  }

  async round(): Promise<void> {
    await removeChunks(this.current.blocks, (blocks) => this.#try({ blocks }))
    for (let index = 0; index < this.current.blocks.length; index++) {
      await removeChunks(this.current.blocks[index]!.transactions, (transactions) => {
        return this.#tryBlock(index, { transactions })
      })
    }
    await removeChunks(this.current.accounts, (accounts) => this.#try({ accounts }))
    for (let index = 0; index < this.current.blocks.length; index++) await this.#block(index)
    for (let index = 0; index < this.current.accounts.length; index++) await this.#account(index)
  }

  async #try(changes: Partial<FuzzCase>): Promise<boolean> {
    const candidate = { ...this.current, ...changes }
    if (!(await this.#fails(candidate))) return false
    this.current = candidate
    return true
  }

  #tryBlock(index: number, changes: Partial<BlockModel>): Promise<boolean> {
    const block = { ...this.current.blocks[index]!, ...changes }
    return this.#try({ blocks: this.current.blocks.with(index, block) })
  }

  #tryAccount(index: number, changes: Partial<GenesisAccount>): Promise<boolean> {
    const account = { ...this.current.accounts[index]!, ...changes }
    return this.#try({ accounts: this.current.accounts.with(index, account) })
  }

  async #block(index: number): Promise<void> {
    const { context, knownHashes } = this.current.blocks[index]!
    if (knownHashes > 0) await this.#tryBlock(index, { knownHashes: 0 })
    const tryContext = (changes: Partial<BlockModel['context']>) => {
      const present = this.current.blocks[index]!.context
      return this.#tryBlock(index, { context: { ...present, ...changes } })
    }
    if (context.ommers.length > 0) await tryContext({ ommers: [] })
    if ((context.withdrawals ?? []).length > 0) await tryContext({ withdrawals: [] })
    if (context.gasLimit !== 30_000_000n) await tryContext({ gasLimit: 30_000_000n })
    if ((context.baseFeePerGas ?? 0n) > 0n) await tryContext({ baseFeePerGas: 0n })
    for (let at = 0; at < this.current.blocks[index]!.transactions.length; at++) {
      await this.#transaction(index, at)
    }
  }

  async #transaction(index: number, at: number): Promise<void> {
    const tryChange = (changes: Partial<TransactionModel>) => {
      const { transactions } = this.current.blocks[index]!
      return this.#tryBlock(index, {
        transactions: transactions.with(at, { ...transactions[at]!, ...changes }),
      })
    }
    const tx = () => this.current.blocks[index]!.transactions[at]!
    for (const simpler of simplerTransactions(tx())) await tryChange(simpler)
    for (const key of ['accessList', 'authorizations', 'blobVersionedHashes'] as const) {
      const list: readonly unknown[] = tx()[key] ?? []
      await removeChunks(list, (shorter) => tryChange({ [key]: shorter }))
    }
    if (tx().to === undefined) await shrinkCode(tx().data, (data) => tryChange({ data }))
    else await removeChunks([...tx().data], (data) => tryChange({ data: Uint8Array.from(data) }))
  }

  async #account(index: number): Promise<void> {
    const account = () => this.current.accounts[index]!
    if (account().balance > 0n) await this.#tryAccount(index, { balance: 0n })
    if (account().nonce > 0n) await this.#tryAccount(index, { nonce: 0n })
    await removeChunks(account().storage, (storage) => this.#tryAccount(index, { storage }))
    if (bytesToHex(account().address) in SYSTEM_CONTRACTS) return
    await shrinkCode(account().code, (code) => this.#tryAccount(index, { code }))
  }
}

/** Each is a change that makes the transaction plainer, if it is not that plain already. */
function simplerTransactions(tx: TransactionModel): Partial<TransactionModel>[] {
  const candidates: Partial<TransactionModel>[] = [
    { type: 0 },
    { signer: 0 },
    { data: NO_BYTES },
    { value: 0n },
    { nonceSkew: 0n },
    { maxFeePerGas: 0n, maxPriorityFeePerGas: 0n },
    { maxPriorityFeePerGas: 0n },
    { gasLimit: 100_000n },
    { gasLimit: 1_000_000n },
  ]
  return candidates.filter((candidate) => {
    return Object.entries(candidate).some(([key, value]) => {
      const present = tx[key as keyof TransactionModel]
      if (value instanceof Uint8Array) return (present as Uint8Array).length > 0
      return present !== value
    })
  })
}
