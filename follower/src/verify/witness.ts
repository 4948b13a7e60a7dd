/**
 * The part of a state that some steps touch, with the nodes of the state trie that prove it: enough to
 * execute these steps again, and to find the root behind them, without the rest of the state.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { TrieNodePlace, TrieNodeSource } from '@shredcast/shared/chain/state-trie'
import type { Engine } from '@shredcast/shared/engine/engine'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, equalBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, keccak256 } from '@shredcast/shared/primitives/keccak'
import type { RlpItem } from '@shredcast/shared/primitives/rlp'
import { decodeRlp } from '@shredcast/shared/primitives/rlp'
import type { Touched } from './touched.ts'

/** An account as it was before the block, or that there was none; proofs as in EIP-1186. */
export interface WitnessAccount {
  readonly address: Hex
  /** RLP of the nodes from the root of the state down. */
  readonly proof: readonly Hex[]
  /** Empty without code. */
  readonly code: Hex
  readonly slots: readonly { readonly key: Hex; readonly proof: readonly Hex[] }[]
}

/** The accounts do not prove what they say; `message` is why. */
export class InvalidWitnessError extends BaseError {
  override readonly name = 'Follower.InvalidWitnessError'
}

const ZERO_ADDRESS: Hex = `0x${'00'.repeat(20)}`
const BRANCH_ITEMS = 17
const IS_LEAF = 0x20
const IS_ODD = 0x10

/** The engine holds the state before the block and no open block; its trie has that state too. */
export function takeWitness(engine: Engine, touched: Touched): WitnessAccount[] {
  // At least one account, so that the root of the state is proven.
  const accounts: Touched = touched.size === 0 ? new Map([[ZERO_ADDRESS, []]]) : touched
  return [...accounts].map(([name, keys]) => {
    const address = hexToBytes(name)
    const proven = engine.trie.proof(address, keys.map(hexToBytes))
    const { accountProof, storageProof, codeHash } = proven
    const hasCode = !equalBytes(codeHash, EMPTY_CODE_HASH)
    return {
      address: name,
      proof: accountProof.map(bytesToHex),
      code: hasCode ? bytesToHex(engine.readCode(address)) : '0x',
      slots: storageProof.map(({ key, proof }) => {
        return { key: bytesToHex(key), proof: proof.map(bytesToHex) }
      }),
    }
  })
}

export function touchedOf(accounts: readonly WitnessAccount[]): Touched {
  return new Map(accounts.map(({ address, slots }) => [address, slots.map(({ key }) => key)]))
}

/**
 * Opens the engine's trie at `stateRoot` on the nodes of the witness alone, and reads out of it what
 * they prove. What is in the trie and what comes back is right, or an error.
 * @throws InvalidWitnessError, and TrieNodeError where a node is absent or not the one that belongs there
 */
export function openWitness(
  engine: Engine,
  stateRoot: Uint8Array,
  accounts: readonly WitnessAccount[],
): GenesisAccount[] {
  engine.trie.readFrom(nodeSource(accounts))
  engine.trie.open(stateRoot)
  return accounts.flatMap((account) => {
    const address = hexToBytes(account.address)
    const code = hexToBytes(account.code)
    const keys = account.slots.map(({ key }) => hexToBytes(key))
    const proven = engine.trie.proof(address, keys)
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : keccak256(code)
    if (!equalBytes(codeHash, proven.codeHash)) {
      throw new InvalidWitnessError(`the code of ${account.address} is another`)
    }
    const { balance, nonce, storageRoot } = proven
    const isEmpty = balance === 0n && nonce === 0n && code.length === 0
    if (isEmpty && equalBytes(storageRoot, EMPTY_TRIE_ROOT)) return []
    const storage = proven.storageProof.filter(({ value }) => value.some((byte) => byte !== 0))
    return [{ address, balance, nonce, code, storage }]
  })
}

/** The nodes by their places; whether they are the right ones the trie looks at. */
function nodeSource(accounts: readonly WitnessAccount[]): TrieNodeSource {
  const nodes = new Map<string, Uint8Array>()
  for (const { address, proof, slots } of accounts) {
    const owner = keccak256(hexToBytes(address))
    placeNodes(nodes, undefined, owner, proof)
    for (const slot of slots) placeNodes(nodes, owner, keccak256(hexToBytes(slot.key)), slot.proof)
  }
  return { node: (place) => nodes.get(placeName(place)) }
}

function placeNodes(
  nodes: Map<string, Uint8Array>,
  owner: Uint8Array | undefined,
  key: Uint8Array,
  proof: readonly Hex[],
): void {
  const nibbles = nibblesOf(key)
  let depth = 0
  for (const node of proof) {
    const rlp = hexToBytes(node)
    nodes.set(placeName({ owner, path: Uint8Array.from(nibbles.slice(0, depth)) }), rlp)
    depth += nibblesPast(rlp)
  }
}

/** How far a node leads on to the next one that has a hash. */
function nibblesPast(rlp: Uint8Array): number {
  const node = decodeNode(rlp)
  if (node.length === BRANCH_ITEMS) return 1
  const path = node[0]
  if (!(path instanceof Uint8Array) || path.length === 0) {
    throw new InvalidWitnessError('a node of the state has no path')
  }
  const flags = path[0]!
  return (flags & IS_LEAF) !== 0 ? 0 : path.length * 2 - ((flags & IS_ODD) === 0 ? 2 : 1)
}

function decodeNode(rlp: Uint8Array): readonly RlpItem[] {
  try {
    const node = decodeRlp(rlp)
    if (!(node instanceof Uint8Array)) return node
  } catch (cause) {
    throw new InvalidWitnessError('a node of the state is no RLP', { cause })
  }
  throw new InvalidWitnessError('a node of the state is no list')
}

function nibblesOf(bytes: Uint8Array): number[] {
  return [...bytes].flatMap((byte) => [byte >> 4, byte & 15])
}

function placeName({ owner, path }: TrieNodePlace): string {
  return `${owner === undefined ? '' : bytesToHex(owner)}/${path.join(',')}`
}
