/**
 * A process of `bench fanout` with many subscribers. They take what comes as cheaply as it can be taken,
 * one of them verifies it as a client does: what is measured is the server, not the crowd. So the
 * process leaves the cores to the others too, as if it were on another machine.
 *
 *     parent: CrowdOrder -> 'ready', or an Error's text ... 'stop' -> CrowdFigures
 */

import { setPriority } from 'node:os'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import type { Subscribe } from '@shredcast/protocol/wire/control-messages'
import { PROTOCOL_VERSION } from '@shredcast/protocol/wire/control-messages'
import type { FrameVerifier } from '@shredcast/protocol/wire/frame'
import { FRAME_MAGIC, openFrameOrPart } from '@shredcast/protocol/wire/frame'
import { decodeMessage, encodeControl } from '@shredcast/protocol/wire/message-codec'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { subscribeBare } from './fanout-socket.ts'

export interface CrowdOrder {
  readonly url: string
  readonly subscribers: number
  /** Subscriber i wants the shreds of sender i modulo their number; none: everything. */
  readonly senders: readonly string[]
}

export interface CrowdFigures {
  /** Of frames that any subscriber received, from the last commit in it, as far as clocks agree. */
  readonly delaysMs: readonly number[]
  /** The same of the one that verifies. */
  readonly verifiedDelaysMs: readonly number[]
  readonly frames: number
  /** Subscribers whose connection ended. */
  readonly lost: number
}

const SAMPLES = 50_000
const CROWD_PRIORITY = 10

const delaysMs: number[] = []
const verifiedDelaysMs: number[] = []
const KNOWN_FRAMES = 4096
/** Newest commits of frames, by the end of their signatures; undefined: it has none. */
const commitsUs = new Map<string, number | undefined>()
/** The crowd does not verify. */
const TRUSTING: FrameVerifier = { publicKey: new Uint8Array(32), verify: () => true }
let frames = 0
let taken = 0
let lost = 0

process.once('message', (order: CrowdOrder) => {
  run(order).then(
    () => process.send?.('ready'),
    (error: unknown) => process.send?.(String(error)),
  )
})

async function run({ url, subscribers, senders }: CrowdOrder): Promise<void> {
  setPriority(CROWD_PRIORITY)
  const addresses = senders.map((sender) => hexToBytes(sender))
  await watch(url, addresses[0])
  for (let i = 1; i < subscribers; i++) await subscribe(url, addresses[i % addresses.length])
  process.once('message', () => {
    const figures: CrowdFigures = { delaysMs, verifiedDelaysMs, frames, lost }
    process.send?.(figures, () => process.exit())
  })
}

/** The one that verifies. */
async function watch(url: string, sender: Uint8Array | undefined): Promise<void> {
  const filters = sender && { named: { own: { senders: [sender] } }, blocks: 'none' as const }
  const client = connectStream(url, { ...(filters && { filters }), reconnect: false })
  client.messages$.subscribe({
    next({ message }) {
      if (message.type !== 'shred') return
      verifiedDelaysMs.push(delayMs(message.committedAtUs!))
    },
    error: () => lost++,
  })
  await client.hello
}

async function subscribe(url: string, sender: Uint8Array | undefined): Promise<void> {
  const request: Subscribe = { type: 'subscribe', version: PROTOCOL_VERSION, role: 'dapp' }
  const filter = { type: 'filterItems', name: 'own', kind: 'senders' } as const
  const requests = sender
    ? [
        { ...filter, items: sender },
        { ...request, blocks: 'none' as const },
      ]
    : [request]
  const onEnd = () => void lost++
  await subscribeBare(url, requests.map(encodeControl), { onMessage: take, onEnd })
}

function take(frame: Buffer): void {
  if (frame.readUInt16BE(0) !== FRAME_MAGIC) return
  frames++
  const commitUs = newestCommit(frame)
  if (commitUs !== undefined) sample(delayMs(commitUs))
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
  // Copied: what is decoded may be a view.
  const { messages } = openFrameOrPart(new Uint8Array(frame), TRUSTING)
  const times = messages.map(({ bytes: encoded }) => {
    const message = decodeMessage(encoded)
    return message.type === 'shred' ? message.committedAtUs : undefined
  })
  return times.findLast((time) => time !== undefined)
}

/** Every frame is as likely as another to be among the samples. */
function sample(ms: number): void {
  const slot = taken < SAMPLES ? taken : Math.floor(Math.random() * (taken + 1))
  if (slot < SAMPLES) delaysMs[slot] = ms
  taken++
}

function delayMs(commitUs: number): number {
  return performance.timeOrigin + performance.now() - commitUs / 1000
}
