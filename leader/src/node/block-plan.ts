/**
 * What the leader decides of the next block by itself: whom it pays, its gas limit, its time. On a
 * development chain its user decides, and may edit the state before it; what is set for the next block
 * alone holds until that block is sealed, however often it is opened anew before.
 */

import type { BlockEdits } from '@shredcast/shared/chain/block-edits'
import { mergedChanges } from '@shredcast/shared/chain/block-edits'
import type { Header } from '@shredcast/shared/chain/header'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { BlockChoice } from '../builder/next-block.ts'
import { assertEditable } from './changes-back.ts'

/** For the next block alone. */
interface NextBlockSettings {
  /** In seconds since 1970. */
  readonly timestamp?: bigint
  readonly baseFeePerGas?: bigint
  readonly prevRandao?: Uint8Array
  readonly isGasLimitSet?: true
  readonly changes?: readonly StateChange[]
}

/** What a snapshot keeps. */
export interface PlannedBlock {
  readonly next: NextBlockSettings
  readonly offsetSeconds: bigint
}

export class BlockPlan {
  beneficiary: Uint8Array
  gasLimit: bigint
  /** Time between seals; undefined: a block is sealed when somebody asks for it. */
  blockTimeMs: number | undefined
  /** False: transactions wait in the pool until their block is sealed. */
  isAutomine = true
  /** From one block to the next, instead of the clock; in seconds. */
  timestampInterval: bigint | undefined
  /** What the chain's clock is ahead of the machine's. */
  #offsetSeconds = 0n
  #next: NextBlockSettings = {}

  constructor(
    { beneficiary, gasLimit }: Pick<BlockChoice, 'beneficiary' | 'gasLimit'>,
    ms: number,
  ) {
    this.beneficiary = beneficiary
    this.gasLimit = gasLimit
    this.blockTimeMs = ms === 0 ? undefined : ms
  }

  /** Whether the next block's state is edited. */
  get hasEdits(): boolean {
    return this.#next.changes !== undefined
  }

  /** By the chain's clock, in seconds. */
  get now(): bigint {
    return machineSeconds() + this.#offsetSeconds
  }

  /** Sets the chain's clock, in seconds since 1970. */
  setClock(now: bigint): void {
    this.#offsetSeconds = now - machineSeconds()
  }

  /** What the chain's clock is ahead of the machine's, in seconds. */
  get offsetSeconds(): bigint {
    return this.#offsetSeconds
  }

  setNext(settings: Omit<NextBlockSettings, 'changes'>): void {
    this.#next = { ...this.#next, ...settings }
  }

  /** What of the account is edited for the next block. */
  editOf(address: Uint8Array): StateChange | undefined {
    return this.#next.changes?.find((change) => equalBytes(change.address, address))
  }

  /** @throws ChangeRefusedError when it is too much for one block */
  edit(changes: readonly StateChange[]): void {
    const merged = mergedChanges([...(this.#next.changes ?? []), ...changes])
    assertEditable(merged)
    this.#next = { ...this.#next, changes: merged }
  }

  save(): PlannedBlock {
    return { next: this.#next, offsetSeconds: this.#offsetSeconds }
  }

  restore({ next, offsetSeconds }: PlannedBlock): void {
    this.#next = next
    this.#offsetSeconds = offsetSeconds
  }

  /** Of the child of `parent`. */
  choiceBehind(parent: Header): BlockChoice {
    const { beneficiary, gasLimit } = this
    const { timestamp = this.#timeBehind(parent), baseFeePerGas, prevRandao } = this.#next
    const edits = editsOf(this.#next)
    return {
      ...{ timestamp, beneficiary, gasLimit },
      ...(prevRandao && { prevRandao }),
      ...(baseFeePerGas !== undefined && { baseFeePerGas }),
      ...(edits && { edits }),
    }
  }

  /** The block is sealed; the clock goes on from a time that was set for it. */
  sealed(): void {
    if (this.#next.timestamp !== undefined) this.setClock(this.#next.timestamp)
    this.#next = {}
  }

  #timeBehind({ timestamp }: Header): bigint {
    const { now, timestampInterval } = this
    if (timestampInterval !== undefined) return timestamp + timestampInterval
    return now > timestamp ? now : timestamp + 1n
  }
}

function editsOf(settings: NextBlockSettings): BlockEdits | undefined {
  const { changes, baseFeePerGas, isGasLimitSet } = settings
  const isPlain = changes === undefined && baseFeePerGas === undefined && !isGasLimitSet
  if (isPlain) return undefined
  return {
    changes: changes ?? [],
    ...(baseFeePerGas !== undefined && { isBaseFeeSet: true }),
    ...(isGasLimitSet && { isGasLimitSet }),
  }
}

function machineSeconds(): bigint {
  return BigInt(Math.floor(Date.now() / 1000))
}
