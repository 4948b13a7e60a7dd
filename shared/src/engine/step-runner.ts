/** Runs the steps of a block in a worker thread. */
export interface StepRunner {
  /** Executes the step until it is published, or suspended behind a lower one. */
  execute(txIndex: number): Promise<void>
}
