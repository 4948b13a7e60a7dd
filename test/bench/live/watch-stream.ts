/** Runs the subscriber's process. */

import { fork } from 'node:child_process'
import { once } from 'node:events'

export interface StreamWatch {
  /** Ends it; ages of all shreds at their receipt, in milliseconds. */
  end(): Promise<readonly number[]>
}

export async function watchStream(url: string): Promise<StreamWatch> {
  const child = fork(new URL('watch-process.js', import.meta.url))
  child.send(url)
  await once(child, 'message')
  return {
    async end() {
      child.send('end')
      const [agesMs] = await once(child, 'message')
      return agesMs as number[]
    },
  }
}
