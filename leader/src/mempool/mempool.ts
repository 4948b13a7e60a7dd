/**
 * Transactions on their way to the engine:
 *
 *     add -> admitted (checks, sender, queue of its nonces) -> ready -> take -> committed
 *                                                               ^         |
 *                                                               +-- rejected, but not for good
 *
 * The pool orders only what waits: whoever takes from it keeps a window of transactions in the engine
 * and is told by `onReady` when there is more. Main thread only.
 */

import { NonceGapError } from '@shredcast/protocol/rpc/pool-error'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import type { InvalidReason } from '@shredcast/shared/engine/reference/execution-result'
import type { SenderSource } from '@shredcast/shared/engine/sender-recovery'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { Listeners } from '@shredcast/shared/primitives/listeners'
import { checkAccount, checkReplacement } from './account-checks.ts'
import type { AccountReader } from './account-reader.ts'
import type { AdmissionRules } from './admission.ts'
import { admitTransaction } from './admission.ts'
import { Eviction } from './eviction.ts'
import type { DroppedTransaction, PoolContent, PoolStatus } from './pool-content.ts'
import { PoolError } from './pool-error.ts'
import type { PoolLimits } from './pool-limits.ts'
import { DEFAULT_POOL_LIMITS } from './pool-limits.ts'
import type { PoolOrder } from './pool-order.ts'
import { createOrder } from './pool-order.ts'
import { PooledTransaction } from './pooled-transaction.ts'
import type { Order } from './ready-set.ts'
import { ReadySet } from './ready-set.ts'
import { SenderQueue } from './sender-queue.ts'

export interface MempoolOptions {
  readonly rules: AdmissionRules
  readonly accounts: AccountReader
  readonly senders: SenderSource
  readonly order: PoolOrder
  /** Worker threads of the engine that executes. */
  readonly workers: number
  readonly limits?: Partial<PoolLimits>
  /** Milliseconds; default the machine's monotonic clock. */
  readonly now?: () => number
}

export interface AddOptions {
  readonly mustBeReady?: boolean
  /** 20 bytes, as the bytes name it in place of a signature; only on a development chain. */
  readonly impersonated?: Uint8Array
}

/** What another block may change. */
const LATER_REASONS: ReadonlySet<InvalidReason> = new Set([
  'blob gas exceeds the block blob gas left',
  'fee cap below base fee',
  'blob fee cap below blob base fee',
] satisfies InvalidReason[])

export class Mempool {
  /** Tells why a transaction is not taken: what `add` rejects with. */
  readonly refusals = new Listeners<[unknown]>()
  /** Tells of each transaction of the pool that is committed. */
  readonly commits = new Listeners<[PooledTransaction]>()
  /** A transaction is in the pool. */
  readonly #added = new Listeners<[PooledTransaction]>()
  readonly #dropped = new Listeners<[DroppedTransaction]>()
  readonly #accounts: AccountReader
  readonly #senders: SenderSource
  readonly #limits: PoolLimits
  readonly #now: () => number
  readonly #ready: ReadySet
  readonly #order: Order
  /** In order of arrival. */
  readonly #byHash = new Map<Hex, PooledTransaction>()
  readonly #queues = new Map<Hex, SenderQueue>()
  readonly #eviction = new Eviction(this.#queues)
  readonly #recovering = new Set<Hex>()
  /** Heads that cannot go into the open block: their fee cap is too low, or they had no room. */
  readonly #parked = new Set<PooledTransaction>()
  #rules: AdmissionRules
  #blockCount = 0
  #bytes = 0
  #takenCount = 0
  #isClosed = false
  #onReady = () => {}

  constructor(options: MempoolOptions) {
    this.#rules = options.rules
    this.#accounts = options.accounts
    this.#senders = options.senders
    this.#limits = { ...DEFAULT_POOL_LIMITS, ...options.limits }
    this.#now = options.now ?? (() => performance.now())
    this.#order = createOrder(options.order, options.workers)
    this.#ready = new ReadySet(this.#order, this.#limits.overtaken)
  }

  /** Those of the open block, or of the next one. */
  get rules(): AdmissionRules {
    return this.#rules
  }

  /** Transactions that may be taken now. */
  get readyCount(): number {
    return this.#ready.size
  }

  /** Transactions that the engine has. */
  get takenCount(): number {
    return this.#takenCount
  }

  get size(): number {
    return this.#byHash.size
  }

  /** Of all signed transactions together. */
  get bytes(): number {
    return this.#bytes
  }

  /** Refuses whatever comes from now on. */
  close(): void {
    this.#isClosed = true
  }

  /**
   * Takes a signed transaction in the form that blocks hold; resolves with its hash when it is in.
   * With `mustBeReady` it is refused where it would have to wait for others of its sender.
   * @throws PoolError, NonceGapError, RecoveryEndedError
   */
  async add(bytes: Uint8Array, options: AddOptions = {}): Promise<Hex> {
    try {
      return await this.#add(bytes, options)
    } catch (error) {
      this.refusals.tell(error)
      throw error
    }
  }

