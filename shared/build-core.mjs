/**
 * Builds the core: `assembly/index.ts` -> `build/core.{debug,release}.wasm`, and the release as
 * text (`core.release.wat`) for the tidy tests; and for their tests the arithmetic and hash kernels
 * alone: `assembly/kernels.ts` -> `build/kernels.{debug,release}.wasm`, and the journal beside the
 * core: `assembly/journal.ts` -> `build/journal.{debug,release}.wasm`, and the precompiles:
 * `assembly/precompiles.ts` -> `build/precompiles.{debug,release}.wasm`, and the trie with slots of
 * any form: `assembly/trie.ts` -> `build/trie.debug.wasm`. Keccak alone, `assembly/hash.ts` ->
 * `build/keccak.wasm`, is what `src/primitives` hashes with. Does nothing when no input has changed
 * since.
 *
 * The core's memory is imported, shared and of fixed size, because every worker instantiates the same
 * module on it. Static data must fit below the regions of the memory map.
 */

import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import asc from 'assemblyscript/asc'

const ROOT = import.meta.dirname
const ENTRY = 'assembly/index.ts'
const KERNELS_ENTRY = 'assembly/kernels.ts'
const JOURNAL_ENTRY = 'assembly/journal.ts'
const PRECOMPILES_ENTRY = 'assembly/precompiles.ts'
const TRIE_ENTRY = 'assembly/trie.ts'
const HASH_ENTRY = 'assembly/hash.ts'
const MEMORY_MAP = 'src/layout/memory-map.ts'
const INPUT_FOLDERS = ['assembly', 'src/layout']
const STAMP = join(ROOT, 'build/core.stamp')

const SHARED_FLAGS = [
  '--importMemory',
  '--noExportMemory',
  '--sharedMemory',
  ...['--enable', 'threads'],
]
const COMMON_FLAGS = [
  ...['--enable', 'simd'],
  ...['--runtime', 'stub'],
  ...['--uncheckedBehavior', 'always'],
]

/**
 * A failed `assert` of the debug build calls the import `env.abort(message, file, line, column)`;
 * both pointers lead to UTF-16 text whose length in bytes is the u32 before it.
 */
const DEBUG_FLAGS = ['--debug']
const RELEASE_FLAGS = ['-O3', '--converge', '--noAssert']
const TARGETS = [
  { entry: ENTRY, flags: [...DEBUG_FLAGS, '--outFile', 'build/core.debug.wasm'] },
  {
    entry: ENTRY,
    flags: [
      ...RELEASE_FLAGS,
      ...['--outFile', 'build/core.release.wasm', '--textFile', 'build/core.release.wat'],
    ],
  },
  { entry: KERNELS_ENTRY, flags: [...DEBUG_FLAGS, '--outFile', 'build/kernels.debug.wasm'] },
  { entry: KERNELS_ENTRY, flags: [...RELEASE_FLAGS, '--outFile', 'build/kernels.release.wasm'] },
  { entry: JOURNAL_ENTRY, flags: [...DEBUG_FLAGS, '--outFile', 'build/journal.debug.wasm'] },
  { entry: JOURNAL_ENTRY, flags: [...RELEASE_FLAGS, '--outFile', 'build/journal.release.wasm'] },
  {
    entry: PRECOMPILES_ENTRY,
    flags: [...DEBUG_FLAGS, '--outFile', 'build/precompiles.debug.wasm'],
  },
  {
    entry: PRECOMPILES_ENTRY,
    flags: [...RELEASE_FLAGS, '--outFile', 'build/precompiles.release.wasm'],
  },
  { entry: TRIE_ENTRY, flags: [...DEBUG_FLAGS, '--outFile', 'build/trie.debug.wasm'] },
]

/** The memory of Keccak alone grows with what is hashed. */
const HASH_FLAGS = [
  ...RELEASE_FLAGS,
  ...['--initialMemory', '4', '--lowMemoryLimit', '65536'],
  ...['--outFile', 'build/keccak.wasm'],
]

/** Fingerprint of every source, of the flags and of the compiler's version. */
async function fingerprint() {
  const settings = [asc.version, SHARED_FLAGS, COMMON_FLAGS, TARGETS, HASH_FLAGS]
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const folder of INPUT_FOLDERS) {
    const entries = await readdir(join(ROOT, folder), { recursive: true })
    for (const path of entries.filter((entry) => entry.endsWith('.ts')).sort()) {
      hash.update(`${folder}/${path}\0`).update(await readFile(join(ROOT, folder, path)))
    }
  }
  return hash.digest('hex')
}

/** Runs asc; `writeFile` keeps outputs in memory when given. */
async function compile(entry, flags, options = {}) {
  const result = await asc.main([entry, '--baseDir', ROOT, ...flags], options)
  if (result.error === null) return
  throw new Error(`asc could not compile ${entry}\n${result.stderr.toString().trim()}`)
}

/** The flags that follow from the memory map, whose constants are read as asc computes them. */
async function memoryFlags() {
  const outputs = new Map()
  await compile(MEMORY_MAP, ['--runtime', 'stub', '--outFile', 'map.wasm'], {
    writeFile: (name, contents) => outputs.set(name, contents),
  })
  const { instance } = await WebAssembly.instantiate(outputs.get('map.wasm'))
  const constant = (name) => {
    if (name in instance.exports) return String(instance.exports[name].value)
    throw new Error(`${MEMORY_MAP} does not export ${name}`)
  }
  const pages = constant('MEMORY_PAGES')
  return [
    ...['--initialMemory', pages, '--maximumMemory', pages],
    ...['--lowMemoryLimit', constant('STATIC_BYTES')],
  ]
}

async function build() {
  const wanted = await fingerprint()
  const built = await readFile(STAMP, 'utf8').catch(() => '')
  if (built === wanted) return
  await mkdir(join(ROOT, 'build'), { recursive: true })
  await rm(STAMP, { force: true })
  const common = [...SHARED_FLAGS, ...COMMON_FLAGS, ...(await memoryFlags())]
  for (const { entry, flags } of TARGETS) await compile(entry, [...common, ...flags])
  await compile(HASH_ENTRY, [...COMMON_FLAGS, ...HASH_FLAGS])
  await writeFile(STAMP, wanted)
}

try {
  await build()
} catch (error) {
  process.stderr.write(`build-core: ${error.message}\n`)
  process.exitCode = 1
}
