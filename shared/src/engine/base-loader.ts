/**
 * Loads what of the state is not cached, for the thread that asks: the core's imports `loadAccount`
 * and `loadSlot` (assembly/stm/base.ts) over a `BaseReader`.
 */

import type {
  BaseReader,
  BaseReaderModule,
  BaseReaderSource,
  RecordedAccount,
} from '../chain/state-reader.ts'
import {
  SCRATCH_LOADED_CODE,
  SCRATCH_LOADED_NONCE,
  SCRATCH_LOADED_ORPHAN,
} from '../layout/control.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { EMPTY_CODE_HASH } from '../primitives/keccak.ts'
import type { BaseLoads } from './core.ts'
import { storeCodeOf } from './core-state.ts'
import type { CoreThread } from './core-thread.ts'
import { readReversed, storeLong, storeWord, writeBigInt, writeReversed } from './core-thread.ts'

export async function openReader({ module, options }: BaseReaderSource): Promise<BaseReader> {
  const { openBaseReader } = (await import(module)) as BaseReaderModule
  return openBaseReader(options)
}

/** What `reader` throws unwinds the core, and stops the block. */
export function createBaseLoads(reader: BaseReader, thread: () => CoreThread): BaseLoads {
  return {
    loadAccount(address, out) {
      writeAccount(reader, thread(), reader.account(addressAt(thread(), address)), out)
    },
    loadSlot(address, key, out) {
      const slot = reader.slot(addressAt(thread(), address), readReversed(thread(), key))
      writeReversed(thread(), out, slot)
    },
  }
}

function addressAt(thread: CoreThread, ptr: number): Uint8Array {
  return thread.bytes.slice(ptr, ptr + 20)
}

function writeAccount(
  reader: BaseReader,
  thread: CoreThread,
  account: RecordedAccount | undefined,
  out: number,
): void {
  let code = 0
  let isOrphan = 0
  if (account?.isRecorded) {
    const { codeHash } = account
    code = storeCodeOf(thread, codeHash, out, () => codeOf(reader, codeHash))
  }
  if (account?.hasStorage && account.nonce === 0n) {
    isOrphan = equalBytes(account.codeHash, EMPTY_CODE_HASH) ? 1 : 0
  }
  writeBigInt(thread, out, account?.balance ?? 0n)
  storeLong(thread, out + SCRATCH_LOADED_NONCE, account?.nonce ?? 0n)
  storeWord(thread, out + SCRATCH_LOADED_CODE, code)
  storeWord(thread, out + SCRATCH_LOADED_ORPHAN, isOrphan)
}

function codeOf(reader: BaseReader, hash: Uint8Array): Uint8Array {
  return equalBytes(hash, EMPTY_CODE_HASH) ? new Uint8Array(0) : reader.code(hash)
}
