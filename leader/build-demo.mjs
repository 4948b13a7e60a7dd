/**
 * Builds `build/demo-contracts.json`: the creation code of every contract that the demo deploys.
 * The token is compiled from `src/demo/demo-token.sol` with OpenZeppelin's sources; Uniswap V3 and
 * WETH9 are taken as their packages ship them. Does nothing when no input has changed since.
 */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const ROOT = import.meta.dirname
const TOKEN_SOURCE = 'src/demo/demo-token.sol'
const OUTPUT = join(ROOT, 'build/demo-contracts.json')
/** What the output follows from; package versions are in the package file. */
const INPUTS = ['build-demo.mjs', 'package.json', TOKEN_SOURCE]

const SHIPPED = {
  factory: '@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json',
  positionManager:
    '@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json',
  swapRouter: '@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json',
  weth: 'canonical-weth/build/contracts/WETH9.json',
}

const require = createRequire(import.meta.url)

async function fingerprint() {
  const hash = createHash('sha256')
  for (const path of INPUTS) hash.update(await readFile(join(ROOT, path)))
  return hash.digest('hex')
}

/** Creation code of the demo token, compiled for Cancun: what every current chain can run. */
async function compileToken() {
  const { default: solc } = await import('solc')
  const input = {
    language: 'Solidity',
    sources: { [TOKEN_SOURCE]: { content: await readFile(join(ROOT, TOKEN_SOURCE), 'utf8') } },
    settings: {
      evmVersion: 'cancun',
      optimizer: { enabled: true, runs: 200 },
      outputSelection: { [TOKEN_SOURCE]: { DemoToken: ['evm.bytecode.object'] } },
    },
  }
  const readImport = (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }))
  const failure = output.errors?.find(({ severity }) => severity === 'error')
  if (failure) throw new Error(failure.formattedMessage)
  return `0x${output.contracts[TOKEN_SOURCE].DemoToken.evm.bytecode.object}`
}

async function build() {
  const wanted = await fingerprint()
  const built = await readFile(OUTPUT, 'utf8').catch(() => '{}')
  if (JSON.parse(built).fingerprint === wanted) return
  const contracts = { token: await compileToken() }
  for (const [name, path] of Object.entries(SHIPPED)) contracts[name] = require(path).bytecode
  await mkdir(join(ROOT, 'build'), { recursive: true })
  await writeFile(OUTPUT, `${JSON.stringify({ fingerprint: wanted, contracts })}\n`)
}

try {
  await build()
} catch (error) {
  process.stderr.write(`build-demo: ${error.message}\n`)
  process.exitCode = 1
}
