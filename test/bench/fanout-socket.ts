/**
 * A subscriber that costs as little as one can: a TCP connection that speaks as much WebSocket
 * (RFC 6455) as a stream server makes it speak, and reads into a buffer that all of them share.
 */

import type { Socket } from 'node:net'
import { connect } from 'node:net'

export interface BareSubscriber {
  /** Each message; valid during the call. */
  readonly onMessage: (message: Buffer) => void
  /** The connection ended, however. */
  readonly onEnd: () => void
}

const READ_BYTES = 256 * 1024
const READ_BUFFER = Buffer.allocUnsafe(READ_BYTES)

const HEADERS_END = '\r\n\r\n'
const OP_BINARY = 2
const OP_PING = 9
const OP_PONG = 10

const NOTHING = Buffer.alloc(0)
/** The mask must be there, and may be zero. */
const NO_MASK = Buffer.alloc(4)
const CONTROL_BYTES_MAX = 65_535

/** Connects, says `requests` and resolves with the first message; rejects when there is none. */
export function subscribeBare(
  url: string,
  requests: readonly Uint8Array[],
  { onMessage, onEnd }: BareSubscriber,
): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let isUpgraded = false
    let rest: Buffer = NOTHING
    const upgrade = (bytes: Buffer): number => {
      const end = bytes.indexOf(HEADERS_END) + HEADERS_END.length
      isUpgraded = end >= HEADERS_END.length
      if (!isUpgraded) return 0
      for (const request of requests) send(socket, OP_BINARY, request)
      return end
    }
    const read = (chunk: Buffer): void => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const from = isUpgraded ? 0 : upgrade(bytes)
      const at = isUpgraded ? readMessages(bytes, from) : from
      rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at))
    }
    const readMessages = (bytes: Buffer, from: number): number => {
      for (let at = from; ; ) {
        const message = messageAt(bytes, at)
        if (message === undefined) return at
        at = message.end
        if (message.opcode === OP_PING) send(socket, OP_PONG, message.content)
        if (message.opcode !== OP_BINARY) continue
        resolve()
        onMessage(message.content)
      }
    }
    const socket = connect({
      host: hostname,
      port: Number(port),
      onread: {
        buffer: READ_BUFFER,
        callback(length) {
          read(READ_BUFFER.subarray(0, length))
          return true
        },
      },
    })
    socket.setNoDelay(true)
    socket.write(upgradeRequest(`${hostname}:${port}`))
    // The close event that follows is what counts.
    socket.on('error', () => {})
    socket.on('close', () => {
      reject(new Error(`${url} took no subscriber`))
      onEnd()
    })
  })
}

function upgradeRequest(host: string): string {
  const lines = [
    'GET / HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

interface ReadMessage {
  readonly opcode: number
  readonly content: Buffer
  readonly end: number
}

/** Undefined while it is not whole. */
function messageAt(bytes: Buffer, at: number): ReadMessage | undefined {
  if (bytes.length < at + 2) return undefined
  const code = bytes[at + 1]!
  const start = at + (code < 126 ? 2 : code === 126 ? 4 : 10)
  if (bytes.length < start) return undefined
  const length =
    code < 126 ? code : code === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUIntBE(at + 4, 6)
  const end = start + length
  if (bytes.length < end) return undefined
  return { opcode: bytes[at]! & 15, content: bytes.subarray(start, end), end }
}

function send(socket: Socket, opcode: number, content: Uint8Array): void {
  if (content.length > CONTROL_BYTES_MAX)
    throw new RangeError('a bare subscriber says short things')
  const isShort = content.length < 126
  const header = Buffer.alloc(isShort ? 2 : 4)
  header[0] = 0x80 | opcode
  header[1] = 0x80 | (isShort ? content.length : 126)
  if (!isShort) header.writeUInt16BE(content.length, 2)
  socket.write(Buffer.concat([header, NO_MASK, content]))
}
