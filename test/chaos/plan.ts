/** What goes wrong in a run, and when: decided by a seed before it begins. */

import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import type { LineQuality } from '../kit/line.ts'
import { GOOD_LINE } from '../kit/line.ts'

/** `line` counts the lines of dApps and of followers, `follower` the followers. */
export type Mishap =
  | { readonly type: 'cut'; readonly line: number }
  | { readonly type: 'quality'; readonly line: number; readonly quality: LineQuality }
  | { readonly type: 'pauseLeader' | 'killLeader'; readonly forMs: number }
  | {
      readonly type: 'pauseFollower' | 'killFollower'
      readonly follower: number
      readonly forMs: number
    }
  /** A dApp stops to read. */
  | { readonly type: 'dawdle'; readonly dapp: number; readonly forMs: number }

export interface PlannedMishap {
  readonly atMs: number
  readonly mishap: Mishap
}

export interface ChaosSize {
  readonly lines: number
  readonly followers: number
  readonly dapps: number
}

const LONGEST_GAP_MS = 300
const LONGEST_PAUSE_MS = 2500
const LONGEST_DOWNTIME_MS = 500
const LONGEST_DAWDLE_MS = 4000

/** Of each kind so many in a hundred; the first ones are for lines. */
const SHARES = { cut: 62, quality: 16, dawdle: 12, pause: 5, killFollower: 3 } as const

export function planChaos(seed: number, durationMs: number, size: ChaosSize): PlannedMishap[] {
  const random = createRandom(seed)
  const plan: PlannedMishap[] = []
  for (let atMs = 0; atMs < durationMs; atMs += 1 + random.below(LONGEST_GAP_MS)) {
    plan.push({ atMs, mishap: drawMishap(random, size) })
  }
  return plan
}

function drawMishap(random: Random, { lines, followers, dapps }: ChaosSize): Mishap {
  let draw = random.below(100)
  const isDrawn = (share: number) => {
    draw -= share
    return draw < 0
  }
  const line = random.below(lines)
  const follower = random.below(followers)
  const forMs = random.below(LONGEST_PAUSE_MS)
  const downMs = random.below(LONGEST_DOWNTIME_MS)
  if (isDrawn(SHARES.cut)) return { type: 'cut', line }
  if (isDrawn(SHARES.quality)) return { type: 'quality', line, quality: drawQuality(random) }
  if (isDrawn(SHARES.dawdle)) {
    return { type: 'dawdle', dapp: random.below(dapps), forMs: random.below(LONGEST_DAWDLE_MS) }
  }
  if (isDrawn(SHARES.pause)) {
    if (random.chance(0.4)) return { type: 'pauseLeader', forMs }
    return { type: 'pauseFollower', follower, forMs }
  }
  if (isDrawn(SHARES.killFollower)) return { type: 'killFollower', follower, forMs: downMs }
  return { type: 'killLeader', forMs: downMs }
}

function drawQuality(random: Random): LineQuality {
  if (random.chance(0.4)) return GOOD_LINE
  return {
    latencyMs: random.below(80),
    bytesPerSecond: random.pick([64 * 1024, 512 * 1024, 8 * 1024 * 1024]),
  }
}
