/** Starts a process of the store's tests (`e2e/store-child.ts`) and takes what it prints. */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { limitedScript } from './run-command.ts'

const PROGRAM = join(import.meta.dirname, '../dist/e2e/store-child.js')

export type StoreChildMode = 'write' | 'write-disk' | 'fill' | 'hold' | 'read'

export interface StoreChildOptions {
  readonly mode: StoreChildMode
  readonly seed: number
  readonly paths: readonly string[]
  /** No file may become larger: past this a write fails, as it does on a full disk. */
  readonly fileBytes?: number
}

/** What the process says, one of them a line. */
export interface StoreChildLine {
  readonly ready?: true
  readonly seq?: number
  readonly block?: number
  readonly error?: string
  readonly append?: string | number
  readonly opening?: string
  readonly right?: number
  readonly hidden?: number
  readonly wrong?: number
  readonly errors?: Readonly<Record<string, number>>
}

export interface StoreChild {
  readonly process: ChildProcess
  /** All complete lines so far. */
  readonly lines: readonly StoreChildLine[]
  /** Resolves with the first line of which `wanted` is true; rejects when it ends before. */
  line(wanted: (line: StoreChildLine) => boolean): Promise<StoreChildLine>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>
}

export function startStoreChild(options: StoreChildOptions): StoreChild {
  const { mode, seed, paths, fileBytes } = options
  const args = [PROGRAM, mode, String(seed), ...paths]
  const child =
    fileBytes === undefined
      ? spawn(process.execPath, args)
      : spawn('sh', ['-c', limitedScript(fileBytes), process.execPath, ...args])
  const lines: StoreChildLine[] = []
  const watchers = new Set<() => void>()
  let rest = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts.map((line) => JSON.parse(line) as StoreChildLine))
    for (const look of watchers) look()
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<Awaited<StoreChild['ended']>>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stderr }))
  })
  const line: StoreChild['line'] = (wanted) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = lines.find(wanted)
        if (found === undefined) return
        watchers.delete(look)
        resolve(found)
      }
      watchers.add(look)
      look()
      ended.then(() => reject(new Error(`the process ended: ${stderr}`)), reject)
    })
  return { process: child, lines, line, ended }
}
