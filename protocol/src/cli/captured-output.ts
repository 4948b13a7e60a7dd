/** What a command prints, for tests: it is kept in place of being written. */

export interface CapturedOutput {
  readonly stdout: string
  readonly stderr: string
  /** From now on the process writes again. */
  release(): void
}

export function captureOutput(): CapturedOutput {
  const stdout = capture(process.stdout)
  const stderr = capture(process.stderr)
  return {
    get stdout() {
      return stdout.text
    },
    get stderr() {
      return stderr.text
    },
    release() {
      stdout.release()
      stderr.release()
    },
  }
}

function capture(stream: NodeJS.WriteStream) {
  const { write } = stream
  const captured = {
    text: '',
    release() {
      stream.write = write
    },
  }
  stream.write = (text: string | Uint8Array) => {
    captured.text += String(text)
    return true
  }
  return captured
}

/** Runs it as a process with these arguments would. */
export async function runWithArguments(
  words: readonly string[],
  run: () => Promise<void>,
): Promise<void> {
  const { argv } = process
  process.argv = ['node', 'test', ...words]
  try {
    await run()
  } finally {
    process.argv = argv
  }
}
