/**
 * Keeps what the EVM's interpreter finds out about a code. It scans the whole code of every frame that
 * jumps for jump destinations and push values, which took a third of the time on mainnet blocks; but
 * the result depends on nothing but the code and the fork's opcodes. The package does not export the
 * interpreter, so its module is found beside the package's entry.
 */

import { assert } from '../../primitives/assert.ts'

/** What the interpreter asks of a code, with the names it has there. */
interface JumpAnalysis {
  readonly jumps: Uint8Array
  readonly pushes: Readonly<Record<number, bigint>>
  readonly opcodesCached: readonly unknown[]
}

interface Interpreter {
  readonly _evm: object
  _getValidJumpDestinations(code: Uint8Array): JumpAnalysis
}

/** Code bytes analysed for one EVM that are kept before all is forgotten; each costs about 40. */
const CACHE_BYTES = 4 * 1024 * 1024

/** The analyses for one EVM, whose opcodes never change. */
class AnalysisCache {
  #byCode = new WeakMap<Uint8Array, JumpAnalysis>()
  #bytes = 0

  get(code: Uint8Array, analyse: () => JumpAnalysis): JumpAnalysis {
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

async function loadInterpreter(): Promise<Interpreter> {
  const url = new URL('./interpreter.js', import.meta.resolve('@ethereumjs/evm'))
  const module: { Interpreter?: { prototype: Interpreter } } = await import(url.href)
  assert(
    typeof module.Interpreter?.prototype._getValidJumpDestinations === 'function',
    '@ethereumjs/evm has an interpreter that analyses jumps',
  )
  return module.Interpreter.prototype
}

const interpreter = await loadInterpreter()
const analyseJumps = interpreter._getValidJumpDestinations

interpreter._getValidJumpDestinations = function (this: Interpreter, code: Uint8Array) {
  let cache = caches.get(this._evm)
  if (cache === undefined) {
    cache = new AnalysisCache()
    caches.set(this._evm, cache)
  }
  return cache.get(code, () => analyseJumps.call(this, code))
}
