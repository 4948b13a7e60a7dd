/**
 * Where threads sleep. A notification is only a hint; the predicate is the truth: a sleeper takes
 * the sequence, finds its predicate false, and waits on that sequence. Whoever makes a predicate
 * true signals afterwards, which moves the sequence, so that the sleep ends or does not begin.
 */

import { AtomicWord } from './atomic-word'

const SLEEPERS: usize = 4
const FOREVER: i64 = -1

@unmanaged
export class WaitSlot {
  @inline
  sequence(): u32 {
    return changetype<AtomicWord>(this).load()
  }

  /** Sleeps until a signal comes after `sequence`. */
  wait(sequence: u32): void {
    const sleepers = changetype<AtomicWord>(changetype<usize>(this) + SLEEPERS)
    sleepers.add(1)
    atomic.wait<i32>(changetype<usize>(this), sequence, FOREVER)
    sleepers.subtract(1)
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
