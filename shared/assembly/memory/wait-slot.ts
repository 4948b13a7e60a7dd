/**
 * Where threads sleep. A notification is only a hint; the predicate is the truth: a sleeper takes
 * the sequence, finds its predicate false, and waits on that sequence. Whoever makes a predicate
 * true signals afterwards, which moves the sequence, so that the sleep ends or does not begin.
 */

import { AtomicWord } from './atomic-word'

const SLEEPERS: usize = 4
const LOOKERS: usize = 8
const FOREVER: i64 = -1

/** About 30 us: as long as falling asleep and being woken would take. */
const LOOKS_MAX: i32 = 20000

@unmanaged
export class WaitSlot {
  @inline
  sequence(): u32 {
    return changetype<AtomicWord>(this).load()
  }

  /** Looks out for a signal for a moment, then sleeps until one comes after `sequence`. */
  wait(sequence: u32): void {
    if (this.lookOut(sequence)) return
    const sleepers = changetype<AtomicWord>(changetype<usize>(this) + SLEEPERS)
    sleepers.add(1)
    atomic.wait<i32>(changetype<usize>(this), sequence, FOREVER)
    sleepers.subtract(1)
  }

  /** True when a signal came; one thread at a time looks out, the others leave their cores. */
  private lookOut(sequence: u32): bool {
    const lookers = changetype<AtomicWord>(changetype<usize>(this) + LOOKERS)
    if (!lookers.replace(0, 1)) return false
    let look = 0
    while (look < LOOKS_MAX && this.sequence() == sequence) look++
    lookers.store(0)
    return look < LOOKS_MAX
  }

  /** Wakes up to `count` sleepers. */
  signal(count: i32): void {
    changetype<AtomicWord>(this).add(1)
    if (this.hasSleepers()) atomic.notify(changetype<usize>(this), count)
  }

  @inline
  hasSleepers(): bool {
    return changetype<AtomicWord>(changetype<usize>(this) + SLEEPERS).load() != 0
  }
}

/** Wakes everybody who waits on a word that has just moved. */
@inline
export function wakeWaiters(ptr: usize): void {
  atomic.notify(ptr, i32.MAX_VALUE)
}

/** Sleeps until the word no longer holds `value`, or is notified. */
@inline
export function waitWhile(ptr: usize, value: u32): void {
  atomic.wait<i32>(ptr, value, FOREVER)
}

@inline
export function waitSlot(ptr: usize): WaitSlot {
  return changetype<WaitSlot>(ptr)
}
