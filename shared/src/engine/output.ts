/**
 * What an execution leaves in the block arena beside its reads and writes: logs, or the requests of
 * the closing step. Flat and 8-aligned, little-endian, so that the core writes it as it runs; it
 * never leaves the machine.
 *
 *   Log      0 dataBytes u32  4 topicCount u32  8 address[20], 4 zero bytes  32 topics[32 each],
 *            then data, zeros up to the next multiple of 8
 *   Request  0 bytes u32, 4 zero bytes  8 type byte and data, zeros up to the next multiple of 8
 */

import type { Log } from '../chain/receipt.ts'

const LOG_ADDRESS = 8
const LOG_TOPICS = 32
const REQUEST_DATA = 8
const TOPIC_BYTES = 32

export function encodeLogs(logs: readonly Log[]): Uint8Array {
  let length = 0
  for (const log of logs) length += logBytes(log.topics.length, log.data.length)
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { address, topics, data } of logs) {
    view.setUint32(at, data.length, true)
    view.setUint32(at + 4, topics.length, true)
    bytes.set(address, at + LOG_ADDRESS)
    for (const [index, topic] of topics.entries()) {
      bytes.set(topic, at + LOG_TOPICS + index * TOPIC_BYTES)
    }
    bytes.set(data, at + LOG_TOPICS + topics.length * TOPIC_BYTES)
    at += logBytes(topics.length, data.length)
  }
  return bytes
}

/** The logs hold copies of `bytes`. */
export function decodeLogs(bytes: Uint8Array): Log[] {
  const view = viewOf(bytes)
  const logs: Log[] = []
  for (let at = 0; at < bytes.length; ) {
    const dataBytes = view.getUint32(at, true)
    const topicCount = view.getUint32(at + 4, true)
    const topics = Array.from({ length: topicCount }, (_, index) =>
      slice(bytes, at + LOG_TOPICS + index * TOPIC_BYTES, TOPIC_BYTES),
    )
    logs.push({
      address: slice(bytes, at + LOG_ADDRESS, 20),
      topics,
      data: slice(bytes, at + LOG_TOPICS + topicCount * TOPIC_BYTES, dataBytes),
    })
    at += logBytes(topicCount, dataBytes)
  }
  return logs
}

/** Each request begins with its type byte (EIP-7685). */
export function encodeRequests(requests: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const request of requests) length += requestBytes(request.length)
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const request of requests) {
    view.setUint32(at, request.length, true)
    bytes.set(request, at + REQUEST_DATA)
    at += requestBytes(request.length)
  }
  return bytes
}

/** The requests are copies of `bytes`. */
export function decodeRequests(bytes: Uint8Array): Uint8Array[] {
  const view = viewOf(bytes)
  const requests: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = view.getUint32(at, true)
    requests.push(slice(bytes, at + REQUEST_DATA, length))
    at += requestBytes(length)
  }
  return requests
}

function logBytes(topicCount: number, dataBytes: number): number {
  return LOG_TOPICS + topicCount * TOPIC_BYTES + padded(dataBytes)
}

function requestBytes(length: number): number {
  return REQUEST_DATA + padded(length)
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8
}

function slice(bytes: Uint8Array, from: number, length: number): Uint8Array {
  return bytes.slice(from, from + length)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
