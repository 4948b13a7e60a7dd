/** A TCP line between a client and a server that is slow, narrow, or cut when a test says so. */

import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer } from 'node:net'
import { Transform } from 'node:stream'

export interface LineQuality {
  /** One way. */
  readonly latencyMs: number
  readonly bytesPerSecond: number
}

export const GOOD_LINE: LineQuality = { latencyMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY }

export interface Line {
  readonly port: number
  /** Holds for what comes from now on. */
  become(quality: LineQuality): void
  /** Breaks off all connections; returns how many. New ones may come at once. */
  cut(): number
  close(): Promise<void>
}

/** Leads to `targetPort` of this machine, also when nobody listens there for a while. */
export async function startLine(targetPort: number): Promise<Line> {
  let quality = GOOD_LINE
  const pairs = new Set<readonly Socket[]>()
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1')
    const pair = [near, far]
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) {
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', end)
    }
    near.pipe(delayed(() => quality)).pipe(far)
    far.pipe(delayed(() => quality)).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    const count = pairs.size
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    return count
  }
  return {
    port: (server.address() as AddressInfo).port,
    become(next) {
      quality = next
    },
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

/** One piece after the other: each takes its latency, and its share of the bandwidth. */
function delayed(qualityNow: () => LineQuality): Transform {
  return new Transform({
    transform(piece: Buffer, _, done) {
      const { latencyMs, bytesPerSecond } = qualityNow()
      const delayMs = latencyMs + (piece.length / bytesPerSecond) * 1000
      if (delayMs < 1) done(null, piece)
      else setTimeout(() => done(null, piece), delayMs)
    },
  })
}
