/** What the user of a development chain changes in its state, and the states that he goes back to. */

import type { DevState } from '@shredcast/protocol/rpc/dev-backend'
import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_CODE_HASH } from '@shredcast/shared/primitives/keccak'
import type { BlockPlan, PlannedBlock } from '../node/block-plan.ts'
import type { ChainLeader } from '../node/chain-leader.ts'
import { decodeDump, encodeDump } from './state-dump.ts'

const SNAPSHOTS_MAX = 10_000

interface Snapshot {
  readonly block: bigint
  readonly plan: PlannedBlock
}

/** An account as the next block begins with it. */
interface EditedAccount {
  readonly balance: bigint
  readonly nonce: bigint
  readonly hasCode: boolean
  readonly hasStorage: boolean
}

const NOTHING: EditedAccount = { balance: 0n, nonce: 0n, hasCode: false, hasStorage: false }

export class EditedState implements DevState {
  readonly #leader: ChainLeader
  readonly #onReset: () => void
  readonly #start: PlannedBlock
  readonly #settings: Pick<BlockPlan, 'beneficiary' | 'gasLimit' | 'blockTimeMs'>
  readonly #snapshots = new Map<bigint, Snapshot>()
  #snapshotCount = 0n

  /** `onReset` does what else a reset brings back. */
  constructor(leader: ChainLeader, onReset: () => void) {
    const { beneficiary, gasLimit, blockTimeMs } = leader.plan
    this.#leader = leader
    this.#onReset = onReset
    this.#start = leader.plan.save()
    this.#settings = { beneficiary, gasLimit, blockTimeMs }
  }

  setBalance(address: Uint8Array, balance: bigint): Promise<void> {
    return this.#editAccount(address, () => ({ balance }))
  }

  addBalance(address: Uint8Array, amount: bigint): Promise<void> {
    return this.#editAccount(address, (before) => {
      const balance = before.balance + amount
      if (balance < 1n << 256n) return { balance }
      throw new ChangeRefusedError('the balance would exceed 256 bits')
    })
  }

  setNonce(address: Uint8Array, nonce: bigint): Promise<void> {
    return this.#editAccount(address, () => ({ nonce }))
  }

  setCode(address: Uint8Array, code: Uint8Array): Promise<void> {
    return this.#editAccount(address, () => ({ code }))
  }

  setStorageAt(address: Uint8Array, key: Uint8Array, value: Uint8Array): Promise<void> {
    return this.#editAccount(address, () => ({ slots: [{ key, value }] }))
  }

  async snapshot(): Promise<bigint> {
    if (this.#snapshots.size >= SNAPSHOTS_MAX) {
      throw new ChangeRefusedError(`at most ${SNAPSHOTS_MAX} snapshots are kept`)
    }
    const id = this.#snapshotCount++
    await this.#leader.betweenBlocks(() => {
      const block = this.#leader.chain.head.header.number
      this.#snapshots.set(id, { block, plan: this.#leader.plan.save() })
    })
    return id
  }

  async revert(id: bigint): Promise<boolean> {
    const snapshot = this.#snapshots.get(id)
    if (snapshot === undefined) return false
    await this.#leader.betweenBlocks(async () => {
      await this.#leader.revertTo(snapshot.block)
      this.#leader.plan.restore(snapshot.plan)
      for (const later of [...this.#snapshots.keys()])
        if (later >= id) this.#snapshots.delete(later)
    })
    return true
  }

  async reset(): Promise<void> {
    await this.#leader.betweenBlocks(async () => {
      const { plan } = this.#leader
      await this.#leader.revertTo(this.#leader.chain.firstNumber)
      plan.restore(this.#start)
      Object.assign(plan, { ...this.#settings, isAutomine: true, timestampInterval: undefined })
      this.#snapshots.clear()
      this.#onReset()
    })
  }

  async dump(): Promise<Uint8Array> {
    const { chain, plan } = this.#leader
    let dump = new Uint8Array(0)
    // What is edited is in the folder once its block is sealed.
    const seals = plan.hasEdits
    await this.#leader.betweenBlocks(
      async () => {
        dump = await encodeDump(chain.accounts(), chain.head.header.number)
      },
      { seals },
    )
    return dump
  }

  async load(dump: Uint8Array): Promise<void> {
    const changes = await decodeDump(dump)
    await this.#leader.betweenBlocks(() => this.#leader.plan.edit(changes))
  }

  #editAccount(
    address: Uint8Array,
    edit: (before: EditedAccount) => Omit<Partial<StateChange>, 'address'>,
  ): Promise<void> {
    return this.#leader.betweenBlocks(() => {
      const before = this.#account(address)
      const { slots = [], ...fields } = edit(before)
      const hasStorage = before.hasStorage || slots.length > 0
      // What holds nothing else is recorded to exist, or it could not have storage.
      const left = hasStorage ? { ...fields, code: new Uint8Array(0) } : { code: null }
      const change = holdsNothing(before, fields) ? left : fields
      this.#leader.plan.edit([{ address, slots, ...change }])
    })
  }

  /** As the newest block left it, under what is edited since. */
  #account(address: Uint8Array): EditedAccount {
    const { plan, chain } = this.#leader
    const edited = plan.editOf(address)
    const stored = edited?.code === null ? undefined : chain.tables.accounts.get(address)
    const { balance, nonce, hasStorage } = stored ?? NOTHING
    const code = edited?.code
    const hasStoredCode = stored !== undefined && !equalBytes(stored.codeHash, EMPTY_CODE_HASH)
    const hasCode = code ? code.length > 0 : hasStoredCode
    return {
      balance: edited?.balance ?? balance,
      nonce: edited?.nonce ?? nonce,
      hasCode,
      hasStorage: hasStorage || (edited?.slots.length ?? 0) > 0,
    }
  }
}

/** Whether nothing but storage is left of the account behind the edit (EIP-161). */
function holdsNothing(before: EditedAccount, fields: Partial<StateChange>): boolean {
  const { balance = before.balance, nonce = before.nonce, code } = fields
  const hasCode = code ? code.length > 0 : before.hasCode
  return balance === 0n && nonce === 0n && !hasCode
}
