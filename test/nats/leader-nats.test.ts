/** A leader's process that publishes to NATS, and a follower and a watcher that have nothing else. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { startLeader } from '../kit/leader-life.ts'
import type { NatsServer } from '../kit/nats-server.ts'
import { NATS_SERVER, startNatsServer } from '../kit/nats-server.ts'
import type { RunningCommand } from '../kit/run-command.ts'
import { runCommand, startCommand } from '../kit/run-command.ts'

describeWithData('a leader beside NATS', NATS_SERVER, () => {
  const datadir = mkdtempSync(join(tmpdir(), 'shredcast-leader-nats-'))
  let server: NatsServer
  let stream: string

  beforeAll(async () => {
    server = await startNatsServer()
    stream = `${server.url}/frames`
  })
  afterAll(async () => {
    await server.remove()
    rmSync(datadir, { recursive: true, force: true })
  })

  const startLife = () => {
    const args = ['--demo', '100', '--block-time', '200', '--stream-port', '0']
    return startLeader({ datadir, args: [...args, '--publish', stream] })
  }
  const verified = (follower: RunningCommand, number: number) => {
    return follower.line(new RegExp(`"number":${number},.*"verified":true`))
  }

  it('is followed from its first message, over its own end and that of NATS', async () => {
    const first = startLife()
    const { leaderKey } = await first.ready
    const watched = runCommand('watch', ['--source', stream, '--count', '3', '--json'])
    const args = [
      '--source',
      stream,
      '--leader-key',
      leaderKey,
      '--no-http',
      '--workers',
      '1',
      '--json',
    ]
    const follower = startCommand('follower', args)
    await verified(follower, 3)
    expect((await watched).stdout.match(/"type":"shred"/g)).toHaveLength(3)
    await first.kill()
    const second = startLife()
    const { block } = await second.ready
    await verified(follower, block + 2)
    await server.kill()
    await server.start()
    const line = await Promise.race([verified(follower, block + 8), second.ended])
    expect(line).toContain('"verified":true')
    const run = await second.stop()
    expect(run.code).toBe(0)
    const sealed = run.stdout
      .match(/"sealed","number":(\d+)/g)
      ?.at(-1)
      ?.match(/\d+/)?.[0]
    await verified(follower, Number(sealed))
    follower.signal('SIGINT')
    expect(await follower.ended).toMatchObject({ code: 0 })
  })

  it('is wrong usage where no stream, or two, are named', async () => {
    expect((await runCommand('watch', [])).code).toBe(2)
    expect((await runCommand('watch', ['ws://127.0.0.1:1', '--source', stream])).code).toBe(2)
    expect(
      (await runCommand('follower', ['--leader', 'ws://127.0.0.1:1', '--source', stream])).code,
    ).toBe(2)
    const bad = await runCommand('leader', ['--publish', 'nats://127.0.0.1/a.b', '--no-http'])
    expect(bad.code).toBe(1)
    expect(bad.stderr).toMatch(/^error: not the address of a NATS stream/)
  })
})
