/** The nodes that `bench live` compares, each in a process of its own, fresh for each round. */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { RpcConnection } from './rpc-connection.ts'

export interface NodeProcess {
  readonly url: string
  /** Bytes of memory that it holds now, those of its threads included. */
  residentBytes(): Promise<number>
  close(): Promise<void>
}

/** One of the sides of the comparison. */
export interface NodeKind {
  readonly name: string
  /** Else a transaction waits for a clock, and a steady load only measures that. */
  readonly answersAtOnce: boolean
  start(): Promise<NodeProcess>
}

/** The node did not come up, or not in the form that was expected. */
export class NodeStartError extends BaseError {
  override readonly name = 'Bench.NodeStartError'
}

const ROOT = join(import.meta.dirname, '../../../..')
const START_LIMIT_MS = 60_000
const POLL_MS = 100

/** Room for a second of any load in one block; the peers mine what fits into a block a second. */
const PEER_GAS_LIMIT = '2000000000'

export function shredcastNode(workers: number): NodeKind {
  return {
    name: 'shredcast',
    answersAtOnce: true,
    start: () =>
      startNode('shredcast', (port) => [
        process.execPath,
        // As `npm run leader` has it.
        '--max-semi-space-size=64',
        join(ROOT, 'leader/dist/cli/leader.js'),
        ...['--dev', '--workers', String(workers), '--stream-port', '0'],
        ...['--http-port', String(port), '--json'],
      ]),
  }
}

/** `binary` is anvil's; with a block time it mines by the clock, else it mines each transaction. */
export function anvilNode(binary: string, blockSeconds?: number): NodeKind {
  const name = blockSeconds === undefined ? 'anvil' : `anvil, ${blockSeconds} s`
  const interval = blockSeconds === undefined ? [] : ['--block-time', String(blockSeconds)]
  return {
    name,
    answersAtOnce: blockSeconds === undefined,
    start: () =>
      startNode(name, (port) => [
        binary,
        ...['--port', String(port), '--silent', '--gas-limit', PEER_GAS_LIMIT, ...interval],
      ]),
  }
}

/** `folder` has a project with hardhat installed. */
export function hardhatNode(folder: string): NodeKind {
  return {
    name: 'hardhat',
    answersAtOnce: true,
    start: () =>
      startNode(
        'hardhat',
        (port) => [join(folder, 'node_modules/.bin/hardhat'), 'node', '--port', String(port)],
        folder,
      ),
  }
}

async function startNode(
  name: string,
  command: (port: number) => readonly string[],
  cwd = ROOT,
): Promise<NodeProcess> {
  const port = await freePort()
  const [program, ...args] = command(port)
  const child = spawn(program!, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-2000)
  })
  child.on('error', (error) => {
    complaint = error.message
  })
  const url = `http://127.0.0.1:${port}`
  const connection = new RpcConnection(url, 1)
  try {
    await answers(connection, child, () => new NodeStartError(`${name}: ${complaint}`))
  } finally {
    connection.close()
  }
  return {
    url,
    residentBytes: () => residentBytes(child.pid!),
    close: () => stop(child),
  }
}

async function answers(
  connection: RpcConnection,
  child: ChildProcess,
  failure: () => Error,
): Promise<void> {
  const limitMs = performance.now() + START_LIMIT_MS
  while (performance.now() < limitMs) {
    if (child.exitCode !== null) throw failure()
    try {
      await connection.call('eth_chainId', [])
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }
  child.kill('SIGKILL')
  throw failure()
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve()
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  return ended.finally(() => clearTimeout(killer))
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve((address as { port: number }).port))
    })
  })
}
