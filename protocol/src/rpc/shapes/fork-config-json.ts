/** The rules of the chain as `eth_config` tells them (EIP-7910): current, next and last. */

import { crc32 } from 'node:zlib'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { blobParametersAt, hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { assert } from '@shredcast/shared/primitives/assert'
import { bigIntToBytes, bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { ChainReader } from '../backend.ts'
import { quantity } from '../quantity.ts'

/** Names of the EIP, in the order of the addresses, from 1 on. */
const PRECOMPILES: readonly (readonly [name: string, since: Hardfork])[] = [
  ['ECREC', 'frontier'],
  ['SHA256', 'frontier'],
  ['RIPEMD160', 'frontier'],
  ['ID', 'frontier'],
  ['MODEXP', 'byzantium'],
  ['BN254_ADD', 'byzantium'],
  ['BN254_MUL', 'byzantium'],
  ['BN254_PAIRING', 'byzantium'],
  ['BLAKE2F', 'istanbul'],
  ['KZG_POINT_EVALUATION', 'cancun'],
  ['BLS12_G1ADD', 'prague'],
  ['BLS12_G1MSM', 'prague'],
  ['BLS12_G2ADD', 'prague'],
  ['BLS12_G2MSM', 'prague'],
  ['BLS12_PAIRING_CHECK', 'prague'],
  ['BLS12_MAP_FP_TO_G1', 'prague'],
  ['BLS12_MAP_FP2_TO_G2', 'prague'],
]
/** EIP-7951. */
const P256VERIFY_ADDRESS = 0x100

const SYSTEM_CONTRACTS: readonly (readonly [name: string, address: string, since: Hardfork])[] = [
  ['BEACON_ROOTS_ADDRESS', '0x000f3df6d732807ef1319fb7b8bb8522d0beac02', 'cancun'],
  [
    'CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS',
    '0x0000bbddc7ce488642fb579f8b00f3a590007251',
    'prague',
  ],
  ['HISTORY_STORAGE_ADDRESS', '0x0000f90827f1c53a10cb7a02335b175320002935', 'prague'],
  ['WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS', '0x00000961ef480eb55e80d19ad83579a64c007002', 'prague'],
]

/** `next` and `last` are null when no change is scheduled. */
export function forkConfigsJson(chain: ChainReader) {
  const { config, head } = chain
  const genesis = chain.blockByNumber(0n)
  assert(genesis?.hash !== undefined, 'a chain has a block 0')
  const { number, timestamp } = head.header
  const { hash, header } = genesis
  const times = changeTimes(config)
  const show = (time: bigint | undefined) => {
    return time === undefined ? null : forkJson(config, { time, number, hash, header })
  }
  const future = times.filter((time) => time > timestamp)
  return {
    current: show(times.findLast((time) => time <= timestamp) ?? 0n),
    next: show(future[0]),
    last: show(future.at(-1)),
  }
}

/** When rules change by time, forks of blob parameters alone included; ascending. */
function changeTimes({ forks, blobSchedule }: ChainConfig): bigint[] {
  const times = [...forks, ...blobSchedule].map(({ time }) => time)
  const known = new Set(times.filter((time) => time !== undefined))
  return [...known].sort((a, b) => (a < b ? -1 : 1))
}

interface ForkPlace {
  readonly time: bigint
  /** Of the head: forks by block are those that are active there. */
  readonly number: bigint
  /** Of block 0. */
  readonly hash: Uint8Array
  readonly header: { readonly timestamp: bigint }
}

function forkJson(config: ChainConfig, place: ForkPlace) {
  const { time, number } = place
  const fork = hardforkAt(config, number, time)
  const blobs = blobParametersAt(config, time)
  const { depositContract } = config
  const precompiles = PRECOMPILES.map(([name, since], index) => [name, since, index + 1] as const)
  const active = [...precompiles, ['P256VERIFY', 'osaka', P256VERIFY_ADDRESS] as const]
    .filter(([, since]) => isAtLeast(fork, since))
    .map(([name, , address]) => [name, bytesToHex(bigIntToBytes(BigInt(address), 20))])
  const contracts = SYSTEM_CONTRACTS.filter(([, , since]) => isAtLeast(fork, since))
  const hasDeposits = depositContract !== undefined && isAtLeast(fork, 'prague')
  return {
    activationTime: Number(time),
    blobSchedule:
      blobs === undefined
        ? null
        : {
            baseFeeUpdateFraction: Number(blobs.baseFeeUpdateFraction),
            max: blobs.max,
            target: blobs.target,
          },
    chainId: quantity(config.chainId),
    forkId: forkId(config, place),
    precompiles: Object.fromEntries(active),
    systemContracts: {
      ...Object.fromEntries(contracts.map(([name, address]) => [name, address])),
      ...(hasDeposits && { DEPOSIT_CONTRACT_ADDRESS: bytesToHex(depositContract) }),
    },
  }
}

/** FORK_HASH of EIP-6122: over the genesis hash and all changes up to here, those of block 0 aside. */
function forkId(config: ChainConfig, { time, number, hash, header }: ForkPlace): string {
  const { forks, bombDelays = [], daoForkBlock } = config
  // The merge was no block that was known beforehand (EIP-3675).
  const counted = forks.filter(({ fork }) => fork !== 'paris')
  const byBlock = [...counted, ...bombDelays, { block: daoForkBlock }]
    .map(({ block }) => block)
    .filter((block) => block !== undefined && block > 0n && block <= number)
  const byTime = changeTimes(config).filter((at) => at > header.timestamp && at <= time)
  const blocks = [...new Set(byBlock as bigint[])].sort((a, b) => (a < b ? -1 : 1))
  let checksum = crc32(hash)
  for (const change of [...blocks, ...byTime]) {
    checksum = crc32(bigIntToBytes(change, 8), checksum)
  }
  return `0x${checksum.toString(16).padStart(8, '0')}`
}
