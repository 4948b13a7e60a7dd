/** A progress bar on a terminal for work that takes longer than a second; else nothing. */

import { SingleBar } from 'cli-progress'

const SHOW_AFTER_MS = 1000

export interface Progress {
  /** A line on stdout, above the bar. */
  print(line: string): void
  advance(): void
  /** So much of the total is done. */
  reach(done: number): void
  stop(): void
}

/** `unit` stands behind the numbers. */
export function createProgress(
  name: string,
  total: number,
  isEnabled: boolean,
  unit = '',
): Progress {
  const format = `${name} [{bar}] {value}/{total}${unit}  {duration_formatted}, {eta_formatted} left`
  const bar = new SingleBar({ format, clearOnComplete: true, hideCursor: true, noTTYOutput: false })
  const startedMs = performance.now()
  let done = 0
  let isShown = false
  const isDue = () =>
    isEnabled && process.stderr.isTTY === true && performance.now() - startedMs > SHOW_AFTER_MS
  const reach = (reached: number) => {
    done = reached
    if (!isShown && isDue()) {
      isShown = true
      bar.start(total, done)
    }
    if (isShown) bar.update(done)
  }
  return {
    print(line) {
      if (isShown) process.stderr.write('\r\x1b[K')
      process.stdout.write(`${line}\n`)
    },
    advance: () => reach(done + 1),
    reach,
    stop() {
      if (isShown) bar.stop()
    },
  }
}
