/**
 * How the main thread waits for the core: never blocking, woken by commits, settled senders and
 * halts through one slot of the control region.
 */

import { HALT, HALT_NONE, HALT_TX, HOST_SLOT } from '../layout/control.ts'
import { CONTROL_OFFSET } from '../layout/memory-map.ts'
import { type CoreThread, controlWord } from './core-thread.ts'
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
    let sleep = sleeps.get(host)
    if (sleep === undefined) {
      sleep = sleepUntilSignal(host, sequence)
      sleeps.set(host, sleep)
    }
    await sleep
  }
}

async function sleepUntilSignal(host: CoreThread, sequence: number): Promise<void> {
  Atomics.add(host.words, SLEEPERS, 1)
  const wait = Atomics.waitAsync(host.words, SEQUENCE, sequence)
  if (wait.async) await wait.value
  Atomics.sub(host.words, SLEEPERS, 1)
  sleeps.delete(host)
}

/** @throws EngineHaltedError */
export function throwIfHalted(host: CoreThread): void {
  const reason = controlWord(host, HALT)
  if (reason !== HALT_NONE) throw new EngineHaltedError(reason, controlWord(host, HALT_TX))
}
