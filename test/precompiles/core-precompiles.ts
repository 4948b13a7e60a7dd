/**
 * The precompiles of the core by themselves (`shared/assembly/precompiles.ts`), with the host's part
 * behind them, as a worker runs them.
 */

import { readFile } from 'node:fs/promises'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { HARDFORKS } from '@shredcast/shared/chain/hardforks'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import { createMemory } from '@shredcast/shared/engine/core'
import { createHostPrecompiles } from '@shredcast/shared/engine/precompiles/host-precompiles'
import { LibraryNeededError } from '@shredcast/shared/engine/precompiles/library'
import { HEAP_BYTES } from '@shredcast/shared/layout/control'
import { ENV_REVISION } from '@shredcast/shared/layout/environment'
import { CONTROL_OFFSET, ENV_OFFSET } from '@shredcast/shared/layout/memory-map'

/** Exports of `assembly/precompiles.ts`. */
interface PrecompileExports {
  initThread(index: number): number
  memoryBase(): number
  memoryEnd(): number
  precompileAt(address: number): number
  runPrecompile(
    number: number,
    input: number,
    inputBytes: number,
    gas: bigint,
    workspace: number,
  ): bigint
  precompileOutput(): number
  precompileOutputBytes(): number
}

const WORKER_HEAP_BYTES = 16 * 2 ** 20
const ADDRESS_BYTES = 20
/** What stands behind an input, so that reading beyond its end shows. */
const BEHIND_INPUT = 0xa5
const BEHIND_INPUT_BYTES = 4096

export interface PrecompileOutcome {
  readonly gasUsed: bigint
  /** Undefined when the precompile failed, which costs all gas. */
  readonly output: Uint8Array | undefined
}

/** The worker's heap has no room for what a precompile asks for. */
export class HeapFullError extends Error {}

export class CorePrecompiles {
  readonly #exports: PrecompileExports
  readonly #bytes: Uint8Array
  readonly #view: DataView

  private constructor(exports: PrecompileExports, memory: WebAssembly.Memory) {
    this.#exports = exports
    this.#bytes = new Uint8Array(memory.buffer)
    this.#view = new DataView(memory.buffer)
    this.#view.setUint32(CONTROL_OFFSET + HEAP_BYTES, WORKER_HEAP_BYTES, true)
    exports.initThread(0)
  }

  static async open(build: CoreBuild): Promise<CorePrecompiles> {
    const url = import.meta.resolve('@shredcast/shared/engine/core')
    const file = new URL(`../../build/precompiles.${build}.wasm`, url)
    const memory = createMemory()
    const heapFull = () => {
      throw new HeapFullError()
    }
    const abort = () => {
      throw new Error('an assertion of the core failed')
    }
    const imports = {
      env: { memory, heapFull, abort, halted: abort, precompile: createHostPrecompiles(memory) },
    }
    const { instance } = await WebAssembly.instantiate(await readFile(file), imports)
    return new CorePrecompiles(instance.exports as unknown as PrecompileExports, memory)
  }

  /** The number at an address in `fork`, 0 for none. */
  at(fork: Hardfork, address: Uint8Array): number {
    const place = this.#exports.memoryBase()
    this.#view.setUint32(ENV_OFFSET + ENV_REVISION, HARDFORKS.indexOf(fork), true)
    this.#bytes.set(address, place)
    return this.#exports.precompileAt(place)
  }

  /** Undefined when the fork has no precompile of this number. */
  async run(
    fork: Hardfork,
    number: number,
    input: Uint8Array,
    gas: bigint,
  ): Promise<PrecompileOutcome | undefined> {
    const found = this.at(fork, addressOf(number))
    if (found === 0) return undefined
    while (true) {
      try {
        return this.#runOnce(found, input, gas)
      } catch (error) {
        if (!(error instanceof LibraryNeededError)) throw error
        await error.load()
      }
    }
  }

  #runOnce(number: number, input: Uint8Array, gas: bigint): PrecompileOutcome {
    // At every alignment, as a contract's memory has it.
    const place = this.#exports.memoryBase() + (input.length % 8)
    const workspace = place + input.length
    this.#bytes.set(input, place)
    this.#bytes.fill(BEHIND_INPUT, workspace, workspace + BEHIND_INPUT_BYTES)
    const left = this.#exports.runPrecompile(number, place, input.length, gas, workspace)
    if (left < 0n) return { gasUsed: gas, output: undefined }
    const output = this.#exports.precompileOutput()
    const bytes = this.#exports.precompileOutputBytes()
    return { gasUsed: gas - left, output: this.#bytes.slice(output, output + bytes) }
  }
}

export function addressOf(number: number): Uint8Array {
  const address = new Uint8Array(ADDRESS_BYTES)
  address[18] = number >> 8
  address[19] = number & 0xff
  return address
}
