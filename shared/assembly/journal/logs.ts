/**
 * Logs of the execution, in the form in which they leave it (`src/engine/output.ts`):
 *
 *   0 dataBytes u32  4 topicCount u32  8 address[20], 4 zero bytes  32 topics[32 each]
 *   then data, zeros up to the next multiple of 8
 *
 * Behind a word that leads to the log after it. Their list is an entry of the journal, so that a
 * revert forgets the logs that came after its checkpoint.
 */

import { allocateBlock } from '../memory/arena'
import { allocateEntry } from './entries'
import { keepField } from './undo-log'

/** The list: flags and era as every entry has them, then one field. */
const LIST = 16
const LIST_FIRST = LIST
const LIST_LAST = LIST + 4
const LIST_COUNT = LIST + 8
const LIST_LOG_BYTES = LIST + 12
const LIST_BYTES: usize = LIST + 32

const NEXT_BYTES: usize = 8
const LOG_TOPIC_COUNT = 4
const LOG_ADDRESS = 8
const LOG_TOPICS: usize = 32
const TOPIC_BYTES: usize = 32

// Worker-local: the list of the execution in progress.
let list: usize = 0

export function beginLogs(): void {
  list = allocateEntry(LIST_BYTES)
  memory.fill(list, 0, LIST_BYTES)
}

/** `topics` and `data` are bytes as on the wire, which are copied. */
export function appendLog(
  address: usize,
  topics: usize,
  topicCount: u32,
  data: usize,
  dataBytes: u32,
): void {
  const topicBytes = <usize>topicCount * TOPIC_BYTES
  const bytes = LOG_TOPICS + topicBytes + ((<usize>dataBytes + 7) & ~7)
  const node = allocateEntry(NEXT_BYTES + bytes)
  const log = node + NEXT_BYTES
  store<u32>(log, dataBytes)
  store<u32>(log, topicCount, LOG_TOPIC_COUNT)
  memory.copy(log + LOG_ADDRESS, address, 20)
  store<u32>(log + LOG_ADDRESS, 0, 20)
  memory.copy(log + LOG_TOPICS, topics, topicBytes)
  if (dataBytes != 0) store<u64>(log + bytes - 8, 0)
  memory.copy(log + LOG_TOPICS + topicBytes, data, dataBytes)
  link(node, bytes)
}

function link(node: usize, bytes: usize): void {
  keepField(list, LIST)
  if (logCount() == 0) store<u32>(list, <u32>node, LIST_FIRST)
  else store<u32>(load<u32>(list, LIST_LAST), <u32>node)
  store<u32>(list, <u32>node, LIST_LAST)
  store<u32>(list, logCount() + 1, LIST_COUNT)
  store<u32>(list, encodedLogBytes() + <u32>bytes, LIST_LOG_BYTES)
}

@inline
export function logCount(): u32 {
  return load<u32>(list, LIST_COUNT)
}

/** Bytes of what `encodeLogs` writes. */
@inline
export function encodedLogBytes(): u32 {
  return load<u32>(list, LIST_LOG_BYTES)
}

/** Copies the logs to the block arena and returns where; 0 if there are none. */
export function encodeLogs(): usize {
  if (logCount() == 0) return 0
  const encoded = allocateBlock(encodedLogBytes())
  copyLogs(encoded)
  return encoded
}

/** Copies the logs to `to`. */
export function copyLogs(to: usize): void {
  let node = <usize>load<u32>(list, LIST_FIRST)
  for (let left = logCount(); left != 0; left--) {
    const log = node + NEXT_BYTES
    const bytes = bytesOf(log)
    memory.copy(to, log, bytes)
    to += bytes
    node = <usize>load<u32>(node)
  }
}

function bytesOf(log: usize): usize {
  const topicBytes = <usize>load<u32>(log, LOG_TOPIC_COUNT) * TOPIC_BYTES
  return LOG_TOPICS + topicBytes + ((<usize>load<u32>(log) + 7) & ~7)
}
