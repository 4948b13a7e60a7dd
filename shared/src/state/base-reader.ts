/** The newest state of a store for the engine's workers, each of which imports this module. */

import type { BaseReader, BaseReaderSource } from '../chain/state-reader.ts'
import { openLatestState } from './state-readers.ts'

/** Workers run built files even when this one is a source. */
const MODULE = new URL('../../dist/state/base-reader.js', import.meta.url).href

/** The state of the store at `path`, which this process has open. */
export function baseReaderSource(path: string): BaseReaderSource {
  return { module: MODULE, options: path }
}

/** @public called by the engine's workers */
export function openBaseReader(path: string): BaseReader {
  return openLatestState(path)
}
