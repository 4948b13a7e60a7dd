/** What a process says on stderr: objects of its log, and lines of errors. */

export type LogLine = Readonly<Record<string, unknown>>

/** The objects; every line must be one. */
export function logLines(stderr: string): LogLine[] {
  return linesOf(stderr).map((line) => JSON.parse(line) as LogLine)
}

/** The message of each object, and every other line as it is. */
export function logMessages(stderr: string): string[] {
  return linesOf(stderr).map((line) => {
    return line.startsWith('{') ? String((JSON.parse(line) as LogLine).msg) : line
  })
}

function linesOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '')
}
