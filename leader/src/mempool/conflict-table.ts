/**
 * Learns from committed transactions which state is contended and which calls touch it. A location
 * is contended when several senders wrote it absolutely; a call is told by its features (recipient
 * and selector, alone and with each argument); of a feature the table keeps how often it was seen and
 * how often each contended location was read and written with it. What is not met for a while is
 * forgotten, and counts are halved as they grow, so that the table follows the traffic.
 */

import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { GenerationalMap } from './generational-map.ts'
import { absoluteWrites, featuresOf, readLocations, senderHash } from './location-hash.ts'
import type { PooledTransaction } from './pooled-transaction.ts'

/** What a transaction is expected to do to contended locations. */
export interface Prediction {
  /** Its most contended location. */
  readonly hottest: number
  readonly reads: readonly number[]
  readonly writes: readonly number[]
}

interface Location {
  /** Times that it was written by another sender than the time before. */
  writes: number
  lastWriter: number
}

interface Profile {
  seen: number
  readonly reads: Map<number, number>
  readonly writes: Map<number, number>
}

/** Twice as many are kept at most. */
const LOCATIONS_MAX = 32_768
const PROFILES_MAX = 16_384
const WORKS_MAX = 16_384
/** Contended locations of one profile, reads and writes each. */
const TOUCHED_MAX = 12
/** Of the calls that commit, to learn from. */
const SAMPLED_EVERY = 4
const CONTENDED_WRITES = 3
const SEEN_MIN = 2
/** Of the times a feature was seen, before it predicts a location. */
const SHARE_MIN = 0.6
const HALVED_AT = 256

const TRANSFER_GAS = 21_000
/** A plain transfer's, in gas of executed code. */
const LEAST_WORK = 4000
const UNKNOWN_WORK_MAX = 60_000

export class ConflictTable {
  #callCount = 0
  readonly #locations = new GenerationalMap<Location>(LOCATIONS_MAX)
  readonly #profiles = new GenerationalMap<Profile>(PROFILES_MAX)
  /** Work of calls, by recipient and selector. */
  readonly #works = new GenerationalMap<number>(WORKS_MAX)

  /** Takes over what a committed transaction did. */
  learn(pooled: PooledTransaction, diff: StateDiff, gasUsed: bigint): void {
    const features = knownFeatures(pooled)
    if (features.length === 0 || ++this.#callCount % SAMPLED_EVERY !== 0) return
    const { sender } = pooled
    this.#noteWork(features[0]!, Number(gasUsed))
    const writes = this.#noteWrites(absoluteWrites(diff, sender), senderHash(sender))
    const reads = readLocations(diff, sender).filter((location) => this.#isContended(location))
    const isCold = writes.length === 0 && reads.length === 0
    for (const feature of features) {
      let profile = this.#profiles.get(feature)
      if (profile === undefined) {
        if (isCold) continue
        profile = { seen: 0, reads: new Map(), writes: new Map() }
        this.#profiles.set(feature, profile)
      }
      profile.seen++
      countAll(profile.reads, reads)
      countAll(profile.writes, writes)
      if (profile.seen >= HALVED_AT) halve(profile)
    }
  }

  /** Undefined when it is expected to touch nothing that is contended. */
  predict(pooled: PooledTransaction): Prediction | undefined {
    const reads = new Set<number>()
    const writes = new Set<number>()
    for (const feature of knownFeatures(pooled)) {
      const profile = this.#profiles.get(feature)
      if (profile === undefined || profile.seen < SEEN_MIN) continue
      addLikely(reads, profile.reads, profile.seen)
      addLikely(writes, profile.writes, profile.seen)
    }
    if (reads.size === 0 && writes.size === 0) return undefined
    const hottest = this.#hottest([...writes, ...reads])
    return { hottest, reads: [...reads], writes: [...writes] }
  }

  /** How long it is expected to execute, in gas of executed code. */
  workOf(pooled: PooledTransaction): number {
    const { transaction } = pooled
    const [call] = knownFeatures(pooled)
    if (call === undefined && transaction.to !== undefined) return LEAST_WORK
    const known = call === undefined ? undefined : this.#works.get(call)
    if (known !== undefined) return known
    return Math.min(Number(transaction.gasLimit), UNKNOWN_WORK_MAX)
  }

  #noteWork(call: number, gasUsed: number): void {
    const work = Math.max(LEAST_WORK, gasUsed - TRANSFER_GAS)
    const before = this.#works.get(call) ?? work
    this.#works.set(call, before + (work - before) / 8)
  }

  /** Those that are contended. */
  #noteWrites(locations: readonly number[], writer: number): number[] {
    return locations.filter((location) => {
      const known = this.#locations.get(location)
      if (known === undefined) {
        this.#locations.set(location, { writes: 1, lastWriter: writer })
        return false
      }
      if (known.lastWriter !== writer) known.writes++
      known.lastWriter = writer
      return known.writes >= CONTENDED_WRITES
    })
  }

  #isContended(location: number): boolean {
    return (this.#locations.get(location)?.writes ?? 0) >= CONTENDED_WRITES
  }

  #hottest(locations: readonly number[]): number {
    let hottest = locations[0]!
    let most = -1
    for (const location of locations) {
      const writes = this.#locations.get(location)?.writes ?? 0
      if (writes <= most) continue
      most = writes
      hottest = location
    }
    return hottest
  }
}

function knownFeatures(pooled: PooledTransaction): readonly number[] {
  pooled.features ??= featuresOf(pooled.transaction)
  return pooled.features
}

function countAll(counts: Map<number, number>, locations: readonly number[]): void {
  for (const location of locations) {
    const count = counts.get(location)
    if (count !== undefined) counts.set(location, count + 1)
    else if (counts.size < TOUCHED_MAX) counts.set(location, 1)
  }
}

function addLikely(likely: Set<number>, counts: Map<number, number>, seen: number): void {
  for (const [location, count] of counts) if (count >= seen * SHARE_MIN) likely.add(location)
}

function halve(profile: Profile): void {
  profile.seen /= 2
  for (const counts of [profile.reads, profile.writes]) {
    for (const [location, count] of counts) {
      if (count < 2) counts.delete(location)
      else counts.set(location, count / 2)
    }
  }
}
