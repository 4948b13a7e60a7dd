/**
 * A worker thread of the store's tests: reads slots of the newest state, as often as it is asked,
 * without a turn of its event loop in between, and says what it saw.
 */

import { parentPort, workerData } from 'node:worker_threads'
import { openLatestState } from '@shredcast/shared/state/state-readers'

export interface ReaderSetup {
  readonly path: string
  readonly address: Uint8Array
  readonly key: Uint8Array
  /** Three words: what to read for (0: end), what has been read, the last byte of the slot. */
  readonly control: Int32Array
}

const { path, address, key, control } = workerData as ReaderSetup
const state = openLatestState(path)
for (let turn = 1; ; turn++) {
  while (Atomics.load(control, 0) === turn - 1) Atomics.wait(control, 0, turn - 1)
  if (Atomics.load(control, 0) < 0) break
  Atomics.store(control, 2, state.slot(address, key).at(-1) ?? -1)
  Atomics.store(control, 1, turn)
  Atomics.notify(control, 1)
}
await state.close()
parentPort?.close()
