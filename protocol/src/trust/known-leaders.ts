/**
 * Whom this machine trusts: for each chain the key of its leader, as it was when the chain was first
 * seen. The file is text that people may edit.
 */

import { readFile, rename, writeFile } from 'node:fs/promises'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Hello } from '../wire/control-messages.ts'

const FILE_VERSION = 1
const LEADERS_MAX = 10_000

interface KnownLeader {
  readonly chainId: string
  readonly genesisHash: Hex
  readonly leaderKey: Hex
  /** When it was seen first, ISO 8601. */
  readonly since: string
}

/** What the key of a stream rests on. */
export type Trust = 'pinned' | 'known' | 'first use'

/** The leader of a chain has another key than before. */
export class LeaderKeyChangedError extends BaseError {
  override readonly name = 'Trust.LeaderKeyChangedError'

  constructor(known: KnownLeader, leaderKey: Hex, path: string) {
    super(
      `the leader of chain ${known.chainId} has the key ${leaderKey}, but ${known.leaderKey} is ` +
        `known since ${known.since}: if it was replaced on purpose, remove its entry from ${path}`,
    )
  }
}

/** The file is there, but is no list of leaders. */
export class KnownLeadersFileError extends BaseError {
  override readonly name = 'Trust.KnownLeadersFileError'
}

type Stream = Pick<Hello, 'chainId' | 'genesisHash' | 'leaderKey'>

/**
 * Compares the leader of a stream with the one that the file at `path` has for its chain; the first one
 * of a chain is written there.
 * @throws LeaderKeyChangedError, KnownLeadersFileError
 */
export async function checkKnownLeader(path: string, stream: Stream): Promise<Trust> {
  const leaders = await readLeaders(path)
  const chainId = String(stream.chainId)
  const genesisHash = bytesToHex(stream.genesisHash)
  const leaderKey = bytesToHex(stream.leaderKey)
  const known = leaders.find((leader) => {
    return leader.chainId === chainId && leader.genesisHash === genesisHash
  })
  if (known !== undefined) {
    if (known.leaderKey !== leaderKey) throw new LeaderKeyChangedError(known, leaderKey, path)
    return 'known'
  }
  if (leaders.length >= LEADERS_MAX) {
    throw new KnownLeadersFileError(`${path} has ${leaders.length} leaders, limit ${LEADERS_MAX}`)
  }
  const since = new Date().toISOString()
  await writeLeaders(path, [...leaders, { chainId, genesisHash, leaderKey, since }])
  return 'first use'
}

async function readLeaders(path: string): Promise<readonly KnownLeader[]> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new KnownLeadersFileError(`${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
  const leaders = leadersFrom(text)
  if (leaders === undefined) {
    throw new KnownLeadersFileError(`${path} is no file of known leaders: mend or remove it`)
  }
  return leaders
}

function leadersFrom(text: string): readonly KnownLeader[] | undefined {
  try {
    const { version, leaders } = JSON.parse(text)
    return version === FILE_VERSION && leaders.every(isLeader) ? leaders : undefined
  } catch {
    return undefined
  }
}

function isLeader(value: unknown): value is KnownLeader {
  const { chainId, genesisHash, leaderKey, since } = value as Record<string, unknown>
  const isWord = (hex: unknown) => typeof hex === 'string' && /^0x[\da-f]{64}$/.test(hex)
  return (
    typeof chainId === 'string' &&
    typeof since === 'string' &&
    isWord(genesisHash) &&
    isWord(leaderKey)
  )
}

/** Under another name until it is whole. */
async function writeLeaders(path: string, leaders: readonly KnownLeader[]): Promise<void> {
  const draft = `${path}.new`
  try {
    await writeFile(draft, `${JSON.stringify({ version: FILE_VERSION, leaders }, null, 2)}\n`)
    await rename(draft, path)
  } catch (cause) {
    throw new KnownLeadersFileError(`${path} cannot be written: ${(cause as Error).message}`, {
      cause,
    })
  }
}
