/**
 * Bytecode copied out of the shared memory into one thread, by hash. The executor keeps what it
 * learns of a code (its jump destinations) with the code's object, so objects are kept over blocks
 * and states as long as they fit.
 */

import { CODE_DATA, CODE_HASH, CODE_LENGTH } from '../layout/records.ts'
import type { Hex } from '../primitives/bytes.ts'
import { bytesToHex } from '../primitives/bytes.ts'
import type { CoreThread } from './core-thread.ts'
import { loadWord } from './core-thread.ts'
import type { CodeRef } from './reference/state-access.ts'

/** Thousands of contracts of usual size. */
const CACHE_BYTES_MAX = 64 * 1024 * 1024

export class CodeCache {
  /** In order of last use, the oldest first. */
  readonly #codes = new Map<Hex, CodeRef>()
  #bytes = 0

  /** The code record at `ptr`. */
  read(thread: CoreThread, ptr: number): CodeRef {
    const hash = thread.bytes.slice(ptr + CODE_HASH, ptr + CODE_HASH + 32)
    const key = bytesToHex(hash)
    let code = this.#codes.get(key)
    if (code === undefined) {
      code = { hash, bytes: readCodeBytes(thread, ptr) }
      this.#bytes += code.bytes.length
    } else {
      this.#codes.delete(key)
    }
    this.#codes.set(key, code)
    this.#evict()
    return code
  }

  #evict(): void {
    for (const [key, code] of this.#codes) {
      if (this.#bytes <= CACHE_BYTES_MAX) return
      this.#codes.delete(key)
      this.#bytes -= code.bytes.length
    }
  }
}

/** The bytecode of the record at `ptr`, copied. */
export function readCodeBytes(thread: CoreThread, ptr: number): Uint8Array {
  return thread.bytes.slice(ptr + CODE_DATA, ptr + CODE_DATA + loadWord(thread, ptr + CODE_LENGTH))
}
