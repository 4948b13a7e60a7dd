/** Compares the context that a leader opens a block with to the one that this follower expects. */

import type { BlockContext } from '@shredcast/shared/chain/block'
import { encodeWithdrawal } from '@shredcast/shared/chain/block'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Difference, Showable } from '../apply/difference.ts'
import { difference, shown } from '../apply/difference.ts'

/** The first field of the context, list entries counting as fields, in which the two differ. */
export function contextDifference(
  expected: BlockContext,
  got: BlockContext,
): Difference | undefined {
  const [expectedFields, gotFields] = [fieldsOf(expected), fieldsOf(got)]
  for (const field of new Set([...expectedFields.keys(), ...gotFields.keys()])) {
    const [own, sent] = [expectedFields.get(field), gotFields.get(field)]
    if (own !== sent) return difference('context', { kind: 'context', field }, own, sent)
  }
  return undefined
}

/** Every fact of a context under its name; what a context does not have is not listed. */
function fieldsOf(context: BlockContext): Map<string, string> {
  const { withdrawals, ommers, blockHashes, ...plain } = context
  const fields = new Map<string, string>()
  const add = (name: string, value: Showable) => {
    const text = shown(value)
    if (text !== null) fields.set(name, text)
  }
  for (const [name, value] of Object.entries(plain)) add(name, value)
  add('withdrawals', withdrawals?.length)
  withdrawals?.forEach((withdrawal, index) => {
    add(`withdrawals[${index}]`, encodeWithdrawal(withdrawal))
  })
  ommers.forEach(({ number, beneficiary }, index) => {
    add(`ommers[${index}]`, `${number} ${bytesToHex(beneficiary)}`)
  })
  for (const [number, hash] of blockHashes) add(`blockHashes[${number}]`, hash)
  return fields
}
