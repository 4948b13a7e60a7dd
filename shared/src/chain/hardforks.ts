/**
 * The hard forks that change execution, oldest first. Muir, Arrow and Gray Glacier only move the
 * difficulty bomb, the DAO fork is an event of its own, and blob-parameter-only forks are entries
 * of a chain's blob schedule: none of them is in this list.
 */

export const HARDFORKS = [
  'frontier',
  'homestead',
  'tangerineWhistle',
  'spuriousDragon',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'berlin',
  'london',
  'paris',
  'shanghai',
  'cancun',
  'prague',
  'osaka',
] as const

export type Hardfork = (typeof HARDFORKS)[number]

const POSITION: ReadonlyMap<Hardfork, number> = new Map(HARDFORKS.map((fork, i) => [fork, i]))

/** True when `fork` is `other` or a later one. */
export function isAtLeast(fork: Hardfork, other: Hardfork): boolean {
  return POSITION.get(fork)! >= POSITION.get(other)!
}
