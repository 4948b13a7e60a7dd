/**
 * The core as the host sees it: the compiled module, the one shared memory, and an instance for each
 * thread. Instances share nothing but the memory; an instance's globals are its thread's own.
 */

import { readFile } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'
import { MEMORY_PAGES } from '../layout/memory-map.ts'
import { BaseError } from '../primitives/base-error.ts'
import { createHostPrecompiles } from './precompiles/host-precompiles.ts'

/** `debug` checks the core's assertions and is the build that most tests use. */
export type CoreBuild = 'release' | 'debug'

/** Exports of `assembly/index.ts`; pointers and counts are u32, gas is u64. */
export interface CoreExports {
  initThread(index: number): number
  nextTask(isInside: boolean): number
  pollTask(): number
  /** Executes a step on the core's own EVM; 1: its sender has to be settled first. */
  executeStep(txIndex: number): number
  executingStep(): number
  useLargeHeap(isUsed: boolean): void
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
  /** Evicts all but `limitBytes` of locations; returns how many accounts and slots went. */
  evictState(limitBytes: number): number
  appendTx(txIndex: number, flags: number, input: number, bytes: number): number
  publishTxs(count: number): void
  allowExecution(count: number): void
  applyBlock(): void
  stop(reason: number, txIndex: number): void
  setBase(kind: number): void
  getBase(kind: number): void
  /** What step `txIndex` sees, below which all is committed; 0: that is the reader's to say. */
  readCommitted(txIndex: number, kind: number): number
  /** The thread of calls alone (assembly/transaction/call.ts); 0 from `executeCall` is a fault. */
  becomeCallThread(): void
  enterGate(): void
  leaveGate(): void
  beginCall(): void
  overrideValue(kind: number): void
  overrideCode(code: number, length: number): void
  allocateCall(bytes: number): number
  executeCall(message: number, sender: number): number
  declareBegin(txIndex: number): void
  declareRead(txIndex: number, kind: number): void
  declareWrite(txIndex: number, kind: number): void
  declareDelta(txIndex: number, kind: number): void
  declareEnd(txIndex: number): void
  /** The sparse trie (assembly/trie); all but `trieTask` and the helpers by the host alone. */
  resetTrie(): void
  stage(slotCount: number): number
  publishStaged(staged: number): void
  resetStage(): void
  beginRoot(): void
  finishRoot(): void
  /** 1 when no computation is running. */
  isRootDone(): number
  /** 0: a worker is at a task ahead of the root. */
  pauseAhead(): number
  resumeAhead(): void
  beginFedBlock(): void
  /** 1 when the trie has all changes of the first `count` steps of the block. */
  hasFed(count: number): number
  /** Any thread; 0: another one holds the lane. */
  trieTask(phase: number, index: number): number
  helpUntilExit(): void
  endHelp(): void
  missingCountOf(lane: number): number
  clearMissing(lane: number): void
  reveal(): number
  openTrie(): number
  accountLeaf(key: number): number
  slotLeaf(account: number, key: number): number
  proveAccount(key: number): number
  proveSlot(account: number, key: number): number
  beginWriteOut(): void
  writeLane(lane: number): number
  writeTop(): number
  endWriteOut(): void
  trieBytes(): bigint
  pruneTrie(limitBytes: bigint): void
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

/** Not a fault: the execution needs the large heap, and is started again there. */
export class HeapFullError extends BaseError {
  override readonly name = 'Engine.HeapFullError'

  constructor() {
    super("a worker's heap has no room for the execution")
  }
}

/** An assertion of the debug build failed. */
export class CoreAssertionError extends BaseError {
  override readonly name = 'Engine.CoreAssertionError'
}

/**
 * Compiles the core once; the module is passed to all workers. V8's baseline compiler is kept away:
 * its code sometimes lost a local variable of the worker's loop (Node 20.20, seen once in about 30
 * starts on a busy machine), and a long first execution would stay in it to the end.
 */
export async function compileCore(build: CoreBuild): Promise<WebAssembly.Module> {
  setFlagsFromString('--no-liftoff')
  const file = new URL(`../../build/core.${build}.wasm`, import.meta.url)
  return WebAssembly.compile(await readFile(file))
}

/** Address space for the whole map; the kernel commits pages as they are touched. */
export function createMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: MEMORY_PAGES, maximum: MEMORY_PAGES, shared: true })
}

/** What the core reports of instructions, where it is asked to: see assembly/interpreter/watch.ts. */
export type HostTrace = (
  ...report: [
    end: number,
    frame: number,
    pc: number,
    op: number,
    sp: number,
    gas: bigint,
    refund: bigint,
    data: number,
    dataBytes: number,
  ]
) => void

/** Loads what of the state is not cached; addresses as in assembly/stm/base.ts. */
export interface BaseLoads {
  loadAccount(address: number, out: number): void
  loadSlot(address: number, key: number, out: number): void
}

/** A thread without a reader came upon state that is not cached. */
export class StateNotLoadedError extends BaseError {
  override readonly name = 'Engine.StateNotLoadedError'

  constructor() {
    super('this thread cannot load state: it has no reader')
  }
}

const NO_LOADS: BaseLoads = {
  loadAccount(): never {
    throw new StateNotLoadedError()
  },
  loadSlot(): never {
    throw new StateNotLoadedError()
  },
}

const NS_PER_US = 1000n
const hostClockUs = () => Number(process.hrtime.bigint() / NS_PER_US)

/** What a thread's core calls, as far as it is not the same for all. */
export interface HostCalls {
  readonly trace?: HostTrace | undefined
  readonly loads?: BaseLoads | undefined
  /** Microseconds of a clock that all threads share. */
  readonly clockUs?: () => number
}

/** Instantiates the core for the calling thread; do so in all threads before any state is built. */
export function instantiateCore(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  { trace = () => {}, loads = NO_LOADS, clockUs = hostClockUs }: HostCalls = {},
): CoreExports {
  const instance = new WebAssembly.Instance(module, {
    env: {
      memory,
      precompile: createHostPrecompiles(memory),
      trace,
      clockUs,
      loadAccount: (address: number, out: number) => loads.loadAccount(address, out),
      loadSlot: (address: number, key: number, out: number) => loads.loadSlot(address, key, out),
      heapFull(): never {
        throw new HeapFullError()
      },
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
