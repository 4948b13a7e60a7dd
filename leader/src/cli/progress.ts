/** A progress bar on a terminal for work that takes longer than a second; else nothing. */

import { SingleBar } from 'cli-progress'

const SHOW_AFTER_MS = 1000

export interface Progress {
  /** A line on stdout, above the bar. */
  print(line: string): void
  advance(): void
  stop(): void
}

export function createProgress(name: string, total: number, isEnabled: boolean): Progress {
  const format = `${name} [{bar}] {value}/{total}  {duration_formatted}, {eta_formatted} left`
  const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true, noTTYOutput: false })
  const startedMs = performance.now()
  let done = 0
  let isShown = false
  const isDue = () =>
    isEnabled && process.stderr.isTTY === true && performance.now() - startedMs > SHOW_AFTER_MS
  return {
    print(line) {
      if (isShown) process.stderr.write('\r\x1b[K')
      process.stdout.write(`${line}\n`)
    },
    advance() {
      done++
      if (!isShown && isDue()) {
        isShown = true
        bar.start(total, done)
      }
      if (isShown) bar.update(done)
    },
    stop() {
      if (isShown) bar.stop()
    },
  }
}