  async #add(bytes: Uint8Array, { mustBeReady = false, impersonated }: AddOptions): Promise<Hex> {
    if (this.#isClosed) throw new PoolError('stopping')
    const addedAtMs = this.#now()
    const transaction = admitTransaction(bytes, this.#rules)
    const hash = bytesToHex(transactionHash(bytes))
    if (this.#byHash.has(hash) || this.#recovering.has(hash)) throw new PoolError('alreadyKnown')
    if (this.#recovering.size >= this.#limits.recovering) throw new PoolError('poolFull')
    this.#recovering.add(hash)
    try {
      const sender = impersonated ?? (await this.#senders.recover(bytes))
      if (sender === undefined) throw new PoolError('invalidSender')
      this.#admit(
        new PooledTransaction({ hash, bytes, transaction, sender, addedAtMs }),
        mustBeReady,
      )
    } finally {
      this.#recovering.delete(hash)
    }
    return hash
  }

  /** At most `count` ready transactions in the order in which they are to be executed. */
  take(count: number): PooledTransaction[] {
    if (this.#takenCount === 0) this.#ready.noteIdle()
    const taken: PooledTransaction[] = []
    while (taken.length < count) {
      const pooled = this.#ready.take()
      if (pooled === undefined) break
      const queue = this.#queues.get(pooled.senderKey)!
      queue.takeHead()
      this.#takenCount++
      this.#refresh(queue)
      taken.push(pooled)
    }
    return taken
  }

  /** A taken transaction is committed; the account reader knows of it already. */
  committed(pooled: PooledTransaction, diff: StateDiff, gasUsed: bigint): void {
    this.#takenCount--
    pooled.isTaken = false
    this.#order.learn(pooled, diff, gasUsed)
    this.commits.tell(pooled)
    this.#advanceAll(diff, pooled)
  }

  /** A transaction that was never in the pool is committed. */
  committedBeside(diff: StateDiff): void {
    this.#advanceAll(diff, undefined)
  }

  /**
   * A taken transaction was invalid at its place. True when it stays in the pool: it may be valid in
   * the next block, or behind the predecessor that it came before.
   */
  rejected(pooled: PooledTransaction, reason: InvalidReason): boolean {
    this.#takenCount--
    const queue = this.#queues.get(pooled.senderKey)
    if (queue === undefined || this.get(pooled.hash) !== pooled) {
      this.#dropped.tell({ pooled, reason })
      return false
    }
    const isHeld = this.#mayComeLater(pooled, reason)
    if (isHeld) pooled.heldInBlock = this.#blockCount
    if (isHeld || reason === 'nonce too high') {
      queue.giveBack(pooled)
      this.#refresh(queue)
      return true
    }
    pooled.isTaken = false
    this.#remove(pooled, reason)
    return false
  }

  /** The rules of the block that is open now. */
  openBlock(rules: AdmissionRules): void {
    this.#rules = rules
    this.#blockCount++
    this.#expire()
    const parked = [...this.#parked]
    this.#parked.clear()
    for (const pooled of parked) this.#show(pooled)
  }

  get(hash: Hex): PooledTransaction | undefined {
    return this.#byHash.get(hash)
  }

  /** Of all that is in the pool, in order of arrival. */
  hashes(): Hex[] {
    return [...this.#byHash.keys()]
  }

  /** The nonce behind all executable transactions of the sender. */
  nextNonce(sender: Uint8Array): bigint {
    return this.#queues.get(bytesToHex(sender))?.nextNonce ?? this.#accounts.account(sender).nonce
  }

  /** Whether nothing is missing before it. */
  isExecutable({ senderKey, nonce }: PooledTransaction): boolean {
    const queue = this.#queues.get(senderKey)
    return queue === undefined || nonce < queue.nextNonce
  }

  status(): PoolStatus {
    let pending = 0
    for (const queue of this.#queues.values()) pending += queue.executableCount
    return { pending, queued: this.#byHash.size - pending }
  }

  content(): PoolContent {
    const pending = new Map<Hex, readonly PooledTransaction[]>()
    const queued = new Map<Hex, readonly PooledTransaction[]>()
    for (const [sender, queue] of this.#queues) {
      const executable = queue.executableCount
      if (executable > 0) pending.set(sender, queue.transactions.slice(0, executable))
      if (executable < queue.size) queued.set(sender, queue.transactions.slice(executable))
    }
    return { pending, queued }
  }

  /** Tells of each transaction that comes in, before it executes; returns the end of it. */
  onAdded(listener: (pooled: PooledTransaction) => void): () => void {
    return this.#added.add(listener)
  }

  /** Tells of each transaction that leaves uncommitted. */
  onDropped(listener: (dropped: DroppedTransaction) => void): () => void {
    return this.#dropped.add(listener)
  }

  /** Called when a transaction may be taken. */
  onReady(listener: () => void): void {
    this.#onReady = listener
  }

  /** @throws PoolError, NonceGapError */
  #admit(pooled: PooledTransaction, mustBeReady: boolean): void {
    const account = this.#accounts.account(pooled.sender)
    const queue = this.#queues.get(pooled.senderKey) ?? new SenderQueue(account.nonce)
    if (mustBeReady && queue.wouldBeGapped(pooled.nonce)) {
      throw new NonceGapError(pooled.nonce, queue.nextNonce)
    }
    const replaced = queue.at(pooled.nonce)
    // Whoever is impersonated may have code.
    const maySend = account.maySend || pooled.transaction.s === 0n
    checkAccount(pooled, { ...account, maySend }, { cost: queue.cost, replaced })
    if (replaced === undefined) this.#makeRoom(pooled, queue)
    else checkReplacement(pooled, replaced)
    queue.put(pooled)
    this.#queues.set(pooled.senderKey, queue)
    this.#byHash.set(pooled.hash, pooled)
    this.#bytes += pooled.bytes.length
    if (replaced !== undefined) {
      this.#forget(replaced)
      this.#dropped.tell({ pooled: replaced, reason: 'replaced' })
    }
    this.#added.tell(pooled)
    this.#refresh(queue)
    if (this.#ready.size > 0) this.#onReady()
  }

  /** @throws PoolError */
  #makeRoom(pooled: PooledTransaction, queue: SenderQueue): void {
    const { transactions, bytes, perSender } = this.#limits
    if (queue.size >= perSender) throw new PoolError('accountLimit', `${perSender} transactions`)
    while (this.#byHash.size >= transactions || this.#bytes + pooled.bytes.length > bytes) {
      const isGapped = queue.wouldBeGapped(pooled.nonce)
      const victim = this.#eviction.findFor(pooled, isGapped)
      if (victim === undefined) throw new PoolError(isGapped ? 'poolFull' : 'underpriced')
      this.#remove(victim, 'evicted: txpool is full')
    }
  }

  /** Drops what waits; the engine has none of it. */
  clear(reason: string): void {
    for (const pooled of [...this.#byHash.values()]) this.#remove(pooled, reason)
  }

  /** Drops it unless the engine has it; false when it is not in the pool, or taken. */
  drop(hash: Hex): boolean {
    const pooled = this.#byHash.get(hash)
    if (pooled === undefined || pooled.isTaken) return false
    this.#remove(pooled, 'dropped by its user')
    return true
  }

  #mayComeLater({ transaction }: PooledTransaction, reason: InvalidReason): boolean {
    if (reason === 'gas limit exceeds the block gas left') {
      return transaction.gasLimit <= this.#rules.gasLimit
    }
    return LATER_REASONS.has(reason)
  }

  #advanceAll(diff: StateDiff, committed: PooledTransaction | undefined): void {
    for (const { address, nonce } of diff.changes) {
      if (nonce !== undefined) this.#advance(bytesToHex(address), nonce, committed)
    }
  }

  #advance(sender: Hex, nonce: bigint, committed: PooledTransaction | undefined): void {
    const queue = this.#queues.get(sender)
    if (queue === undefined) return
    for (const passed of queue.advance(nonce)) {
      this.#forget(passed)
      // What the engine has it will reject itself.
      if (passed === committed || passed.isTaken) continue
      this.#dropped.tell({ pooled: passed, reason: 'nonce too low' })
    }
    this.#settle(sender, queue)
  }

  #remove(pooled: PooledTransaction, reason: string): void {
    const queue = this.#queues.get(pooled.senderKey)!
    queue.remove(pooled)
    this.#forget(pooled)
    this.#settle(pooled.senderKey, queue)
    this.#dropped.tell({ pooled, reason })
  }

  #forget(pooled: PooledTransaction): void {
    this.#byHash.delete(pooled.hash)
    this.#bytes -= pooled.bytes.length
  }

  #settle(sender: Hex, queue: SenderQueue): void {
    if (queue.size === 0) this.#queues.delete(sender)
    this.#refresh(queue)
  }

  #expire(): void {
    const oldestMs = this.#now() - this.#limits.lifetimeMs
    for (const pooled of this.#byHash.values()) {
      if (pooled.addedAtMs >= oldestMs) return
      if (!pooled.isTaken) this.#remove(pooled, 'expired')
    }
  }

  /** Shows the queue's head among the ready ones if it is another than before. */
  #refresh(queue: SenderQueue): void {
    const { head, shownHead } = queue
    if (head === shownHead) return
    if (shownHead?.isReady) this.#ready.remove(shownHead)
    if (shownHead !== undefined) this.#parked.delete(shownHead)
    queue.shownHead = head
    if (head !== undefined) this.#show(head)
  }

  #show(head: PooledTransaction): void {
    const isHeld = head.heldInBlock === this.#blockCount
    if (isHeld || head.transaction.maxFeePerGas < this.#rules.baseFeePerGas) this.#parked.add(head)
    else this.#ready.add(head)
  }
}
