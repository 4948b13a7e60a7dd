/** A NATS server with JetStream, as a test starts, stops and kills it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Where Debian's package puts it; suites that need it are skipped by name where it is absent. */
export const NATS_SERVER = '/usr/sbin/nats-server'

const READY_TIMEOUT_MS = 60_000

export interface NatsServer {
  readonly url: string
  /** SIGKILL. What it stored is there when it starts again. */
  kill(): Promise<void>
  /** On the same port and folder. */
  start(): Promise<void>
  /** Freezes it, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  /** Kills it and removes what it stored. */
  remove(): Promise<void>
}

export interface NatsServerOptions {
  /** Bytes of a message; default 1 MiB. */
  readonly maxPayload?: number
}

export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'shredcast-nats-'))
  const port = await freePort()
  const config = join(folder, 'server.conf')
  writeFileSync(
    config,
    options.maxPayload === undefined ? '' : `max_payload: ${options.maxPayload}\n`,
  )
  const args = ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port), '-c', config]
  const launch = () => spawn(NATS_SERVER, args, { stdio: 'ignore' })
  let child = launch()
  await listening(port)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  return {
    url: `nats://127.0.0.1:${port}`,
    kill,
    async start() {
      child = launch()
      await listening(port)
    },
    signal: (name) => {
      child.kill(name)
    },
    async remove() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function listening(port: number): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (await accepts(port)) return
    await setTimeout(20)
  }
  throw new Error(`nats-server does not listen on port ${port}`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
