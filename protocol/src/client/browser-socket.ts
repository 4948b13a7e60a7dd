/**
 * The socket of a client in a browser, on the platform's WebSocket, which neither tells of pings, nor
 * can be held back, nor ended by force: what still comes from a socket that was given up is ignored.
 */

import type { OpenStreamSocket } from './stream-socket.ts'

export const openStreamSocket: OpenStreamSocket = (url, options, listener) => {
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  let isEnded = false
  const end = (code: number, reason: string) => {
    clearTimeout(handshake)
    if (isEnded) return
    isEnded = true
    listener.closed(code, reason)
  }
  const terminate = () => {
    socket.close()
    end(1006, '')
  }
  const handshake = setTimeout(() => {
    listener.error(new Error(`no connection within ${options.handshakeTimeoutMs} ms`))
    terminate()
  }, options.handshakeTimeoutMs)
  socket.onopen = () => clearTimeout(handshake)
  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isEnded) return
    listener.message(data instanceof ArrayBuffer ? new Uint8Array(data) : undefined)
  }
  // The platform keeps the cause to itself.
  socket.onerror = () => {
    if (!isEnded) listener.error(new Error('the connection failed'))
  }
  socket.onclose = ({ code, reason }) => end(code, reason)
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN && !isEnded
    },
    send: (bytes) => socket.send(bytes as Uint8Array<ArrayBuffer>),
    close() {
      socket.close(1000)
      end(1000, '')
    },
    terminate,
  }
}
