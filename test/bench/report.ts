/** How benchmarks print: a table with lines around it for people, or one JSON object a line. */

import { tableRow } from '@shredcast/leader/cli/table-row'
import type { Progress } from '@shredcast/protocol/cli/progress'
import { createProgress } from '@shredcast/protocol/cli/progress'
import { describeMachine } from './machine.ts'

/** One column of a table: its heading, its width, and a row's cell. */
export interface Column<Row> {
  readonly name: string
  readonly width: number
  readonly cell: (row: Row) => string
}

export class Report {
  readonly #isJson: boolean
  #progress: Progress | undefined

  /** Begins with a line about the machine. */
  constructor(options: { json?: boolean }, workers: number) {
    this.#isJson = options.json === true
    const machine = describeMachine(workers)
    this.line({ type: 'machine', ...machine }, machine.text)
  }

  /** The same in both forms. */
  line(json: object, text: string): void {
    this.#print(this.#isJson ? JSON.stringify(json) : text)
  }

  /** What programs that read the figures need not know. */
  note(text: string): void {
    if (!this.#isJson) this.#print(text)
  }

  /** Runs `action` with a bar that it advances; lines appear above the bar. */
  async withProgress<Result>(
    name: string,
    total: number,
    action: (advance: () => void) => Promise<Result>,
  ): Promise<Result> {
    const progress = createProgress(name, total, !this.#isJson)
    this.#progress = progress
    try {
      return await action(() => progress.advance())
    } finally {
      progress.stop()
      this.#progress = undefined
    }
  }

  /** Prints the heading; the returned function prints a row, as JSON with `type`. */
  table<Row extends object>(type: string, columns: readonly Column<Row>[]): (row: Row) => void {
    const widths = columns.map(({ width }) => width)
    const names = columns.map(({ name }) => name)
    this.note(tableRow(names, widths))
    return (row) => {
      const cells = columns.map(({ cell }) => cell(row))
      this.line({ type, ...row }, tableRow(cells, widths))
    }
  }

  #print(line: string): void {
    if (this.#progress === undefined) process.stdout.write(`${line}\n`)
    else this.#progress.print(line)
  }
}

const MISSING = '-'

export function milliseconds(timeMs: number | undefined): string {
  return timeMs === undefined ? MISSING : timeMs.toFixed(timeMs < 10 ? 2 : 1)
}

export function ratio(value: number | undefined): string {
  return value === undefined ? MISSING : value.toFixed(2)
}

/** Gas per microsecond is a million gas per second. */
export function mgasPerSecond(gasUsed: number, timeMs: number): number {
  return gasUsed / timeMs / 1000
}

export function rate(mgas: number | undefined): string {
  if (mgas === undefined) return MISSING
  return mgas.toFixed(mgas < 100 ? 1 : 0)
}
