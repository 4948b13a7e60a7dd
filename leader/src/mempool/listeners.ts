/** Those who want to hear of something, in the order they came. */

export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  /** Returns what ends it. */
  add(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }
}
