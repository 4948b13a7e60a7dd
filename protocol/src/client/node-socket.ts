/** The socket of a client in Node, on `ws`. */

import { WebSocket } from 'ws'
import type { OpenStreamSocket } from './stream-socket.ts'

const CLOSE_TIMEOUT_MS = 1000

export const openStreamSocket: OpenStreamSocket = (url, options, listener) => {
  const socket = new WebSocket(url, {
    handshakeTimeout: options.handshakeTimeoutMs,
    maxPayload: options.maxMessageBytes,
    perMessageDeflate: false,
  })
  socket.on('message', (message, isBinary) => {
    const { buffer, byteOffset, length } = message as Buffer
    listener.message(isBinary ? new Uint8Array(buffer, byteOffset, length) : undefined)
  })
  socket.on('ping', () => listener.ping())
  // A socket that is closed while it connects emits an error first, hence the listener stays.
  socket.on('error', (cause) => listener.error(cause))
  socket.on('close', (code, reason) => listener.closed(code, reason.toString()))
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN
    },
    flow: {
      get isPaused() {
        return socket.isPaused
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    },
    send: (bytes) => socket.send(bytes),
    close() {
      if (socket.readyState === WebSocket.CLOSED) return
      socket.close(1000)
      const timer = setTimeout(() => socket.terminate(), CLOSE_TIMEOUT_MS)
      timer.unref()
      socket.once('close', () => clearTimeout(timer))
    },
    terminate: () => socket.terminate(),
  }
}
