/**
 * How the main thread waits for the core: never blocking, woken by commits, settled senders and
 * halts through one slot of the control region.
 */

import { HALT, HALT_NONE, HALT_REASON_MASK, HALT_TX_SHIFT, HOST_SLOT } from '../layout/control.ts'
import { CONTROL_OFFSET } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'
import { EngineHaltedError } from './halt-error.ts'

const SEQUENCE = (CONTROL_OFFSET + HOST_SLOT) >> 2
const SLEEPERS = SEQUENCE + 1

/**
 * The sleep in progress. All who wait share it: a signal wakes one sleeper, and whoever joins a sleep
 * has looked at his predicate after it began, so no signal is lost on him.
 */
const sleeps = new WeakMap<CoreThread, Promise<void>>()

/**
 * Resolves when `isReached()` holds.
 * @throws EngineHaltedError when the core stops before that
 */
export async function waitForCore(host: CoreThread, isReached: () => boolean): Promise<void> {
  while (!isReached()) {
    const sequence = Atomics.load(host.words, SEQUENCE)
    throwIfHalted(host)
    if (isReached()) return
    await sleepUntilSignal(host, sequence)
  }
}

function sleepUntilSignal(host: CoreThread, sequence: number): Promise<void> {
  const present = sleeps.get(host)
  if (present !== undefined) return present
  Atomics.add(host.words, SLEEPERS, 1)
  const wait = Atomics.waitAsync(host.words, SEQUENCE, sequence)
  const wake = (): void => {
    Atomics.sub(host.words, SLEEPERS, 1)
    sleeps.delete(host)
  }
  if (!wait.async) {
    wake()
    return Promise.resolve()
  }
  const sleep = wait.value.then(wake)
  sleeps.set(host, sleep)
  return sleep
}

/** @throws EngineHaltedError */
export function throwIfHalted(host: CoreThread): void {
  const word = controlWord(host, HALT)
  if (word === HALT_NONE) return
  throw new EngineHaltedError(word & HALT_REASON_MASK, word >>> HALT_TX_SHIFT)
}
