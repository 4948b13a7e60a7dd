/**
 * State tests of ethereum/tests, legacytests and execution-spec-tests: one transaction on a given
 * state under a given fork, and the state root and logs it must come to. A file holds templates of
 * several tests; this reads them into cases.
 */

import { hexToBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import type { BlockContext } from './block.ts'
import type { ChainConfig } from './chain-config.ts'
import type { GenesisAccount } from './genesis-account.ts'
import type { Hardfork } from './hardforks.ts'
import { isAtLeast } from './hardforks.ts'
import type { PreStateJson, TestConfigJson } from './test-format.ts'
import { accountsOf, FORK_OF_NAME, numberOf, parseTests, testBlobs, wordOf } from './test-format.ts'
import type { Transaction } from './transaction.ts'

export interface StateTestCase {
  readonly test: string
  /** Name of the fork as the file gives it. */
  readonly fork: string
  /** Place among the test's cases of that fork. */
  readonly index: number
  readonly rules: StateTestRules
  /** One array for all cases of a test. */
  readonly alloc: readonly GenesisAccount[]
  readonly transaction: StateTestTransaction
  readonly stateRoot: Uint8Array
  /** keccak256 of the RLP of the logs. */
  readonly logsHash: Uint8Array
  /** True and false say whether the transaction must be refused; undefined: the file is silent. */
  readonly isRefused: boolean | undefined
}

/** Fork and block of a case. */
export interface StateTestRules {
  readonly hardfork: Hardfork
  readonly config: ChainConfig
  readonly context: BlockContext
}

/** As the file gives it: signed, or still to be signed with `secretKey` (32 bytes). */
export type StateTestTransaction =
  | { readonly signed: Uint8Array }
  | { readonly unsigned: Transaction; readonly secretKey: Uint8Array }

/** A test of a file, before it is read into cases. */
export interface StateTest {
  readonly name: string
  readonly json: StateTestJson
}

/** Cases of a fork that this project does not know. */
export interface UnknownForkCase {
  readonly test: string
  readonly fork: string
  readonly index: number
  readonly rules: undefined
}

// The JSON of a state test as far as it is used.
interface StateTestJson {
  readonly env: Record<string, string>
  readonly pre: PreStateJson
  readonly transaction: Template
  readonly post: Record<string, readonly PostJson[]>
  readonly config?: TestConfigJson
}

interface Template extends Record<string, unknown> {
  readonly nonce: string
  readonly secretKey: string
  readonly to: string
  readonly data: readonly string[]
  readonly gasLimit: readonly string[]
  readonly value: readonly string[]
  readonly gasPrice?: string
  readonly maxFeePerGas?: string
  readonly maxPriorityFeePerGas?: string
  readonly maxFeePerBlobGas?: string
  readonly blobVersionedHashes?: readonly string[]
  readonly accessLists?: readonly (readonly AccessJson[] | null)[]
  readonly authorizationList?: readonly Record<string, string>[]
}

interface AccessJson {
  readonly address: string
  readonly storageKeys: readonly string[]
}

interface PostJson {
  readonly hash: string
  readonly logs: string
  readonly txbytes?: string
  readonly expectException?: string
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number }
}

/**
 * The state tests among the named tests of a file; other kinds of tests are passed over.
 * @throws InvalidTestFileError when the text is no JSON
 */
export function parseStateTests(text: string): StateTest[] {
  return parseTests<StateTestJson>(text, (json) => {
    return typeof json.post === 'object' && typeof json.transaction === 'object' && 'env' in json
  })
}

/**
 * The cases of a test, by fork and index. What its JSON should hold is taken on trust.
 * @throws whatever reading a field that is not as it should be leads to
 */
export function stateTestCases({ name, json }: StateTest): (StateTestCase | UnknownForkCase)[] {
  const alloc = accountsOf(json.pre)
  return Object.entries(json.post).flatMap(([fork, posts]) => {
    const rules = rulesOf(json, fork)
    return posts.map((post, index) => {
      const place = { test: name, fork, index }
      if (rules === undefined) return { ...place, rules }
      return { ...place, rules, alloc, ...expectationOf(json.transaction, post) }
    })
  })
}

function expectationOf(template: Template, post: PostJson) {
  const { txbytes, expectException } = post
  // Files without signed bytes are the oldest, which do not say what is refused.
  const isSilent = txbytes === undefined && expectException === undefined
  return {
    transaction:
      txbytes === undefined
        ? { unsigned: transactionOf(template, post), secretKey: wordOf(template.secretKey) }
        : { signed: hexToBytes(txbytes) },
    stateRoot: hexToBytes(post.hash),
    logsHash: hexToBytes(post.logs),
    isRefused: isSilent ? undefined : expectException !== undefined,
  }
}

