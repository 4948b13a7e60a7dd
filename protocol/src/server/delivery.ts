/**
 * What one subscriber is sent next: a cursor in the stream, and what its policy makes of the messages
 * it is too slow for. The server's logs are its queue, so that waiting costs no memory.
 *
 *     catching up --reached the newest--> up to date
 *
 *     cursor   older than all logs           in the archive     in memory
 *              gone: cut, or a Gap            read in turn       frames as they are
 *
 * Up to date once and then behind by more than its queue while its socket is full, the policy acts
 * when the socket takes something again.
 */

import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { DeliveryPolicy, Subscribe } from '../wire/control-messages.ts'
import { partOfFrame } from '../wire/frame-part.ts'
import { changesOfMessage } from '../wire/message-changes.ts'
import { encodeControl } from '../wire/message-codec.ts'
import { Conflation } from './conflation.ts'
import type { ArchiveReader } from './frame-archive.ts'
import { nextTurn } from './frame-archive.ts'
import type { FrameContents, FrameContentsCache } from './frame-contents.ts'
import type { FrameLog, PublishedFrame } from './frame-log.ts'
import type { Outgoing, OutgoingFrames } from './outgoing-frames.ts'
import { outgoing } from './outgoing-frames.ts'
import type { StreamServerStats } from './stream-server-stats.ts'
import type { SubscriberFilters } from './subscriber-filters.ts'

/** Where frames come from, for all subscribers of a server. */
export interface FrameSources {
  readonly log: FrameLog
  /** What is older than the log, if it is anywhere. */
  readonly archive: ArchiveReader | undefined
  readonly contents: FrameContentsCache
  readonly outgoing: OutgoingFrames
  readonly stats: StreamServerStats
}

/** The oldest message there is. */
export function oldestSeqOf({ log, archive }: FrameSources): number {
  return Math.min(log.oldestSeq, archive?.oldestSeq ?? log.oldestSeq)
}

/** The archive does not have what it says it has. */
export class ArchiveGapError extends BaseError {
  override readonly name = 'Server.ArchiveGapError'

  constructor(seq: number) {
    super(`message ${seq} is missing among older messages`)
  }
}

/** What to send, or work to await before the next step. */
export type DeliveryStep = Outgoing | Promise<void> | undefined

const DEFAULT_QUEUE_MESSAGES = 1024

/** Frames that are matched in one turn when nothing in them passes. */
const FRAMES_PER_TURN = 64

export class Delivery {
  readonly #sources: FrameSources
  readonly #filters: SubscriberFilters
  readonly #policy: DeliveryPolicy
  readonly #queueMessages: number
  readonly #blocks: Subscribe['blocks']
  #nextSeq: number
  /** Number of the next frame, when it is in memory. */
  #nextIndex: number | undefined
  /** Had everything at some time. */
  #wasUpToDate = false
  /** Its socket was full since it last had everything. */
  #isHeld: boolean
  /** Made already, to be sent before anything else. */
  #ready: Outgoing[] = []

  constructor(sources: FrameSources, request: Subscribe, filters: SubscriberFilters) {
    this.#sources = sources
    this.#filters = filters
    this.#policy = request.policy ?? 'disconnect'
    this.#queueMessages = request.queueMessages ?? DEFAULT_QUEUE_MESSAGES
    this.#blocks = request.blocks
    this.#nextSeq = request.fromSeq ?? sources.log.tip.nextSeq
    // Who wants the newest values does not want all of the older ones first.
    this.#isHeld = this.#policy === 'conflate'
  }

  get policy(): DeliveryPolicy {
    return this.#policy
  }

  get isFiltering(): boolean {
    return this.#blocks !== undefined
  }

  /** Everything before was given to be sent, or passed no filter. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** Whether all that was made was given to be sent. */
  get isClear(): boolean {
    return this.#ready.length === 0
  }

  /** There is nothing to send. */
  get isDone(): boolean {
    return this.isClear && this.behind === 0
  }

  get behind(): number {
    return this.#sources.log.tip.nextSeq - this.#nextSeq
  }

