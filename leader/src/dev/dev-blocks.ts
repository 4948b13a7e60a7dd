/** When a leader of the development chain seals, and what its blocks say, as its user wants it. */

import type { DevBlocks } from '@shredcast/protocol/rpc/dev-backend'
import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import { MAX_GAS_LIMIT } from '@shredcast/shared/chain/rules/gas-limit'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { BlockPlan } from '../node/block-plan.ts'
import type { ChainLeader } from '../node/chain-leader.ts'

const GAS_LIMIT_MIN = 5000n
/** Year 10,000. */
const TIME_MAX = 253_402_300_800n

export class PlannedBlocks implements DevBlocks {
  readonly #leader: ChainLeader

  constructor(leader: ChainLeader) {
    this.#leader = leader
  }

  get isAutomine(): boolean {
    return this.#plan.isAutomine
  }

  get intervalSeconds(): number {
    return (this.#plan.blockTimeMs ?? 0) / 1000
  }

  setAutomine(isOn: boolean): Promise<void> {
    return this.#change((plan) => {
      plan.isAutomine = isOn
    })
  }

  setIntervalMining(seconds: number): Promise<void> {
    return this.#change((plan) => {
      plan.blockTimeMs = seconds === 0 ? undefined : seconds * 1000
    })
  }

  async mine(count: number, interval: bigint): Promise<void> {
    for (let left = count; left > 0; left--) {
      const setTime = () => {
        if (interval > 0n && left > 1) this.#setNextTimestamp(this.#headTime + interval)
      }
      await this.#leader.betweenBlocks(setTime, { seals: true })
    }
  }

  async increaseTime(seconds: bigint): Promise<bigint> {
    await this.#change((plan) => setClock(plan, plan.now + seconds))
    return this.#plan.offsetSeconds
  }

  async setTime(timestamp: bigint): Promise<bigint> {
    await this.#change((plan) => setClock(plan, timestamp))
    return this.#plan.offsetSeconds
  }

  setNextTimestamp(timestamp: bigint): Promise<void> {
    return this.#change(() => this.#setNextTimestamp(timestamp))
  }

  async setTimestampInterval(seconds: bigint | undefined): Promise<boolean> {
    const hadInterval = this.#plan.timestampInterval !== undefined
    if (seconds === 0n) throw new ChangeRefusedError('the time of blocks must rise')
    await this.#change((plan) => {
      plan.timestampInterval = seconds
    })
    return hadInterval
  }

  setNextBaseFee(baseFeePerGas: bigint): Promise<void> {
    return this.#change((plan) => plan.setNext({ baseFeePerGas }))
  }

  setNextPrevRandao(prevRandao: Uint8Array): Promise<void> {
    return this.#change((plan) => plan.setNext({ prevRandao }))
  }

  setGasLimit(gasLimit: bigint): Promise<void> {
    return this.#change((plan) => {
      if (gasLimit < GAS_LIMIT_MIN || gasLimit > MAX_GAS_LIMIT) {
        throw new ChangeRefusedError(`a gas limit is from ${GAS_LIMIT_MIN} to ${MAX_GAS_LIMIT}`)
      }
      plan.gasLimit = gasLimit
      plan.setNext({ isGasLimitSet: true })
    })
  }

  setCoinbase(beneficiary: Uint8Array): Promise<void> {
    return this.#change((plan) => {
      plan.beneficiary = beneficiary
    })
  }

  drop(hash: Uint8Array): boolean {
    return this.#leader.pool.drop(bytesToHex(hash))
  }

  dropAll(): void {
    for (const hash of this.#leader.pool.hashes()) this.#leader.pool.drop(hash)
  }

  get #plan(): BlockPlan {
    return this.#leader.plan
  }

  get #headTime(): bigint {
    return this.#leader.chain.head.header.timestamp
  }

  #setNextTimestamp(timestamp: bigint): void {
    if (timestamp <= this.#headTime) {
      throw new ChangeRefusedError(
        `timestamp ${timestamp} is not above that of the newest block, ${this.#headTime}`,
      )
    }
    assertTime(timestamp)
    this.#plan.setNext({ timestamp })
  }

  #change(change: (plan: BlockPlan) => void): Promise<void> {
    return this.#leader.betweenBlocks(() => change(this.#plan))
  }
}

function setClock(plan: BlockPlan, now: bigint): void {
  assertTime(now)
  plan.setClock(now)
}

function assertTime(timestamp: bigint): void {
  if (timestamp >= TIME_MAX) throw new ChangeRefusedError(`a time is below ${TIME_MAX} seconds`)
}
