/** The undo log of one execution: how to take back each change of value, newest first. */

/** Puts back the value that a change replaced. */
export type UndoStep = () => void

export class UndoLog {
  readonly #steps: UndoStep[] = []
  /** Length of the log at each open checkpoint, outermost first. */
  readonly #checkpoints: number[] = []

  push(step: UndoStep): void {
    this.#steps.push(step)
  }

  checkpoint(): void {
    this.#checkpoints.push(this.#steps.length)
  }

  /** Closes the innermost checkpoint; its changes now belong to the one around it. */
  commit(): void {
    this.#checkpoints.pop()
  }

  /** Closes the innermost checkpoint and takes back its changes. */
  revert(): void {
    this.#undoTo(this.#checkpoints.pop() ?? 0)
  }

  /** Takes back everything, whatever checkpoints are open. */
  rewind(): void {
    this.#checkpoints.length = 0
    this.#undoTo(0)
  }

  #undoTo(length: number): void {
    while (this.#steps.length > length) this.#steps.pop()?.()
  }
}
