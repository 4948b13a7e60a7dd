/** Reads what a follower left behind: a divergence report, or evidence of equivocation. Untrusted. */

import { readFile, stat } from 'node:fs/promises'
import type { EquivocationEvidence } from '@shredcast/protocol/trust/equivocation'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { DivergenceReport } from '../apply/divergence-report.ts'

/** The file is no report; `message` is why. */
export class UnreadableReportError extends BaseError {
  override readonly name = 'Follower.UnreadableReportError'
}

/** What the largest report has, and some room. */
const REPORT_BYTES_MAX = 160 * 1024 * 1024
const ITEMS_MAX = 1_000_000

/** @throws UnreadableReportError */
export async function readReport(path: string): Promise<DivergenceReport | EquivocationEvidence> {
  return reportFromJson(parse(path, await readText(path)), path)
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size <= REPORT_BYTES_MAX) return await readFile(path, 'utf8')
  } catch (cause) {
    throw new UnreadableReportError(`cannot read ${path}: ${(cause as Error).message}`, { cause })
  }
  throw new UnreadableReportError(`${path} is larger than ${REPORT_BYTES_MAX} bytes`)
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new UnreadableReportError(`${path} is not JSON`, { cause })
  }
}

/** @throws UnreadableReportError */
export function reportFromJson(
  value: unknown,
  name: string,
): DivergenceReport | EquivocationEvidence {
  if (hasForm(value, DIVERGENCE)) return value as unknown as DivergenceReport
  if (hasForm(value, EQUIVOCATION)) return value as unknown as EquivocationEvidence
  throw new UnreadableReportError(
    `${name} is neither a divergence report of version 2 nor evidence of equivocation`,
  )
}

type Check = (value: unknown) => boolean
type Form = Readonly<Record<string, Check>>

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isHex: Check = (value) => isText(value) && /^0x([\da-f]{2})*$/.test(value as string)
const is =
  (constant: unknown): Check =>
  (value) =>
    value === constant
const hex =
  (byteLength: number): Check =>
  (value) =>
    isHex(value) && (value as string).length === 2 + 2 * byteLength
const either =
  (...checks: readonly Check[]): Check =>
  (value) =>
    checks.some((check) => check(value))
const listOf =
  (check: Check, length?: number): Check =>
  (value) =>
    Array.isArray(value) &&
    value.length <= ITEMS_MAX &&
    (length === undefined || value.length === length) &&
    value.every(check)
const objectOf =
  (form: Form): Check =>
  (value) =>
    hasForm(value, form)

function hasForm(value: unknown, form: Form): boolean {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  return Object.entries(form).every(([field, check]) => check(fields[field]))
}

const SLOT: Form = { key: hex(32), proof: listOf(isHex) }
const ACCOUNT: Form = {
  address: hex(20),
  proof: listOf(isHex),
  code: isHex,
  slots: listOf(objectOf(SLOT)),
}

const DIVERGENCE: Form = {
  type: is('divergence'),
  version: is(2),
  kind: isText,
  blockNumber: (value) => isText(value) && /^\d{1,20}$/.test(value as string),
  shredIndex: either(isNumber, is('open'), is('seal')),
  txHash: either(hex(32), is(null)),
  location: objectOf({ kind: isText }),
  expected: either(isText, is(null)),
  got: either(isText, is(null)),
  seq: isNumber,
  message: isHex,
  leaderKey: hex(32),
  follower: objectOf({ engine: isText, version: isText }),
  chainId: isText,
  genesisHash: hex(32),
  frames: either(listOf(isHex), is(null)),
  accounts: either(listOf(objectOf(ACCOUNT)), is(null)),
}

const EQUIVOCATION: Form = {
  type: is('equivocation'),
  version: is(1),
  leaderKey: hex(32),
  seq: isNumber,
  hashes: listOf(hex(32), 2),
  frames: listOf(isHex, 2),
}
