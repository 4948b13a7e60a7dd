/**
 * The core as the host sees it: the compiled module, the one shared memory, and an instance for each
 * thread. Instances share nothing but the memory; an instance's globals are its thread's own.
 */

import { readFile } from 'node:fs/promises'
import { MEMORY_PAGES } from '../layout/memory-map.ts'
import { BaseError } from '../primitives/base-error.ts'

/** `debug` checks the core's assertions and is the build that most tests use. */
export type CoreBuild = 'release' | 'debug'

/** Exports of `assembly/index.ts`; pointers and counts are u32, gas is u64. */
export interface CoreExports {
  initThread(index: number): number
  nextTask(isInside: boolean): number
  pollTask(): number
  beginExecution(txIndex: number): void
  read(kind: number): number
  expect(kind: number): void
  writeAbsolute(kind: number): void
  writeDelta(kind: number): void
  blockOn(blockingTx: number): number
  finish(
    outcome: number,
    reason: number,
    logCount: number,
    gasUsed: bigint,
    output: number,
    outputBytes: number,
    eager: number,
  ): void
  allocateOutput(bytes: number): number
  allocateInput(bytes: number): number
  allocateCode(length: number): number
  findCode(hash: number): number
  publishCode(code: number): number
  senderSettled(txIndex: number, state: number, gasLimit: bigint, blobGas: number): void
  lockGate(): number
  unlockGate(): void
  resetBlock(schedule: number, gasLimit: bigint, blobGasLimit: bigint): void
  dropState(): void
  appendTx(txIndex: number, flags: number, input: number, bytes: number): number
  publishTxs(count: number): void
  allowExecution(count: number): void
  applyBlock(): void
  stop(reason: number, txIndex: number): void
  setBase(kind: number): void
  getBase(kind: number): void
  declareBegin(txIndex: number): void
  declareRead(txIndex: number, kind: number): void
  declareWrite(txIndex: number, kind: number, isDelta: boolean): void
  declareEnd(txIndex: number): void
}

/** The core stopped this thread; the reason (HALT_*) stands in the control region too. */
export class CoreHaltedError extends BaseError {
  override readonly name = 'Engine.CoreHaltedError'
  readonly reason: number

  constructor(reason: number) {
    super(`the core stopped: halt reason ${reason}`)
    this.reason = reason
  }
}

/** An assertion of the debug build failed. */
export class CoreAssertionError extends BaseError {
  override readonly name = 'Engine.CoreAssertionError'
}

/** Compiles the core once; the module is passed to all workers. */
export async function compileCore(build: CoreBuild): Promise<WebAssembly.Module> {
  const file = new URL(`../../build/core.${build}.wasm`, import.meta.url)
  return WebAssembly.compile(await readFile(file))
}

/** Address space for the whole map; the kernel commits pages as they are touched. */
export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true })
}

/** Instantiates the core for the calling thread; do so in all threads before any state is built. */
export function instantiateCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): CoreExports {
  const instance = new WebAssembly.Instance(module, {
    env: {
      memory,
      halted(reason: number): never {
        throw new CoreHaltedError(reason)
      },
      abort(message: number, file: number, line: number): never {
        const where = `${textAt(memory, file)}:${line}`
        throw new CoreAssertionError(`the core asserts: ${textAt(memory, message)} (${where})`)
      },
    },
  })
  return instance.exports as unknown as CoreExports
}

/** Text of the core's static data: UTF-16, its length in bytes in the u32 before it. */
function textAt(memory: WebAssembly.Memory, ptr: number): string {
  const view = new DataView(memory.buffer)
  const length = view.getUint32(ptr - 4, true)
  let text = ''
  for (let i = 0; i < length; i += 2) text += String.fromCharCode(view.getUint16(ptr + i, true))
  return text
}
