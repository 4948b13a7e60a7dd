/** The fixtures' own index, of which the benchmarks use how parallel a block can be. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** `parallelism` by block number; empty when the folder has no index. */
export async function readBlockIndex(folder: string): Promise<Map<number, number>> {
  const text = await readFile(join(folder, 'index.json'), 'utf8').catch(() => '[]')
  const entries: { number: number; parallelism: number | null }[] = JSON.parse(text)
  const known = entries.filter(({ parallelism }) => parallelism !== null)
  return new Map(known.map(({ number, parallelism }) => [number, parallelism as number]))
}
