/**
 * The work of `npm start`: starts leader, follower and subscriber as processes of their own and
 * prints what each of them tells, as it comes.
 */

import type { ChildCommand, JsonLine } from './child-command.ts'
import { startCommand, startUntilReady } from './child-command.ts'
import { DemoTable } from './demo-table.ts'

export interface DemoOptions {
  readonly rate: number
  readonly blocks?: number
  readonly workers: number
  readonly streamPort: number
  readonly httpPort: number
}

/** Runs until the signal fires, or so many blocks are verified, or a process fails. */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const table = new DemoTable((line) => process.stdout.write(`${line}\n`))
  const children: ChildCommand[] = []
  try {
    const workers = ['--workers', String(options.workers)]
    const traffic = ['--dev', '--demo', String(options.rate)]
    const { streamPort, httpPort } = options
    const ports = ['--stream-port', String(streamPort), '--http-port', String(httpPort)]
    const onLeader = (line: JsonLine) => table.fromLeader(line)
    const leader = await startUntilReady('leader', [...traffic, ...workers, ...ports], onLeader)
    children.push(leader.command)
    const url = String(leader.ready.stream)
    const key = ['--leader-key', String(leader.ready.leaderKey)]
    table.started(url, String(leader.ready.rpc))

    let finish = () => {}
    const finished = new Promise<void>((resolve) => {
      finish = resolve
    })
    const onFollower = (line: JsonLine) => {
      table.fromFollower(line)
      if (table.verifiedBlocks === options.blocks) finish()
    }
    const follower = ['--dev', '--leader', url, ...key, ...workers, '--no-http']
    children.push(startCommand('follower', follower, onFollower))
    const watch = [url, '--from-seq', '0', ...key]
    children.push(startCommand('watch', watch, (line) => table.fromSubscriber(line)))

    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
    await Promise.race([finished, ...children.map((child) => child.ended)])
  } finally {
    // The leader last: its end is the end of the stream that the others read.
    for (const child of children.reverse()) await child.stop()
    table.finish()
  }
}
