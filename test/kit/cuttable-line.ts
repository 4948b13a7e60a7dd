/** A TCP line to a port of this machine that can be cut and frozen. */

import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'

export interface CuttableLine {
  /** As a WebSocket address. */
  readonly url: string
  /** Ends all connections that run over it. */
  cut(): void
  /** Nothing passes any more over the connections there are. */
  freeze(): void
  close(): void
}

export async function cuttableLine(targetPort: number): Promise<CuttableLine> {
  const sockets = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    freeze() {
      for (const socket of sockets) socket.unpipe()
    },
    close() {
      cut()
      server.close()
    },
  }
}
