/** What a leader has sealed, by the lines that it prints of its blocks. */

export interface Work {
  readonly txs: number
  readonly gasUsed: number
}

export class SealedBlocks {
  readonly #blocks = new Map<number, Work>()
  #head = 0

  get head(): number {
    return this.#head
  }

  add(number: number, work: Work): void {
    this.#blocks.set(number, work)
    this.#head = number
  }

  /** Of all blocks from the first to `number`. */
  upTo(number: number): Work {
    let [txs, gasUsed] = [0, 0]
    for (const [sealed, work] of this.#blocks) {
      if (sealed > number) continue
      txs += work.txs
      gasUsed += work.gasUsed
    }
    return { txs, gasUsed }
  }
}
