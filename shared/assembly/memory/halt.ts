/**
 * Stopping everything: the first reason wins, all threads leave at their next task, and the thread
 * that met it unwinds through the host, which throws.
 */

import {
  HALT,
  HALT_REASON_MASK,
  HALT_TX_SHIFT,
  HOST_SLOT,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import { atomicWord } from './atomic-word'
import { waitSlot } from './wait-slot'
import { wakeAll } from './work-slots'

// Worker-local: the word that tells this thread to leave what it executes.
let stopWord: usize = CONTROL_OFFSET + HALT

/** Throws in the host; never returns. */
// @ts-ignore: decorator
@external('env', 'halted')
declare function hostHalted(reason: i32): void

/** The reason (HALT_*) in the control region's halt word. */
@inline
export function haltReason(word: u32): u32 {
  return word & HALT_REASON_MASK
}

/** This thread listens to `word` instead of the halts. */
export function listenTo(word: usize): void {
  stopWord = word
}

/** Unwinds this thread through the host if it was told to leave what it executes. */
@inline
export function leaveIfStopped(): void {
  const word = atomicWord(stopWord).load()
  if (word != 0) leave(word)
}

function leave(word: u32): void {
  hostHalted(<i32>haltReason(word))
  unreachable()
}

/** Records the reason unless there is one, and wakes everybody. */
export function requestHalt(reason: u32, txIndex: u32): void {
  atomicWord(CONTROL_OFFSET + HALT).replace(0, reason | (txIndex << HALT_TX_SHIFT))
  wakeAll()
  waitSlot(CONTROL_OFFSET + HOST_SLOT).signal(1)
}

/** Records the reason and unwinds this thread. */
export function halt(reason: u32, txIndex: u32): void {
  requestHalt(reason, txIndex)
  hostHalted(<i32>reason)
  unreachable()
}
