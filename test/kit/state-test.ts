/**
 * State tests of ethereum/tests, legacytests and execution-spec-tests: one transaction on a given
 * state under a given fork, and the state root and logs it must come to. A file holds templates; this
 * reads them into cases. The files are trusted, so nothing here checks their shape.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { BlobParameters, ChainConfig } from '@shredcast/shared/chain/chain-config'
import { CANCUN_BLOBS, PRAGUE_BLOBS } from '@shredcast/shared/chain/chain-config'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { bigIntToBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'

export interface StateTestCase {
  /** File, test, fork and index of the case. */
  readonly name: string
  readonly fork: Hardfork
  readonly config: ChainConfig
  readonly context: BlockContext
  readonly alloc: readonly GenesisAccount[]
  readonly sender: Uint8Array
  /** @throws MalformedTransactionError when its bytes are none */
  readonly transaction: () => Transaction
  readonly stateRoot: Uint8Array
  /** keccak256 of the RLP of the logs. */
  readonly logsHash: Uint8Array
  /** True and false say whether the transaction must be refused; undefined: the file is silent. */
  readonly isRefused: boolean | undefined
}

// The JSON of a state test as far as it is used.
interface Test {
  readonly env: Record<string, string>
  readonly pre: Record<string, AccountJson>
  readonly transaction: Template
  readonly post: Record<string, readonly PostJson[]>
  readonly config?: { readonly blobSchedule?: Record<string, Record<string, string>> }
}

interface AccountJson {
  readonly balance: string
  readonly nonce: string
  readonly code: string
  readonly storage: Record<string, string>
}

interface Template extends Record<string, unknown> {
  readonly nonce: string
  readonly sender: string
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

const FORK_OF_NAME: Record<string, Hardfork> = {
  Frontier: 'frontier',
  Homestead: 'homestead',
  EIP150: 'tangerineWhistle',
  EIP158: 'spuriousDragon',
  Byzantium: 'byzantium',
  Constantinople: 'constantinople',
  ConstantinopleFix: 'petersburg',
  Istanbul: 'istanbul',
  Berlin: 'berlin',
  London: 'london',
  Merge: 'paris',
  Paris: 'paris',
  Shanghai: 'shanghai',
  Cancun: 'cancun',
  Prague: 'prague',
  Osaka: 'osaka',
}

/** The cases of one file; `path` names them, and tells the suites apart. */
export function readStateTests(path: string, json: string): StateTestCase[] {
  const cases: StateTestCase[] = []
  for (const [name, test] of Object.entries(JSON.parse(json) as Record<string, Test>)) {
    const alloc = accountsOf(test.pre)
    const sender = hexToBytes(test.transaction.sender)
    for (const [forkName, posts] of Object.entries(test.post)) {
      const fork = FORK_OF_NAME[forkName]
      if (fork === undefined) throw new Error(`${path}: unknown fork ${forkName}`)
      const config = configOf(test, forkName, fork)
      for (const [index, post] of posts.entries()) {
        cases.push({
          name: `${path} ${name} ${forkName} ${index}`,
          fork,
          config,
          context: contextOf(test.env, fork),
          alloc,
          sender,
          transaction: () => transactionOf(test.transaction, post),
          stateRoot: hexToBytes(post.hash),
          logsHash: hexToBytes(post.logs),
          isRefused: path.includes('legacytests/Constantinople')
            ? undefined
            : post.expectException !== undefined,
        })
      }
    }
  }
  return cases
}

function accountsOf(pre: Test['pre']): GenesisAccount[] {
  return Object.entries(pre).map(([address, { balance, nonce, code, storage }]) => ({
    address: hexToBytes(address),
    balance: numberOf(balance),
    nonce: numberOf(nonce),
    code: hexToBytes(code),
    storage: Object.entries(storage)
      .map(([key, value]) => ({ key: wordOf(key), value: wordOf(value) }))
      .filter(({ value }) => value.some((byte) => byte !== 0)),
  }))
}

function configOf({ config }: Test, forkName: string, fork: Hardfork): ChainConfig {
  const given = config?.blobSchedule?.[forkName]
  const usual = isAtLeast(fork, 'prague') ? PRAGUE_BLOBS : CANCUN_BLOBS
  const blobs: BlobParameters =
    given === undefined
      ? usual
      : {
          target: Number(given.target),
          max: Number(given.max),
          baseFeeUpdateFraction: BigInt(given.baseFeeUpdateFraction as string),
        }
  return {
    chainId: 1n,
    forks: [{ fork, block: 0n }],
    blobSchedule: isAtLeast(fork, 'cancun') ? [{ time: 0n, ...blobs }] : [],
  }
}

/** What the generators of the tests take for the hashes of earlier blocks. */
class TestBlockHashes extends Map<bigint, Uint8Array> {
  override get(number: bigint): Uint8Array {
    return keccak256(new TextEncoder().encode(String(number)))
  }
}

function contextOf(env: Test['env'], fork: Hardfork): BlockContext {
  const number = (name: string) => numberOf(env[name] ?? '0x0')
  const isMerged = isAtLeast(fork, 'paris')
  return {
    parentHash: new Uint8Array(32),
    number: number('currentNumber'),
    timestamp: number('currentTimestamp'),
    beneficiary: hexToBytes(env.currentCoinbase as string),
    gasLimit: number('currentGasLimit'),
    difficulty: isMerged ? 0n : number('currentDifficulty'),
    prevRandao: isMerged ? wordOf(env.currentRandom ?? '0x0') : new Uint8Array(32),
    ...(isAtLeast(fork, 'london') ? { baseFeePerGas: number('currentBaseFee') } : {}),
    ...(isAtLeast(fork, 'cancun') ? { excessBlobGas: number('currentExcessBlobGas') } : {}),
    ommers: [],
    blockHashes: new TestBlockHashes(),
  }
}

function transactionOf(template: Template, { indexes, txbytes }: PostJson): Transaction {
  // The signed bytes where there are some: they alone can hold what fits no field.
  if (txbytes !== undefined) return decodeTransaction(hexToBytes(txbytes))
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
    r: 1n,
    s: 1n,
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

/** Hex, also without digits. */
function numberOf(hex: string): bigint {
  return hex === '0x' ? 0n : BigInt(hex)
}

function wordOf(hex: string): Uint8Array {
  return bigIntToBytes(numberOf(hex), 32)
}
