/**
 * What the files of ethereum/tests, legacytests and execution-spec-tests have in common: named tests in
 * JSON, accounts, names of forks, and numbers in hex. What a test's JSON should hold is taken on trust.
 */

import { BaseError } from '../primitives/base-error.ts'
import { bigIntToBytes, hexToBytes } from '../primitives/bytes.ts'
import type { BlobParameters } from './chain-config.ts'
import { CANCUN_BLOBS, PRAGUE_BLOBS } from './chain-config.ts'
import type { GenesisAccount } from './genesis-account.ts'
import type { Hardfork } from './hardforks.ts'

export class InvalidTestFileError extends BaseError {
  override readonly name = 'Chain.InvalidTestFileError'
}

/** A test of a file, before it is read further. */
export interface NamedTest<Json> {
  readonly name: string
  readonly json: Json
}

/** Accounts by address. */
export type PreStateJson = Readonly<Record<string, AccountJson>>

interface AccountJson {
  readonly balance: string
  readonly nonce: string
  readonly code: string
  readonly storage: Record<string, string>
}

/** Of files of execution-spec-tests. */
export interface TestConfigJson {
  readonly chainid?: string
  /** By name of fork. */
  readonly blobSchedule?: Record<string, Record<string, string>>
}

export const FORK_OF_NAME: Readonly<Record<string, Hardfork>> = {
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

/**
 * The tests of a file that are of the kind that `isOne` knows; others are passed over.
 * @throws InvalidTestFileError when the text is no JSON
 */
export function parseTests<Json>(
  text: string,
  isOne: (json: Partial<Json>) => boolean,
): NamedTest<Json>[] {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw new InvalidTestFileError(`not JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof file !== 'object' || file === null) return []
  return Object.entries(file).flatMap(([name, json]: [string, unknown]) => {
    const isObject = typeof json === 'object' && json !== null
    return isObject && isOne(json as Partial<Json>) ? [{ name, json: json as Json }] : []
  })
}

export function accountsOf(state: PreStateJson): GenesisAccount[] {
  return Object.entries(state).map(([address, { balance, nonce, code, storage }]) => ({
    address: hexToBytes(address),
    balance: numberOf(balance),
    nonce: numberOf(nonce),
    code: hexToBytes(code),
    storage: Object.entries(storage)
      .map(([key, value]) => ({ key: wordOf(key), value: wordOf(value) }))
      .filter(({ value }) => value.some((byte) => byte !== 0)),
  }))
}

const MAINNET_BLOBS: Readonly<Record<string, BlobParameters>> = {
  Cancun: CANCUN_BLOBS,
  Prague: PRAGUE_BLOBS,
  Osaka: PRAGUE_BLOBS,
}

/**
 * Blob parameters under the fork of this name, mainnet's where the test has none.
 * @throws InvalidTestFileError
 */
export function testBlobs(forkName: string, config: TestConfigJson | undefined): BlobParameters {
  const given = config?.blobSchedule?.[forkName]
  if (given === undefined) {
    const usual = MAINNET_BLOBS[forkName]
    if (usual === undefined) throw new InvalidTestFileError(`no blobSchedule for ${forkName}`)
    return usual
  }
  return {
    target: Number(given.target),
    max: Number(given.max),
    baseFeeUpdateFraction: BigInt(given.baseFeeUpdateFraction as string),
  }
}

/** Hex, also without digits. */
export function numberOf(hex: string): bigint {
  return hex === '0x' ? 0n : BigInt(hex)
}

export function wordOf(hex: string): Uint8Array {
  return bigIntToBytes(numberOf(hex), 32)
}
