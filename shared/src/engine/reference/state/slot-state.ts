/**
 * One storage slot as one execution sees it; read only when its value is needed. The slot of the
 * same key in transient storage (EIP-1153) lives beside it.
 */

import { equalBytes } from '../../../primitives/bytes.ts'
import type { StateAccess } from '../state-access.ts'
import type { UndoLog } from './undo-log.ts'

/** 32 zero bytes: an unset slot. Must not be mutated. */
const ZERO_WORD = new Uint8Array(32)

export class SlotState {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** EIP-2929. */
  isWarm = false
  /** It was warm once, also where that was undone. */
  wasAccessed = false
  readonly #address: Uint8Array
  /** Undefined: the slot is known to be unset. */
  readonly #access: StateAccess | undefined
  #base: Uint8Array | undefined
  #value: Uint8Array | undefined
  #transient: Uint8Array | undefined

  constructor(address: Uint8Array, key: Uint8Array, access: StateAccess | undefined) {
    this.#address = address
    this.key = key
    this.#access = access
  }

  /** Value before the execution, 32 bytes. */
  get original(): Uint8Array {
    this.#base ??= this.#access?.slot(this.#address, this.key) ?? ZERO_WORD
    return this.#base
  }

  /** Current value, 32 bytes. */
  get value(): Uint8Array {
    return this.#value ?? this.original
  }

  /** Sets the value from up to 32 big-endian bytes. */
  write(bytes: Uint8Array, undo: UndoLog): void {
    const previous = this.#value
    undo.push(() => {
      this.#value = previous
    })
    this.#value = bytes.length === 32 ? bytes : paddedWord(bytes)
  }

  /** Value in transient storage (EIP-1153), up to 32 bytes. */
  get transient(): Uint8Array {
    return this.#transient ?? ZERO_WORD
  }

  writeTransient(bytes: Uint8Array, undo: UndoLog): void {
    const previous = this.#transient
    undo.push(() => {
      this.#transient = previous
    })
    this.#transient = bytes
  }

  get isChanged(): boolean {
    return this.#value !== undefined && !equalBytes(this.#value, this.original)
  }
}

function paddedWord(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return ZERO_WORD
  const word = new Uint8Array(32)
  word.set(bytes, 32 - bytes.length)
  return word
}
