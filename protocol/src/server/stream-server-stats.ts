/** What the stream server counts. */

/** Counts since the server started, but for those that say what is there now. */
export interface StreamServerStats {
  /** Connections now. */
  subscribers: number
  /** Of those, how many filter, and what their filters take. */
  filteringSubscribers: number
  filterBytes: number
  connections: number
  frames: number
  messages: number
  framesSent: number
  /** Of those, parts of frames for subscribers that filter. */
  partsSent: number
  /** With the headers of WebSocket. */
  bytesSent: number
  /** Frames that were read from the archive, for how many subscribers whatever. */
  archiveFramesRead: number
  /** The archive could not be read; the subscriber was cut. */
  archiveFailures: number
  gaps: number
  messagesDropped: number
  conflations: number
  messagesConflated: number
  laggardsCut: number
  deadPeersCut: number
  handshakeTimeouts: number
  refused: number
  /** Cut for what they sent. */
  misbehavedCut: number
  /** Connections that load a snapshot now. */
  snapshotReaders: number
  /** Snapshots that were asked for from their beginning, and what was sent of them. */
  snapshotsBegun: number
  snapshotChunksSent: number
  snapshotBytesSent: number
  /** From question to answer, all together. */
  snapshotWaitMs: number
}

/** One subscriber as it is now. */
export interface SubscriberStats {
  readonly role: string
  readonly policy: string
  /** Messages that it was not sent yet. */
  readonly behind: number
  readonly bufferedBytes: number
}

export function createStreamServerStats(): StreamServerStats {
  return {
    subscribers: 0,
    filteringSubscribers: 0,
    filterBytes: 0,
    connections: 0,
    frames: 0,
    messages: 0,
    framesSent: 0,
    partsSent: 0,
    bytesSent: 0,
    archiveFramesRead: 0,
    archiveFailures: 0,
    gaps: 0,
    messagesDropped: 0,
    conflations: 0,
    messagesConflated: 0,
    laggardsCut: 0,
    deadPeersCut: 0,
    handshakeTimeouts: 0,
    refused: 0,
    misbehavedCut: 0,
    snapshotReaders: 0,
    snapshotsBegun: 0,
    snapshotChunksSent: 0,
    snapshotBytesSent: 0,
    snapshotWaitMs: 0,
  }
}