  /** The next message is nowhere any more, and may not be left out. */
  get isGone(): boolean {
    if (this.#policy !== 'disconnect' || this.#nextSeq >= this.#sources.log.oldestSeq) return false
    return this.#nextSeq < oldestSeqOf(this.#sources)
  }

  /** The socket takes nothing for now. */
  hold(): void {
    this.#isHeld = true
  }

  /** To be called until it is undefined, as long as it is not gone and the socket takes something. */
  next(): DeliveryStep {
    for (let frames = 0; frames < FRAMES_PER_TURN; frames++) {
      const ready = this.#ready.shift()
      if (ready !== undefined) return ready
      const { log } = this.#sources
      if (this.#nextSeq === log.tip.nextSeq) {
        this.#wasUpToDate = true
        this.#isHeld = false
        return undefined
      }
      if (this.#isHeld && this.behind > this.#queueMessages) {
        if (this.#policy === 'conflate') return this.#conflate()
        if (this.#policy === 'gap' && this.#wasUpToDate && this.#dropUpToNewest()) continue
      }
      const step = this.#takeFrame()
      if (step !== 'skipped') return step
    }
    return nextTurn()
  }

  #takeFrame(): DeliveryStep | 'skipped' {
    const { log } = this.#sources
    if (this.#nextIndex === undefined || this.#nextIndex < log.firstIndex) {
      this.#nextIndex = this.#nextSeq >= log.oldestSeq ? log.indexOf(this.#nextSeq) : undefined
    }
    if (this.#nextIndex === undefined) return this.#takeOldFrame()
    if (this.#blocks === undefined) {
      const piece = this.#sources.outgoing.from(this.#nextIndex)
      this.#nextIndex += piece.messageCount
      this.#nextSeq = log.at(this.#nextIndex - 1)!.lastSeq + 1
      return piece
    }
    const frame = log.at(this.#nextIndex)!
    const contents = this.#sources.contents.of(frame)
    const reading = contents.read()
    if (reading !== undefined) return reading
    this.#nextIndex++
    return this.#partOf(frame, contents) ?? 'skipped'
  }

  #takeOldFrame(): DeliveryStep | 'skipped' {
    const oldestSeq = oldestSeqOf(this.#sources)
    if (this.#nextSeq >= oldestSeq) return this.#readFrame()
    this.#drop(oldestSeq)
    return 'skipped'
  }

  async #readFrame(): Promise<void> {
    const { archive, log } = this.#sources
    const frame = await archive!.read(this.#nextSeq, log.oldestSeq)
    if (frame === undefined) {
      // Unless it was removed meanwhile, and what is oldest now decides what comes next.
      if (this.#nextSeq >= oldestSeqOf(this.#sources)) throw new ArchiveGapError(this.#nextSeq)
      return
    }
    if (this.#blocks === undefined) {
      this.#ready.push(this.#sources.outgoing.of(frame))
      this.#nextSeq = frame.lastSeq + 1
      return
    }
    const contents = this.#sources.contents.of(frame)
    await contents.read()
    const part = this.#partOf(frame, contents)
    if (part !== undefined) this.#ready.push(part)
  }

  /** The part of a frame that passes the filters, and goes on behind it. */
  #partOf(frame: PublishedFrame, contents: FrameContents): Outgoing | undefined {
    const isWanted = this.#filters.selectFrom(contents, this.#nextSeq, this.#blocks!)
    this.#nextSeq = frame.lastSeq + 1
    if (isWanted === undefined) return undefined
    if (!isWanted.includes(false)) return this.#sources.outgoing.of(frame)
    this.#sources.stats.partsSent++
    return outgoing([partOfFrame(frame.bytes, contents.tree, contents.messages, isWanted)])
  }

  /** Whether there is anything to drop before the newest frame. */
  #dropUpToNewest(): boolean {
    const { log } = this.#sources
    this.#isHeld = false
    const newest = log.at(log.nextIndex - 1)
    if (newest === undefined || newest.firstSeq <= this.#nextSeq) return false
    this.#drop(newest.firstSeq)
    return true
  }

  #drop(nextSeq: number): void {
    const { stats } = this.#sources
    stats.gaps++
    stats.messagesDropped += nextSeq - this.#nextSeq
    this.#ready.push(outgoing([encodeControl({ type: 'gap', fromSeq: this.#nextSeq, nextSeq })]))
    this.#nextSeq = nextSeq
    this.#nextIndex = undefined
  }

  /**
   * Merges everything up to now, or drops it when it is more than one message may say. A frame with
   * which the chain goes back is sent as it is, behind what was merged before it.
   */
  async #conflate(): Promise<void> {
    const { log, stats } = this.#sources
    let endSeq = log.tip.nextSeq
    this.#isHeld = false
    this.#skipWhatIsGone()
    const merged = new Conflation()
    for (let seq = this.#nextSeq; seq < endSeq; ) {
      const frame = await this.#frameAt(seq, endSeq)
      if (frame === undefined) {
        this.#drop(endSeq)
        return
      }
      const contents = this.#sources.contents.of(frame)
      await contents.read()
      if (contents.hasRevert) {
        endSeq = seq
        break
      }
      this.#merge(contents, seq, merged)
      if (merged.isOverfull) {
        this.#drop(endSeq)
        return
      }
      seq = frame.lastSeq + 1
      await nextTurn()
    }
    if (endSeq === this.#nextSeq) return
    stats.conflations++
    stats.messagesConflated += merged.messageCount
    this.#ready.push(outgoing([encodeControl(merged.message(this.#nextSeq, endSeq))]))
    this.#nextSeq = endSeq
    this.#nextIndex = undefined
  }

  #skipWhatIsGone(): void {
    const oldestSeq = oldestSeqOf(this.#sources)
    if (this.#nextSeq < oldestSeq) this.#drop(oldestSeq)
  }

  async #frameAt(seq: number, endSeq: number): Promise<PublishedFrame | undefined> {
    const { log, archive } = this.#sources
    if (seq >= log.oldestSeq) return log.at(log.indexOf(seq))
    return archive?.read(seq, Math.min(log.oldestSeq, endSeq))
  }

  #merge(contents: FrameContents, fromSeq: number, merged: Conflation): void {
    for (let index = 0; index < contents.messages.length; index++) {
      const read = contents.at(index)
      const { message } = read
      const { seq } = message
      if (seq < fromSeq) continue
      const changes = this.isFiltering ? this.#filters.changesIn(read) : changesOfMessage(message)
      if (changes.length > 0 || !this.isFiltering) merged.add(seq, changes)
    }
  }
}
