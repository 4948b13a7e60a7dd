/**
 * The kernels of the core by themselves (`shared/assembly/kernels.ts`) with memory to lay their
 * operands in. Operands of hash kernels stand at odd addresses on purpose.
 */

import { readFile } from 'node:fs/promises'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import { createMemory } from '@shredcast/shared/engine/core'
import { HEAP_BYTES } from '@shredcast/shared/layout/control'
import {
  BLOCK_ARENA_OFFSET,
  CONTROL_OFFSET,
  HEAPS_BYTES,
} from '@shredcast/shared/layout/memory-map'

type WordOperation = (out: number, a: number, b: number) => number
type WordMap = (out: number, a: number) => void
type WordTest = (a: number) => number
type Hash = (out: number, input: number, bytes: number) => void

/** Exports of `assembly/kernels.ts`; a truth is 0 or 1. */
export interface KernelExports {
  initThread(index: number): number
  wordAdd: WordOperation
  wordSubtract: WordOperation
  wordMultiply: WordOperation
  wordDivide: WordOperation
  wordModulo: WordOperation
  wordSignedDivide: WordOperation
  wordSignedModulo: WordOperation
  wordPower: WordOperation
  wordAnd: WordOperation
  wordOr: WordOperation
  wordXor: WordOperation
  wordShiftLeft: WordOperation
  wordShiftRight: WordOperation
  wordShiftRightSigned: WordOperation
  wordByte: WordOperation
  wordSignExtend: WordOperation
  wordAddModulo(out: number, a: number, b: number, m: number): void
  wordMultiplyModulo(out: number, a: number, b: number, m: number): void
  wordNot: WordMap
  wordNegate: WordMap
  wordCopy: WordMap
  wordLeadingZeros: WordMap
  wordFromBytes: WordMap
  wordToBytes: WordMap
  wordFromAddress: WordMap
  wordToAddress: WordMap
  wordFromShortBytes(out: number, bytes: number, count: number): void
  wordSet(out: number, value: bigint): void
  wordClear(out: number): void
  wordFill(out: number): void
  wordLong(a: number): bigint
  wordEquals(a: number, b: number): number
  wordLess(a: number, b: number): number
  wordSignedLess(a: number, b: number): number
  wordIsZero: WordTest
  wordIsNegative: WordTest
  wordFitsLong: WordTest
  wordBitLength: WordTest
  wordByteLength: WordTest
  keccak256: Hash
  keccakInto: Hash
  padMessage(message: number, bytes: number): number
  beginMessage(states: number, index: number, block: number): void
  addBlock(states: number, index: number, block: number): void
  permuteTwo(states: number): void
  takeHash(states: number, index: number, out: number): void
  sha256: Hash
  ripemd160: Hash
  blake2f(
    out: number,
    rounds: number,
    state: number,
    message: number,
    offset: number,
    isFinal: boolean,
  ): void
  modexpScratchBytes(baseBytes: number, exponentBytes: number, modulusBytes: number): number
  modexp(
    out: number,
    base: number,
    baseBytes: number,
    exponent: number,
    exponentBytes: number,
    modulus: number,
    modulusBytes: number,
    scratch: number,
  ): void
}

export const BUILDS: readonly CoreBuild[] = ['debug', 'release']

/** Memory that no kernel uses by itself. */
export const ROOM = BLOCK_ARENA_OFFSET

export class KernelCore {
  readonly kernels: KernelExports
  readonly bytes: Uint8Array
  readonly #view: DataView

  private constructor(kernels: KernelExports, memory: WebAssembly.Memory) {
    this.kernels = kernels
    this.bytes = new Uint8Array(memory.buffer)
    this.#view = new DataView(memory.buffer)
    this.#view.setUint32(CONTROL_OFFSET + HEAP_BYTES, HEAPS_BYTES, true)
    kernels.initThread(0)
  }

  static async open(build: CoreBuild): Promise<KernelCore> {
    const url = import.meta.resolve('@shredcast/shared/engine/core')
    const file = new URL(`../../build/kernels.${build}.wasm`, url)
    const memory = createMemory()
    const halt = () => {
      throw new Error('a kernel halted the core')
    }
    const abort = () => {
      throw new Error('an assertion of the core failed')
    }
    const imports = { env: { memory, halted: halt, heapFull: halt, abort } }
    const { instance } = await WebAssembly.instantiate(await readFile(file), imports)
    return new KernelCore(instance.exports as unknown as KernelExports, memory)
  }

  setWord(at: number, value: bigint): void {
    for (let i = 0; i < 4; i++) {
      this.#view.setBigUint64(at + 8 * i, BigInt.asUintN(64, value >> BigInt(64 * i)), true)
    }
  }

  word(at: number): bigint {
    let value = 0n
    for (let i = 3; i >= 0; i--) value = (value << 64n) | this.#view.getBigUint64(at + 8 * i, true)
    return value
  }

  /** A copy. */
  slice(at: number, length: number): Uint8Array {
    return Uint8Array.from(this.bytes.subarray(at, at + length))
  }
}
