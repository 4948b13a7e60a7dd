/** Reads `.tar.gz` archives whole: the conformance suites come in such. Files in pax format, no links. */

import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

export interface TarballFile {
  readonly path: string
  readonly bytes: Uint8Array
}

const BLOCK_BYTES = 512
/** Entry types: a file, and the extended header that may hold the long path of the next entry. */
const FILE = '0'
const EXTENDED_HEADER = 'x'

/** The archive's files in its order. */
export async function readTarball(path: string): Promise<TarballFile[]> {
  const archive = await promisify(gunzip)(await readFile(path))
  const files: TarballFile[] = []
  let longPath: string | undefined
  for (let offset = 0; archive[offset]; ) {
    const text = (start: number, length: number) => {
      return textOf(archive.subarray(offset + start, offset + start + length))
    }
    const size = Number.parseInt(text(124, 12), 8)
    const bytes = archive.subarray(offset + BLOCK_BYTES, offset + BLOCK_BYTES + size)
    const prefix = text(345, 155)
    const name = longPath ?? (prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`)
    const type = text(156, 1)
    if (type === FILE) files.push({ path: name, bytes })
    longPath = type === EXTENDED_HEADER ? pathOf(bytes) : undefined
    offset += BLOCK_BYTES * (1 + Math.ceil(size / BLOCK_BYTES))
  }
  return files
}

function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8')
}

/** Records of an extended header are `<length> <key>=<value>` lines. */
function pathOf(header: Uint8Array): string | undefined {
  return /^\d+ path=(.*)$/m.exec(textOf(header))?.[1]
}
