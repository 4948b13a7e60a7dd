/**
 * Verifies Merkle-Patricia proofs (EIP-1186; Yellow Paper, appendix D) with nothing but the root: what
 * the nodes say is true if each has the hash by which the one before it names it. Proofs are
 * untrusted: any fault of theirs is an InvalidProofError.
 */

import type { AccountProof } from '../chain/state-trie.ts'
import { BaseError } from '../primitives/base-error.ts'
import { bytesToBigInt, bytesToHex, equalBytes } from '../primitives/bytes.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp } from '../primitives/rlp.ts'

export class InvalidProofError extends BaseError {
  override readonly name = 'Trie.InvalidProofError'
}

const BRANCH_ITEMS = 17
const IS_LEAF = 0x20
const IS_ODD = 0x10

/**
 * Checks account and slots against the state root.
 * @throws InvalidProofError
 */
export function verifyAccountProof(stateRoot: Uint8Array, proof: AccountProof): void {
  const { address, nonce, balance, codeHash, storageRoot } = proof
  const value = provenValue(stateRoot, keccak256(address), proof.accountProof)
  const fields = accountFields(value)
  const isEqual =
    bytesToBigInt(fields[0]) === nonce &&
    bytesToBigInt(fields[1]) === balance &&
    equalBytes(fields[2], storageRoot) &&
    equalBytes(fields[3], codeHash)
  if (!isEqual) throw new InvalidProofError(`the account ${bytesToHex(address)} is another`)
  for (const slot of proof.storageProof) {
    const word = slotWord(provenValue(storageRoot, keccak256(slot.key), slot.proof))
    if (bytesToBigInt(word) !== bytesToBigInt(slot.value)) {
      throw new InvalidProofError(`the slot ${bytesToHex(slot.key)} has another value`)
    }
  }
}

type AccountFields = readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
const NOTHING = new Uint8Array(0)
const NO_ACCOUNT: AccountFields = [NOTHING, NOTHING, EMPTY_TRIE_ROOT, EMPTY_CODE_HASH]

/** Without leading zeros, of a slot's leaf; nothing without one. */
export function slotWord(value: Uint8Array | undefined): Uint8Array {
  return value === undefined ? NOTHING : bytesOf(decoded(value))
}

/** Nonce, balance, storage root and code hash of an account's leaf; of none without one. */
export function accountFields(value: Uint8Array | undefined): AccountFields {
  if (value === undefined) return NO_ACCOUNT
  const fields = decoded(value)
  if (fields instanceof Uint8Array || fields.length !== NO_ACCOUNT.length) {
    throw new InvalidProofError('the leaf is no account')
  }
  return fields.map(bytesOf) as unknown as AccountFields
}

/**
 * The value under a key (32 bytes) of the trie with that root; undefined when the nodes prove that
 * there is none. All nodes must be needed.
 * @throws InvalidProofError
 */
function provenValue(
  root: Uint8Array,
  key: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array | undefined {
  if (equalBytes(root, EMPTY_TRIE_ROOT) && proof.length === 0) return undefined
  let used = 0
  const value = walkDown(root, nibblesOf(key), () => proof[used++])
  if (used < proof.length) {
    throw new InvalidProofError(`${proof.length - used} nodes behind the proof`)
  }
  return value
}

export function nibblesOf(key: Uint8Array): number[] {
  return [...key].flatMap((byte) => [byte >> 4, byte & 15])
}

/**
 * Goes from a root that is not empty to the value under a key; undefined when there is none. `nodeAt`
 * gives the RLP of the node that stands so many nibbles below the root, for each that has a hash.
 * @throws InvalidProofError
 */
export function walkDown(
  root: Uint8Array,
  nibbles: readonly number[],
  nodeAt: (depth: number) => Uint8Array | undefined,
): Uint8Array | undefined {
  let reference: RlpItem = root
  let depth = 0
  while (true) {
    const node: readonly RlpItem[] =
      reference instanceof Uint8Array ? nodeOf(reference, nodeAt(depth)) : reference
    const rest = nibbles.slice(depth)
    const step = node.length === BRANCH_ITEMS ? branchStep(node, rest) : pathStep(node, rest)
    if (!('next' in step)) return step.value
    reference = step.next
    depth += step.nibbles
  }
}

/** On to the next node, so many nibbles further, or the end: the value, or that there is none. */
type Step =
  | { readonly next: RlpItem; readonly nibbles: number }
  | { readonly value: Uint8Array | undefined }

function nodeOf(hash: Uint8Array, rlp: Uint8Array | undefined): readonly RlpItem[] {
  if (rlp === undefined) throw new InvalidProofError('the proof ends on the way')
  if (!equalBytes(keccak256(rlp), hash)) {
    throw new InvalidProofError(`a node does not have the hash ${bytesToHex(hash)}`)
  }
  const node = decoded(rlp)
  if (!(node instanceof Uint8Array)) return node
  throw new InvalidProofError('a node is no list')
}

function branchStep(node: readonly RlpItem[], rest: readonly number[]): Step {
  const nibble = rest[0]
  if (nibble === undefined) throw new InvalidProofError('a branch stands at the end of a key')
  const next = node[nibble]!
  return next.length === 0 ? { value: undefined } : { next, nibbles: 1 }
}

function pathStep(node: readonly RlpItem[], rest: readonly number[]): Step {
  const [encodedPath, target] = node
  if (node.length !== 2 || encodedPath === undefined || target === undefined) {
    throw new InvalidProofError(`a node has ${node.length} items`)
  }
  const { isLeaf, path } = decodePath(bytesOf(encodedPath))
  const isOnTheWay = path.every((nibble, i) => nibble === rest[i])
  if (isLeaf) {
    return { value: isOnTheWay && path.length === rest.length ? bytesOf(target) : undefined }
  }
  return isOnTheWay ? { next: target, nibbles: path.length } : { value: undefined }
}

/** Hex-prefix encoding (Yellow Paper, appendix C). */
function decodePath(encoded: Uint8Array): { isLeaf: boolean; path: number[] } {
  const flags = encoded[0]
  if (flags === undefined || flags >= 0x40) throw new InvalidProofError('a path has no form')
  const nibbles = [...encoded].flatMap((byte) => [byte >> 4, byte & 15])
  return { isLeaf: (flags & IS_LEAF) !== 0, path: nibbles.slice((flags & IS_ODD) === 0 ? 2 : 1) }
}

function decoded(rlp: Uint8Array): RlpItem {
  try {
    return decodeRlp(rlp)
  } catch (cause) {
    throw new InvalidProofError('a part of the proof is no RLP', { cause })
  }
}

function bytesOf(item: RlpItem): Uint8Array {
  if (item instanceof Uint8Array) return item
  throw new InvalidProofError('a list stands where bytes belong')
}
