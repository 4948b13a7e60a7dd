/**
 * One thread's hold on the core: its instance, its views of the shared memory, and its scratch, with
 * the conversions between the core's words (four little-endian u64 limbs) and the host's values.
 */

import { SCRATCH_ADDRESS, SCRATCH_BOUND, SCRATCH_KEY, SCRATCH_VALUE } from '../layout/control.ts'
import { CONTROL_OFFSET, MEMORY_BYTES, TX_STRIDE, TXS_OFFSET } from '../layout/memory-map.ts'
import type { CoreExports, HostCalls } from './core.ts'
import { instantiateCore } from './core.ts'

const LIMB_BITS = 64n
const UINT64_MAX = (1n << 64n) - 1n

export interface CoreThread {
  readonly core: CoreExports
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly limbs: BigUint64Array
  /** Address of this thread's scratch. */
  readonly scratch: number
}

/** Binds the calling thread to place `index` (0 to CALL_WORKER). */
export function createCoreThread(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  index: number,
  calls?: HostCalls,
): CoreThread {
  const core = instantiateCore(module, memory, calls)
  return {
    core,
    module,
    memory,
    bytes: new Uint8Array(memory.buffer),
    words: new Int32Array(memory.buffer, 0, MEMORY_BYTES / 4),
    limbs: new BigUint64Array(memory.buffer, 0, MEMORY_BYTES / 8),
    scratch: core.initThread(index),
  }
}

/** A word of the control region, by its offset. */
export function controlWord(thread: CoreThread, offset: number): number {
  return Atomics.load(thread.words, (CONTROL_OFFSET + offset) >> 2)
}

export function controlLong(thread: CoreThread, offset: number): bigint {
  return Atomics.load(thread.limbs, (CONTROL_OFFSET + offset) >> 3)
}

export function txRecordPtr(txIndex: number): number {
  return TXS_OFFSET + txIndex * TX_STRIDE
}

export function loadWord(thread: CoreThread, ptr: number): number {
  return (thread.words[ptr >>> 2] as number) >>> 0
}

export function loadLong(thread: CoreThread, ptr: number): bigint {
  return thread.limbs[ptr >>> 3] as bigint
}

export function storeWord(thread: CoreThread, ptr: number, value: number): void {
  thread.words[ptr >>> 2] = value
}

export function storeLong(thread: CoreThread, ptr: number, value: bigint): void {
  thread.limbs[ptr >>> 3] = value
}

/** Puts a location's key parts into the scratch: address 20 bytes, slot key 32 bytes. */
export function setAddress(thread: CoreThread, address: Uint8Array): void {
  thread.bytes.set(address, thread.scratch + SCRATCH_ADDRESS)
}

export function setKey(thread: CoreThread, key: Uint8Array): void {
  writeReversed(thread, thread.scratch + SCRATCH_KEY, key)
}

/** Puts an unsigned or two's complement 256-bit number into the scratch's value. */
export function setValue(thread: CoreThread, value: bigint): void {
  writeBigInt(thread, thread.scratch + SCRATCH_VALUE, value)
}

export function setBound(thread: CoreThread, value: bigint): void {
  writeBigInt(thread, thread.scratch + SCRATCH_BOUND, value)
}

/** The same from 32 big-endian bytes. */
export function setValueBytes(thread: CoreThread, value: Uint8Array): void {
  writeReversed(thread, thread.scratch + SCRATCH_VALUE, value)
}

/** The unsigned 256-bit number in the scratch's value. */
export function value(thread: CoreThread): bigint {
  return readBigInt(thread, thread.scratch + SCRATCH_VALUE)
}

/** The scratch's value as 32 big-endian bytes, copied. */
export function valueBytes(thread: CoreThread): Uint8Array {
  return readReversed(thread, thread.scratch + SCRATCH_VALUE)
}

export function readBigInt(thread: CoreThread, ptr: number): bigint {
  const at = ptr >>> 3
  const low = thread.limbs[at] as bigint
  const second = thread.limbs[at + 1] as bigint
  const upper = (thread.limbs[at + 2] as bigint) | (thread.limbs[at + 3] as bigint)
  if (upper === 0n) return second === 0n ? low : (second << LIMB_BITS) | low
  const third = thread.limbs[at + 2] as bigint
  const fourth = thread.limbs[at + 3] as bigint
  return (((((fourth << LIMB_BITS) | third) << LIMB_BITS) | second) << LIMB_BITS) | low
}

export function writeBigInt(thread: CoreThread, ptr: number, value: bigint): void {
  const at = ptr >>> 3
  if (value >= 0n && value <= UINT64_MAX) {
    thread.limbs[at] = value
    thread.limbs.fill(0n, at + 1, at + 4)
    return
  }
  let rest = BigInt.asUintN(256, value)
  for (let limb = 0; limb < 4; limb++) {
    thread.limbs[at + limb] = rest & UINT64_MAX
    rest >>= LIMB_BITS
  }
}

export function readReversed(thread: CoreThread, ptr: number): Uint8Array {
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) bytes[i] = thread.bytes[ptr + 31 - i] as number
  return bytes
}

export function writeReversed(thread: CoreThread, ptr: number, bytes: Uint8Array): void {
  for (let i = 0; i < 32; i++) thread.bytes[ptr + i] = bytes[31 - i] as number
}
