/**
 * Chain files as geth exports them: blocks in RLP, one right behind the other, perhaps gzipped. They are
 * read as a stream, so that no more than a block is in memory.
 */

import type { ReadStream } from 'node:fs'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { BaseError } from '../primitives/base-error.ts'
import { concatBytes } from '../primitives/bytes.ts'
import { InvalidRlpError, itemLength, PREFIX_BYTES_MAX } from '../primitives/rlp.ts'

/** No fork allows a block near this. */
export const CHAIN_FILE_BLOCK_BYTES_MAX = 64 * 1024 * 1024

const FIRST_OF_LIST = 0xc0

export class InvalidChainFileError extends BaseError {
  override readonly name = 'Chain.InvalidChainFileError'
}

export class ChainFile {
  readonly #path: string
  #file: ReadStream | undefined

  /** A name that ends in `.gz` is of a gzipped file. */
  constructor(path: string) {
    this.#path = path
  }

  /** How far the file has been read. */
  get bytesRead(): number {
    return this.#file?.bytesRead ?? 0
  }

  /**
   * Its blocks, encoded.
   * @throws InvalidChainFileError, which names the file
   */
  async *blocks(): AsyncGenerator<Uint8Array> {
    const file = createReadStream(this.#path)
    this.#file = file
    const bytes = this.#path.endsWith('.gz') ? file.pipe(createGunzip()) : file
    file.on('error', (error) => bytes.destroy(error))
    try {
      yield* blocksOf(bytes)
    } catch (cause) {
      const why = cause instanceof BaseError ? cause.shortMessage : (cause as Error).message
      throw new InvalidChainFileError(`${this.#path}: ${why}`, { cause })
    } finally {
      file.destroy()
    }
  }
}

/**
 * Cuts a stream of bytes into blocks, in order; what is in a block is not looked at.
 * @throws InvalidChainFileError where no block begins, one is too large, or the last one is cut off
 */
export async function* blocksOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const queue = new ByteQueue()
  let offset = 0
  for await (const chunk of chunks) {
    queue.push(chunk)
    while (queue.length >= PREFIX_BYTES_MAX) {
      const length = blockLength(queue, offset)
      if (queue.length < length) break
      yield queue.take(length)
      offset += length
    }
  }
  while (queue.length > 0) {
    const length = blockLength(queue, offset)
    if (queue.length < length) {
      throw faultAt(offset, `a block of ${length} bytes, of which ${queue.length} are there`)
    }
    yield queue.take(length)
    offset += length
  }
}

function blockLength(queue: ByteQueue, offset: number): number {
  const start = queue.peek(Math.min(queue.length, PREFIX_BYTES_MAX))
  if (start[0]! < FIRST_OF_LIST) throw faultAt(offset, 'no RLP list')
  const length = lengthAt(start, offset)
  if (length > CHAIN_FILE_BLOCK_BYTES_MAX) {
    throw faultAt(offset, `a block of ${length} bytes, limit ${CHAIN_FILE_BLOCK_BYTES_MAX}`)
  }
  return length
}

function lengthAt(start: Uint8Array, offset: number): number {
  try {
    return itemLength(start)
  } catch (error) {
    if (!(error instanceof InvalidRlpError)) throw error
    throw faultAt(offset, error.shortMessage, error)
  }
}

function faultAt(offset: number, what: string, cause?: unknown): InvalidChainFileError {
  return new InvalidChainFileError(`at byte ${offset}: ${what}`, { cause })
}

/** Bytes that have come and are not taken yet; joined only when somebody asks for them. */
class ByteQueue {
  #chunks: Uint8Array[] = []
  length = 0

  push(chunk: Uint8Array): void {
    // Of a Buffer, too, the parts are to be plain bytes.
    this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    this.length += chunk.length
  }

  /** The first `count` bytes, which are there. */
  peek(count: number): Uint8Array {
    const first = this.#chunks[0]
    if (first !== undefined && first.length >= count) return first.subarray(0, count)
    const joined = concatBytes(...this.#chunks)
    this.#chunks = [joined]
    return joined.subarray(0, count)
  }

  take(count: number): Uint8Array {
    const taken = this.peek(count)
    const rest = this.#chunks[0]!.subarray(count)
    this.length -= count
    if (rest.length > 0) this.#chunks[0] = rest
    else this.#chunks.shift()
    return taken
  }
}
