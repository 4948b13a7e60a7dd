/**
 * A map that forgets what has not been asked for lately: two generations, of which the older is
 * dropped when the younger is full. An entry that is asked for moves to the younger one.
 */

export class GenerationalMap<Value> {
  readonly #generationMax: number
  #young = new Map<number, Value>()
  #old = new Map<number, Value>()

  /** Holds at most twice `generationMax` entries. */
  constructor(generationMax: number) {
    this.#generationMax = generationMax
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: number): Value | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old === undefined) return undefined
    this.#old.delete(key)
    this.set(key, old)
    return old
  }

  set(key: number, value: Value): void {
    if (this.#young.size >= this.#generationMax && !this.#young.has(key)) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
