/** What was made last, within a bound on its bytes: the oldest entry goes first. */

export class RecentCache<Key, Value> {
  readonly #maxBytes: number
  readonly #bytesOf: (value: Value) => number
  /** In the order they were made. */
  readonly #entries = new Map<Key, Value>()
  #byteLength = 0

  constructor(maxBytes: number, bytesOf: (value: Value) => number) {
    this.#maxBytes = maxBytes
    this.#bytesOf = bytesOf
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)
  }

  /** The newest entry stays, however large it is. */
  set(key: Key, value: Value): void {
    this.#remove(key)
    this.#entries.set(key, value)
    this.#byteLength += this.#bytesOf(value)
    for (const [oldKey] of this.#entries) {
      if (this.#byteLength <= this.#maxBytes || oldKey === key) return
      this.#remove(oldKey)
    }
  }

  #remove(key: Key): void {
    const value = this.#entries.get(key)
    if (value === undefined) return
    this.#entries.delete(key)
    this.#byteLength -= this.#bytesOf(value)
  }
}
