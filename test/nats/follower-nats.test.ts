/** A follower's process that publishes what it has verified, for a follower that has nothing else. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { startLeader } from '../kit/leader-life.ts'
import type { NatsServer } from '../kit/nats-server.ts'
import { NATS_SERVER, startNatsServer } from '../kit/nats-server.ts'
import type { CommandRun, RunningCommand } from '../kit/run-command.ts'
import { runCommand, startCommand } from '../kit/run-command.ts'

describeWithData('a follower beside NATS', NATS_SERVER, () => {
  const folder = mkdtempSync(join(tmpdir(), 'shredcast-follower-nats-'))
  const closers: (() => unknown)[] = []
  let server: NatsServer
  let stream: string

  beforeAll(async () => {
    server = await startNatsServer()
    stream = `${server.url}/relayed`
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  afterAll(async () => {
    await server.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  function start(args: readonly string[]): RunningCommand {
    const command = startCommand('follower', [...args, '--workers', '1', '--json'])
    closers.push(() => end(command, 'SIGKILL'))
    return command
  }

  function end(command: RunningCommand, by: NodeJS.Signals): Promise<CommandRun> {
    command.signal(by)
    return command.ended
  }

  it('brings the stream to another one, over its own end and that of NATS', async () => {
    const args = ['--demo', '100', '--block-time', '200', '--stream-port', '0']
    const leader = startLeader({ datadir: join(folder, 'leader'), args })
    closers.push(leader.kill)
    const { stream: leaderUrl, leaderKey } = await leader.ready
    const startPublisher = () => {
      const kept = ['--datadir', join(folder, 'publisher'), '--no-http']
      return start(['--leader', leaderUrl, ...kept, '--publish', stream])
    }
    const first = startPublisher()
    expect(JSON.parse(await first.line(/"serving"/))).toEqual({ type: 'serving', publish: stream })
    const reader = start(['--source', stream, '--leader-key', leaderKey, '--no-http'])
    const verified = async (by: RunningCommand, number: number) => {
      await by.line(new RegExp(`"number":${number},.*"verified":true`))
    }
    await verified(reader, 3)
    await end(first, 'SIGKILL')
    const second = startPublisher()
    const { number } = JSON.parse(await second.line(/"type":"block"/))
    await verified(reader, number)
    await server.kill()
    await verified(second, number + 5)
    await server.start()
    await verified(reader, number + 8)
    const { stdout } = await leader.stop()
    const sealed = JSON.parse(stdout.trim().split('\n').at(-1)!)
    await verified(reader, sealed.number)
    expect(await end(reader, 'SIGINT')).toMatchObject({ code: 0 })
    expect(await end(second, 'SIGINT')).toMatchObject({ code: 0 })
  }, 300_000)

  it('does not publish to where it reads from, or what it does not keep in order', async () => {
    const own = await runCommand('follower', ['--source', stream, '--publish', stream])
    expect(own).toMatchObject({ code: 2 })
    expect(own.stderr).toContain('--publish is the stream of --source')
    const fixtures = ['--source', stream, '--fixtures', 'nowhere', '--publish', `${server.url}/b`]
    expect(await runCommand('follower', fixtures)).toMatchObject({ code: 2 })
  })
})
