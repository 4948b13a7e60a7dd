/** The README's example for dApps: it compiles as it stands, and prints what a leader does. */

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { startCommand } from '../kit/run-command.ts'

const ROOT = join(import.meta.dirname, '../..')
const TIMEOUT_MS = 300_000

function exampleOf(readme: string): string {
  const [, section] = readme.split('## For dApps\n')
  const code = /```ts\n(.*?)```/s.exec(section ?? '')?.[1]
  if (code === undefined) throw new Error('the README has no example for dApps')
  return code
}

/** JavaScript of the file; throws what the compiler complains of. */
function compile(file: string): string {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
  const options = { ...parsed.options, composite: false, declaration: false, declarationMap: false }
  const program = ts.createProgram([file], options)
  const complaints = ts.getPreEmitDiagnostics(program)
  if (complaints.length > 0) {
    const host = ts.createCompilerHost(options)
    throw new Error(ts.formatDiagnostics(complaints, host))
  }
  let code = ''
  program.emit(program.getSourceFile(file), (name, text) => {
    if (name.endsWith('.js')) code = text
  })
  return code
}

it('the example in the README compiles, and prints what happens', {
  timeout: TIMEOUT_MS,
}, async () => {
  const folder = mkdtempSync(join(import.meta.dirname, '../dist/readme-'))
  const ports = ['--stream-port', '0', '--http-port', '0']
  const leader = startCommand('leader', ['--dev', '--demo', '20', '--json', ...ports])
  try {
    const source = join(folder, 'example.ts')
    writeFileSync(source, exampleOf(readFileSync(join(ROOT, 'README.md'), 'utf8')))
    const code = compile(source)
    const { stream, rpc } = JSON.parse(await leader.line(/"ready"/))
    const script = join(folder, 'example.mjs')
    const here = code.replace('ws://127.0.0.1:8560', stream).replace('http://127.0.0.1:8545', rpc)
    expect(here).not.toBe(code)
    writeFileSync(script, here)
    const wanted = [
      /^connected$/m,
      /^0x[0-9a-f]{64} success$/m,
      /^balance \d+n$/m,
      /^0x\w{40} pays \d+n$/m,
    ]
    expect(await outputUntil(script, wanted)).toEqual({ stderr: '', missing: [] })
  } finally {
    leader.signal('SIGINT')
    await leader.ended
    rmSync(folder, { recursive: true })
  }
})

/** Runs the script until its output has all that is wanted, or it ends before. */
async function outputUntil(script: string, wanted: readonly RegExp[]) {
  const child = spawn(process.execPath, [script], { cwd: ROOT })
  let [stdout, stderr] = ['', '']
  const missing = () => wanted.filter((pattern) => !pattern.test(stdout))
  child.stdout.on('data', (text) => {
    stdout += text
    if (missing().length === 0) child.kill()
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  await new Promise((resolve) => child.on('close', resolve))
  return { stderr, missing: missing() }
}
