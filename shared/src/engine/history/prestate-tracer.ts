/**
 * The accounts and slots that a transaction meets as they were before it, or what it changes in them:
 * go-ethereum's `prestateTracer`.
 */

import { createdAddress } from '../../chain/created-address.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { PrestateTracerOptions } from '../../chain/trace-choice.ts'
import type { Hex } from '../../primitives/bytes.ts'
import { bytesToHex } from '../../primitives/bytes.ts'
import { recoverAuthority } from '../authority.ts'
import type { FrameEnd, FrameStep } from '../frame-tracer.ts'
import { isEarlyFailure } from '../frame-tracer.ts'
import { delegateOf } from '../reference/delegation.ts'
import type { InstructionLookup } from './instruction-lookup.ts'
import { lookupOf } from './instruction-lookup.ts'
import type { MetAccount } from './prestate-json.ts'
import { ACCOUNT_LENGTH, changeJson, metJson, SLOT_LENGTH, stateJson } from './prestate-json.ts'
import type { TraceSize } from './trace-size.ts'
import type { TracedTransaction, TransactionTracer } from './transaction-tracer.ts'

export class PrestateTracer implements TransactionTracer {
  readonly #options: PrestateTracerOptions
  readonly #traced: TracedTransaction
  readonly #size: TraceSize
  readonly #met = new Map<Hex, MetAccount>()
  readonly #created = new Set<Hex>()
  readonly #deleted = new Set<Hex>()
  /** What the last instruction of each open frame meets, unless it turns out not to begin. */
  readonly #pending: (InstructionLookup | undefined)[] = []

  constructor(options: PrestateTracerOptions, traced: TracedTransaction, size: TraceSize) {
    this.#options = options
    this.#traced = traced
    this.#size = size
    const { transaction, sender, state, executor } = traced
    const { to, authorizationList } = transaction
    const recipient = to ?? createdAddress(sender, state.nonce(sender))
    if (to === undefined) this.#created.add(bytesToHex(recipient))
    const delegate = delegateOf(state.code(recipient)?.bytes ?? new Uint8Array(0))
    const authorities = authorizationList.map(recoverAuthority)
    const known = [sender, recipient, executor.block.context.beneficiary]
    for (const address of [delegate, ...known, ...authorities]) {
      if (address !== undefined) this.#meet(address)
    }
  }

  enter(): void {
    this.#settle()
    this.#pending.push(undefined)
  }

  step(step: FrameStep): void {
    this.#settle()
    this.#pending[this.#pending.length - 1] = lookupOf(step)
  }

  exit({ failure }: FrameEnd): void {
    if (failure === undefined || !isEarlyFailure(failure)) this.#settle()
    this.#pending.pop()
  }

  result(): string {
    const { diffMode, includeEmpty } = this.#options
    if (diffMode) return this.#difference()
    const shown = [...this.#met.values()].filter(({ wasEmpty }) => includeEmpty || !wasEmpty)
    return stateJson(shown.map((account) => metJson(account, this.#options, account.slots)))
  }

  #difference(): string {
    const { state } = this.#traced
    const pre: string[] = []
    const post: string[] = []
    for (const [address, account] of this.#met) {
      if (this.#deleted.has(address)) {
        if (!account.wasEmpty) pre.push(metJson(account, this.#options, account.slots))
        continue
      }
      const change = changeJson(account, state, this.#options)
      if (change === undefined) continue
      if (!account.wasEmpty) pre.push(change.pre)
      this.#size.add(change.post.length)
      post.push(change.post)
    }
    return `{"post":${stateJson(post)},"pre":${stateJson(pre)}}`
  }

  /** The last instruction of the innermost frame has begun. */
  #settle(): void {
    const lookup = this.#pending.at(-1)
    if (lookup === undefined) return
    this.#pending[this.#pending.length - 1] = undefined
    const { accounts, slot, created, destroyed } = lookup
    for (const address of accounts) {
      const account = this.#meet(address)
      if (slot !== undefined) this.#meetSlot(account, slot)
    }
    if (created !== undefined) this.#created.add(bytesToHex(created))
    if (destroyed !== undefined) this.#destroy(bytesToHex(destroyed))
  }

  /** EIP-6780: from Cancun on only what this transaction created is deleted. */
  #destroy(address: Hex): void {
    const isKept = isAtLeast(this.#traced.executor.block.fork, 'cancun')
    if (!isKept || this.#created.has(address)) this.#deleted.add(address)
  }

  #meet(address: Uint8Array): MetAccount {
    const key = bytesToHex(address)
    const known = this.#met.get(key)
    if (known !== undefined) return known
    const { state } = this.#traced
    const code = state.code(address)
    const codeBytes = code?.bytes.length ?? 0
    const [balance, nonce] = [state.balance(address), state.nonce(address)]
    const wasEmpty = codeBytes === 0 && balance === 0n && nonce === 0n
    const account = { address, balance, nonce, code, wasEmpty, slots: new Map() }
    this.#size.add(ACCOUNT_LENGTH + (this.#options.disableCode ? 0 : 2 * codeBytes))
    this.#met.set(key, account)
    return account
  }

  #meetSlot({ address, slots }: MetAccount, slot: Uint8Array): void {
    const key = bytesToHex(slot)
    if (this.#options.disableStorage || slots.has(key)) return
    this.#size.add(SLOT_LENGTH)
    slots.set(key, bytesToHex(this.#traced.state.slot(address, slot)))
  }
}
