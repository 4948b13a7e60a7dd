/** One row of a table for people: the first two columns are names, the others numbers. */

const NAME_COLUMNS = 2

export function tableRow(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column]!
      return column < NAME_COLUMNS ? cell.padEnd(width) : cell.padStart(width)
    })
    .join('  ')
}
