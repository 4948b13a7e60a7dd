/**
 * Keeps what the EVM's interpreter finds out about a code. It scans the whole code of every frame that
 * jumps for jump destinations and push values, which took a third of the time on mainnet blocks; but
 * the result depends on nothing but the code and the fork's opcodes.
 */

import type { Interpreter } from './interpreter-prototype.ts'
import { INTERPRETER_PROTOTYPE } from './interpreter-prototype.ts'

/** Code bytes analysed for one EVM before all is forgotten; each costs about 40 bytes of memory. */
const CACHE_BYTES = 4 * 1024 * 1024

/** The analyses for one EVM, whose opcodes never change. Code is told apart by identity. */
class AnalysisCache {
  #byCode = new WeakMap<Uint8Array, object>()
  #bytes = 0

  get(code: Uint8Array, analyse: () => object): object {
    const known = this.#byCode.get(code)
    if (known !== undefined) return known
    if (this.#bytes > CACHE_BYTES) {
      this.#byCode = new WeakMap()
      this.#bytes = 0
    }
    const analysis = analyse()
    this.#byCode.set(code, analysis)
    this.#bytes += code.length
    return analysis
  }
}

const caches = new WeakMap<object, AnalysisCache>()

/** To be called once, before any EVM runs. */
export function keepJumpAnalyses(): void {
  const analyseJumps = INTERPRETER_PROTOTYPE._getValidJumpDestinations
  INTERPRETER_PROTOTYPE._getValidJumpDestinations = function (this: Interpreter, code) {
    let cache = caches.get(this._evm)
    if (cache === undefined) {
      cache = new AnalysisCache()
      caches.set(this._evm, cache)
    }
    return cache.get(code, () => analyseJumps.call(this, code))
  }
}
