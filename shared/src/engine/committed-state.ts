/**
 * The state behind the newest committed step, read on the main thread: the thread that locks the gate
 * needs none. Reading adds nothing to the core's tables.
 */

import { COMMIT_INDEX } from '../layout/control.ts'
import { CODE_HASH, KIND_BALANCE, KIND_CODE, KIND_NONCE, KIND_SLOT } from '../layout/records.ts'
import { EMPTY_CODE_HASH } from '../primitives/keccak.ts'
import type { AccountState } from './call-result.ts'
import { readCodeBytes } from './code-cache.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord, setAddress, setKey, value, valueBytes } from './core-thread.ts'

const NO_BYTES = new Uint8Array(0)

export function readAccount(host: CoreThread, address: Uint8Array): AccountState {
  const at = controlWord(host, COMMIT_INDEX)
  const code = codeRecord(host, at, address)
  return {
    balance: readNumber(host, at, KIND_BALANCE),
    nonce: readNumber(host, at, KIND_NONCE),
    codeHash:
      code === 0 ? EMPTY_CODE_HASH : host.bytes.slice(code + CODE_HASH, code + CODE_HASH + 32),
  }
}

/** Empty for an account without code. */
export function readCode(host: CoreThread, address: Uint8Array): Uint8Array {
  const code = codeRecord(host, controlWord(host, COMMIT_INDEX), address)
  return code === 0 ? NO_BYTES : readCodeBytes(host, code)
}

/** Key and value have 32 bytes. */
export function readSlot(host: CoreThread, address: Uint8Array, key: Uint8Array): Uint8Array {
  setAddress(host, address)
  setKey(host, key)
  host.core.readCommitted(controlWord(host, COMMIT_INDEX), KIND_SLOT)
  return valueBytes(host)
}

/** Also makes `address` the one that `readNumber` asks about. */
function codeRecord(host: CoreThread, at: number, address: Uint8Array): number {
  setAddress(host, address)
  return Number(readNumber(host, at, KIND_CODE))
}

function readNumber(host: CoreThread, at: number, kind: number): bigint {
  host.core.readCommitted(at, kind)
  return value(host)
}
