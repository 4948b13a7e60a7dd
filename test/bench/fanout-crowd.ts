/**
 * A process of `bench fanout` with many subscribers. They take what comes as cheaply as it can be taken,
 * one of them verifies it as a client does: what is measured is the server, not the crowd.
 *
 *     parent: CrowdOrder -> 'ready' ... 'stop' -> CrowdFigures
 */

import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { Subscribe } from '@shredcast/protocol/wire/control-messages'
import { PROTOCOL_VERSION } from '@shredcast/protocol/wire/control-messages'
import type { FrameVerifier } from '@shredcast/protocol/wire/frame'
import { FRAME_MAGIC, openFrameOrPart } from '@shredcast/protocol/wire/frame'
import { decodeMessage, encodeControl } from '@shredcast/protocol/wire/message-codec'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { WebSocket } from 'ws'

export interface CrowdOrder {
  readonly url: string
  readonly subscribers: number
  /** Subscriber i wants the shreds of sender i modulo their number; none: everything. */
  readonly senders: readonly string[]
}

export interface CrowdFigures {
  readonly type: 'figures'
  /** Of frames that any subscriber received, from the last commit in it, as far as clocks agree. */
  readonly delaysMs: readonly number[]
  readonly frames: number
  readonly bytes: number
  /** Subscribers whose connection ended. */
  readonly lost: number
}

const SAMPLES = 50_000

const delaysMs: number[] = []
const KNOWN_FRAMES = 4096
/** Newest commits of frames, by the end of their signatures; undefined: it has none. */
const commitsUs = new Map<string, number | undefined>()
/** The crowd does not verify. */
const TRUSTING: FrameVerifier = { publicKey: new Uint8Array(32), verify: () => true }
let frames = 0
let bytes = 0
let lost = 0

process.once('message', (order: CrowdOrder) => void run(order))

async function run({ url, subscribers, senders }: CrowdOrder): Promise<void> {
  const addresses = senders.map((sender) => hexToBytes(sender))
  watch(url, addresses[0])
  for (let i = 1; i < subscribers; i++) await subscribe(url, addresses[i % addresses.length])
  process.send?.('ready')
  process.once('message', () => {
    const figures: CrowdFigures = { type: 'figures', delaysMs, frames, bytes, lost }
    process.send?.(figures, () => process.exit())
  })
}

/** The one that verifies. */
function watch(url: string, sender: Uint8Array | undefined): void {
  const filters = sender && { named: { own: { senders: [sender] } }, blocks: 'none' as const }
  const client = connectStream(url, { ...(filters && { filters }) })
  client.messages$.subscribe({
    next({ message }) {
      if (message.type === 'shred') takeDelay(message.committedAtUs!)
    },
    error: () => lost++,
  })
}

async function subscribe(url: string, sender: Uint8Array | undefined): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  socket.on('close', () => lost++)
  socket.on('error', () => {})
  await new Promise<void>((resolve) => {
    socket.once('message', () => {
      const request: Subscribe = { type: 'subscribe', version: PROTOCOL_VERSION, role: 'dapp' }
      if (sender !== undefined) {
        const filter = { type: 'filterItems', name: 'own', kind: 'senders' } as const
        socket.send(encodeControl({ ...filter, items: sender }))
      }
      socket.send(encodeControl(sender === undefined ? request : { ...request, blocks: 'none' }))
      socket.on('message', (message: Buffer) => take(message))
      resolve()
    })
  })
}

function take(frame: Buffer): void {
  if (frame.readUInt16BE(0) !== FRAME_MAGIC) return
  frames++
  bytes += frame.length
  const commitUs = newestCommit(frame)
  if (commitUs !== undefined) takeDelay(commitUs)
}

/** The newest commit in a frame or part; each signature is looked into once. */
function newestCommit(frame: Buffer): number | undefined {
  const name = frame.toString('latin1', frame.length - 16)
  if (!commitsUs.has(name)) {
    for (const old of commitsUs.keys()) {
      if (commitsUs.size < KNOWN_FRAMES) break
      commitsUs.delete(old)
    }
    commitsUs.set(name, commitIn(frame))
  }
  return commitsUs.get(name)
}

function commitIn(frame: Buffer): number | undefined {
  const { messages } = openFrameOrPart(frame, TRUSTING)
  const times = messages.map(({ bytes: encoded }) => {
    const message = decodeMessage(encoded)
    return message.type === 'shred' ? message.committedAtUs : undefined
  })
  return times.findLast((time) => time !== undefined)
}

function takeDelay(commitUs: number): void {
  const delayMs = (nowUs() - commitUs) / 1000
  if (delaysMs.length < SAMPLES) delaysMs.push(delayMs)
  else delaysMs[Math.floor(Math.random() * SAMPLES)] = delayMs
}

function nowUs(): number {
  return (performance.timeOrigin + performance.now()) * 1000
}