function rulesOf(json: StateTestJson, forkName: string): StateTestRules | undefined {
  const hardfork = FORK_OF_NAME[forkName]
  if (hardfork === undefined) return undefined
  const config = {
    chainId: 1n,
    forks: [{ fork: hardfork, block: 0n }],
    blobSchedule: isAtLeast(hardfork, 'cancun')
      ? [{ time: 0n, ...testBlobs(forkName, json.config) }]
      : [],
  }
  return { hardfork, config, context: contextOf(json.env, hardfork) }
}

function contextOf(env: StateTestJson['env'], fork: Hardfork): BlockContext {
  const number = (name: string) => numberOf(env[name] ?? '0x0')
  const isMerged = isAtLeast(fork, 'paris')
  const blockNumber = number('currentNumber')
  return {
    parentHash: new Uint8Array(32),
    number: blockNumber,
    timestamp: number('currentTimestamp'),
    beneficiary: hexToBytes(env.currentCoinbase as string),
    gasLimit: number('currentGasLimit'),
    difficulty: isMerged ? 0n : number('currentDifficulty'),
    prevRandao: isMerged ? wordOf(env.currentRandom ?? '0x0') : new Uint8Array(32),
    ...(isAtLeast(fork, 'london') ? { baseFeePerGas: number('currentBaseFee') } : {}),
    ...(isAtLeast(fork, 'cancun') ? { excessBlobGas: number('currentExcessBlobGas') } : {}),
    ommers: [],
    blockHashes: blockHashesBefore(blockNumber),
  }
}

const BLOCK_HASH_COUNT = 256n
const blockHashes = new Map<bigint, ReadonlyMap<bigint, Uint8Array>>()

/** What the generators of the tests take for the hashes of earlier blocks; few numbers occur. */
function blockHashesBefore(number: bigint): ReadonlyMap<bigint, Uint8Array> {
  const known = blockHashes.get(number)
  if (known !== undefined) return known
  const hashes = new Map<bigint, Uint8Array>()
  const first = number < BLOCK_HASH_COUNT ? 0n : number - BLOCK_HASH_COUNT
  for (let ancestor = first; ancestor < number; ancestor++) {
    hashes.set(ancestor, keccak256(new TextEncoder().encode(String(ancestor))))
  }
  blockHashes.set(number, hashes)
  return hashes
}

function transactionOf(template: Template, { indexes }: PostJson): Transaction {
  const accessList = template.accessLists?.[indexes.data] ?? undefined
  const type = typeOf(template, accessList !== undefined)
  const gasPrice = template.gasPrice
  return {
    type,
    chainId: type === 0 ? undefined : 1n,
    nonce: numberOf(template.nonce),
    gasLimit: numberOf(template.gasLimit[indexes.gas] as string),
    maxFeePerGas: numberOf((template.maxFeePerGas ?? gasPrice) as string),
    maxPriorityFeePerGas: numberOf((template.maxPriorityFeePerGas ?? gasPrice) as string),
    to: template.to === '' ? undefined : hexToBytes(template.to),
    value: numberOf(template.value[indexes.value] as string),
    data: hexToBytes(template.data[indexes.data] as string),
    accessList: (accessList ?? []).map(({ address, storageKeys }) => ({
      address: hexToBytes(address),
      storageKeys: storageKeys.map(wordOf),
    })),
    maxFeePerBlobGas: numberOf(template.maxFeePerBlobGas ?? '0x0'),
    blobVersionedHashes: (template.blobVersionedHashes ?? []).map(hexToBytes),
    authorizationList: (template.authorizationList ?? []).map((entry) => ({
      chainId: numberOf(entry.chainId as string),
      address: hexToBytes(entry.address as string),
      nonce: numberOf(entry.nonce as string),
      yParity: Number(numberOf((entry.yParity ?? entry.v) as string)),
      r: numberOf(entry.r as string),
      s: numberOf(entry.s as string),
    })),
    yParity: 0,
    r: 0n,
    s: 0n,
  }
}

function typeOf(template: Template, hasAccessList: boolean): Transaction['type'] {
  if (template.authorizationList !== undefined) return 4
  if (template.blobVersionedHashes !== undefined || template.maxFeePerBlobGas !== undefined) {
    return 3
  }
  if (template.maxFeePerGas !== undefined) return 2
  return hasAccessList ? 1 : 0
}
