#!/usr/bin/env node
/** `npm run -s example`: bundles the example page for browsers and serves it on this machine. */

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createCommand, portOption, runCommand } from '@shredcast/protocol/cli/command'
import { rolldown } from 'rolldown'

const command = createCommand(
  'example',
  'Serves a page that shows a stream live: shreds, blocks, a balance and token transfers.',
)
  .option('--port <port>', 'of the page; 0 takes any free one', portOption, 8570)
  .option('--json', 'one JSON object when it listens', false)

await runCommand(command, async (signal) => {
  const { port, json } = command.opts()
  const server = createServer(responder(await pageFiles()))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  const line = json ? JSON.stringify({ type: 'ready', url }) : `the page is at ${url}`
  process.stdout.write(`${line}\n`)
  if (!signal.aborted) await once(signal, 'abort')
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function pageFiles() {
  return new Map([
    ['/', { type: 'text/html', body: readFileSync(new URL('index.html', import.meta.url)) }],
    ['/page.js', { type: 'text/javascript', body: await bundlePage() }],
  ])
}

/** From the sources, with the conditions that any bundler for browsers has. */
async function bundlePage() {
  const bundle = await rolldown({
    input: fileURLToPath(new URL('page.ts', import.meta.url)),
    platform: 'browser',
    resolve: { conditionNames: ['browser', 'source', 'import', 'default'] },
  })
  const { output } = await bundle.generate({ format: 'esm', minify: true })
  await bundle.close()
  const [{ code, imports }] = output
  if (imports.length > 0) throw new Error(`no browser has ${imports.join(', ')}`)
  return code
}

function responder(files) {
  return (request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const { type = 'text/plain', body = 'not found' } = files.get(pathname) ?? {}
    response.writeHead(files.has(pathname) ? 200 : 404, {
      'content-type': `${type}; charset=utf-8`,
    })
    response.end(body)
  }
}
