/** Whether a subscription can be had. */

import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { RefusalCode, Subscribe } from '../wire/control-messages.ts'
import { PROTOCOL_VERSION } from '../wire/control-messages.ts'
import { messagesOfOwnFrame } from '../wire/frame.ts'
import { prevHashOf } from '../wire/message-link.ts'
import type { FrameSources } from './delivery.ts'
import { oldestSeqOf } from './delivery.ts'

export interface Refusal {
  readonly code: RefusalCode
  readonly reason: string
  readonly oldestSeq?: number
}

export interface CheckContext extends FrameSources {
  readonly isTokenValid: (token: string | undefined) => boolean
}

/** Resolves with why not; undefined when nothing is wrong. Rejects when the archive cannot be read. */
export async function refusalOf(
  request: Subscribe,
  context: CheckContext,
): Promise<Refusal | undefined> {
  const { log, isTokenValid } = context
  const { nextSeq } = log.tip
  const { fromSeq = nextSeq } = request
  const oldestSeq = oldestSeqOf(context)
  const refusal = accessRefusal(request, isTokenValid)
  if (refusal !== undefined) return refusal
  if (fromSeq < oldestSeq) return tooOld(fromSeq, oldestSeq)
  if (fromSeq > nextSeq) {
    return { code: 'ahead', reason: `message ${fromSeq} is not there, the next is ${nextSeq}` }
  }
  return request.prevHash && hashRefusal(context, fromSeq, request.prevHash)
}

/** Why this peer gets nothing, whatever it asks for. */
export function accessRefusal(
  { version, token }: Pick<Subscribe, 'version' | 'token'>,
  isTokenValid: CheckContext['isTokenValid'],
): Refusal | undefined {
  if (version !== PROTOCOL_VERSION) {
    return { code: 'wrongVersion', reason: `this server speaks version ${PROTOCOL_VERSION}` }
  }
  if (!isTokenValid(token)) return { code: 'unauthorized', reason: 'missing or wrong token' }
  return undefined
}

function tooOld(fromSeq: number, oldestSeq: number): Refusal {
  const reason = `message ${fromSeq} is gone, the oldest is ${oldestSeq}`
  return { code: 'tooOld', reason, oldestSeq }
}

async function hashRefusal(
  context: CheckContext,
  fromSeq: number,
  prevHash: Uint8Array,
): Promise<Refusal | undefined> {
  const hash = await hashBefore(context, fromSeq)
  if (hash === undefined) return tooOld(fromSeq, oldestSeqOf(context))
  if (equalBytes(hash, prevHash)) return undefined
  const reason = `the message before ${fromSeq} has hash ${bytesToHex(hash)} here`
  return { code: 'otherChain', reason }
}

/** Hash of message `seq - 1`; undefined when message `seq` was removed meanwhile. */
async function hashBefore(
  { log, archive }: FrameSources,
  seq: number,
): Promise<Uint8Array | undefined> {
  if (seq === log.tip.nextSeq) return log.tip.latestHash
  const frame =
    seq >= log.oldestSeq ? log.at(log.indexOf(seq)) : await archive?.read(seq, log.oldestSeq)
  if (frame === undefined) return undefined
  const message = messagesOfOwnFrame(frame.bytes)[seq - frame.firstSeq]!
  return prevHashOf(message)
}
