/** The work of `import`: a file's blocks in order, until its end, a bad block or ctrl-c. */

import { stat } from 'node:fs/promises'
import { retentionOf, stateCacheBytes, storeOptions } from '@shredcast/protocol/cli/datadir'
import type { DatadirOptions } from '@shredcast/protocol/cli/datadir-options'
import { BYTES_PER_MIB } from '@shredcast/protocol/cli/datadir-options'
import { createProgress } from '@shredcast/protocol/cli/progress'
import { ChainFile } from '@shredcast/shared/chain/chain-file'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { ImportedBlock } from '../importer/chain-import.ts'
import { ChainImport } from '../importer/chain-import.ts'
import { readGenesis } from './genesis-file.ts'
import type { Print } from './leader-options.ts'
import { printOf } from './leader-options.ts'

export interface ImportOptions extends DatadirOptions {
  readonly genesis: string
  readonly datadir: string
  readonly workers: number
  readonly engine: EngineName
  readonly json?: boolean
}

/** @throws BlockRefusedError, ForeignBlockError, InvalidChainFileError, and as `ChainImport.open` */
export async function runImport(
  path: string,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<void> {
  const genesis = await readGenesis(options.genesis)
  const file = new ChainFile(path)
  const chain = await ChainImport.open({
    genesis,
    store: storeOptions(options.datadir, options),
    retention: retentionOf(options, false),
    workers: options.workers,
    engine: options.engine,
    stateCacheBytes: stateCacheBytes(options),
  })
  const summary = new ImportSummary(printOf(options), options.json === true)
  const progress = createProgress('import', await fileMiB(path), !options.json, ' MiB')
  try {
    for await (const bytes of file.blocks()) {
      if (signal.aborted) break
      summary.take(await chain.take(bytes))
      progress.reach(Math.floor(file.bytesRead / BYTES_PER_MIB))
    }
  } finally {
    progress.stop()
    summary.print(chain.head)
    await chain.close()
  }
}

/** A file that is not there is told of when its blocks are read. */
async function fileMiB(path: string): Promise<number> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
  return Math.ceil(size / BYTES_PER_MIB)
}

class ImportSummary {
  readonly #print: Print
  readonly #isDetailed: boolean
  readonly #startedMs = performance.now()
  #imported = 0
  #known = 0
  #txs = 0
  #gasUsed = 0n

  constructor(print: Print, isDetailed: boolean) {
    this.#print = print
    this.#isDetailed = isDetailed
  }

  take({ header, hash, txs, isKnown }: ImportedBlock): void {
    if (isKnown) {
      this.#known++
      return
    }
    this.#imported++
    this.#txs += txs
    this.#gasUsed += header.gasUsed
    if (!this.#isDetailed) return
    const { number, gasUsed } = header
    this.#print(
      {
        type: 'block',
        number: Number(number),
        hash: bytesToHex(hash),
        txs,
        gasUsed: Number(gasUsed),
      },
      `block ${number}`,
    )
  }

  /** Of what was done, also if it ends with an error. */
  print(head: ChainImport['head']): void {
    const ms = Math.round(performance.now() - this.#startedMs)
    const number = Number(head.header.number)
    const hash = bytesToHex(head.hash)
    const mgas = Number(this.#gasUsed) / 1e6
    const counts = { imported: this.#imported, known: this.#known, txs: this.#txs }
    this.#print(
      { type: 'summary', ...counts, gasUsed: Number(this.#gasUsed), head: number, hash, ms },
      `${this.#imported} blocks imported (${this.#txs} transactions, ${mgas.toFixed(1)} Mgas) in ` +
        `${(ms / 1000).toFixed(1)} s, ${this.#known} known; the head is block ${number}, ${hash}`,
    )
  }
}
