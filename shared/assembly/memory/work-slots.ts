/**
 * Where workers sleep, and who is woken. The first worker has a slot of its own, so that small work
 * always wakes the same thread, whose caches and compiled code are warm; the others share one.
 */

import { FIRST_WORK_SLOT, LOOKER, WORK_SLOT } from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { AtomicWord, atomicWord } from './atomic-word'
import { threadIndex } from './thread'
import { WaitSlot, waitSlot } from './wait-slot'

/** About 30 us: as long as falling asleep and being woken would take. */
const LOOKS_MAX: i32 = 20000

@inline
function firstSlot(): WaitSlot {
  return waitSlot(CONTROL_OFFSET + FIRST_WORK_SLOT)
}

@inline
function sharedSlot(): WaitSlot {
  return waitSlot(CONTROL_OFFSET + WORK_SLOT)
}

/** Thread index + 1 of the worker that looks out, or 0. */
@inline
function looker(): AtomicWord {
  return atomicWord(CONTROL_OFFSET + LOOKER)
}

@inline
function ownSlot(): WaitSlot {
  return threadIndex() == 0 ? firstSlot() : sharedSlot()
}

/** To be taken before this thread looks for work, and given to `sleepUntilWork`. */
export function workSequence(): u32 {
  return ownSlot().sequence()
}

/** Looks out for a signal for a moment, then sleeps until one comes after `sequence`. */
export function sleepUntilWork(sequence: u32): void {
  if (!lookOut(ownSlot(), sequence)) ownSlot().wait(sequence)
}

/** True when a signal came; one thread at a time looks out, the others leave their cores. */
function lookOut(slot: WaitSlot, sequence: u32): bool {
  if (!looker().replace(0, threadIndex() + 1)) return false
  let look = 0
  while (look < LOOKS_MAX && slot.sequence() == sequence) look++
  looker().store(0)
  return look < LOOKS_MAX
}

/** Wakes the first worker, or another when that one is busy. */
export function wakeOne(): void {
  const isFirstIdle = firstSlot().hasSleepers() || looker().load() == 1
  wakeFirst()
  if (!isFirstIdle) sharedSlot().signal(1)
}

/** Wakes the first worker; a short task waits until it is free. */
export function wakeFirst(): void {
  firstSlot().signal(1)
}

/** Wakes the first worker and up to so many others. */
export function wakeSome(others: u32): void {
  wakeFirst()
  if (others != 0) sharedSlot().signal(<i32>min(others, <u32>i32.MAX_VALUE))
}

export function wakeAll(): void {
  wakeFirst()
  sharedSlot().signal(i32.MAX_VALUE)
}

export function hasSleepers(): bool {
  return sharedSlot().hasSleepers() || firstSlot().hasSleepers()
}
