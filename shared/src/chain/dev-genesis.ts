/**
 * The development chain of `--dev` and `npm start`: every fork active from the first block, ten
 * funded accounts of the mnemonic that all Ethereum development tools share.
 */

import type { Genesis } from './genesis.ts'
import { genesisFromJson } from './genesis.ts'
import { SYSTEM_CONTRACTS } from './system-contracts.ts'

/** Public, so its keys are worth nothing anywhere else. Paths are m/44'/60'/0'/0/0 to 9. */
export const DEV_MNEMONIC = 'test test test test test test test test test test test junk'

export const DEV_CHAIN_ID = 31337

/** The mnemonic's first ten accounts, in order. */
export const DEV_ADDRESSES = [
  '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266',
  '0x70997970c51812dc3a010c7d01b50e0d17dc79c8',
  '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc',
  '0x90f79bf6eb2c4f870365e785982e1f101e93b906',
  '0x15d34aaf54267db7d7c367839aaf71a00a2c6a65',
  '0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc',
  '0x976ea74026e726554db657fa54763abd0c3a0aa9',
  '0x14dc79964da2c08b23698b3d3cc7ca32193d9955',
  '0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f',
  '0xa0ee7a142d267c1f36714e4a8f75612f20a79720',
] as const

const DEV_BALANCE_WEI = 10_000n * 10n ** 18n
const DEV_GAS_LIMIT = 60_000_000

/** In geth's format, as a genesis file would say it. */
const CONFIG = {
  chainId: DEV_CHAIN_ID,
  homesteadBlock: 0,
  eip150Block: 0,
  eip155Block: 0,
  eip158Block: 0,
  byzantiumBlock: 0,
  constantinopleBlock: 0,
  petersburgBlock: 0,
  istanbulBlock: 0,
  berlinBlock: 0,
  londonBlock: 0,
  terminalTotalDifficulty: 0,
  shanghaiTime: 0,
  cancunTime: 0,
  pragueTime: 0,
  osakaTime: 0,
  blobSchedule: {
    cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
    prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
    osaka: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
  },
}

/** Genesis of the development chain, at the given Unix time in seconds. */
export function devGenesis(timestamp = 0): Genesis {
  const funded = DEV_ADDRESSES.map((address) => [address, { balance: String(DEV_BALANCE_WEI) }])
  const system = Object.entries(SYSTEM_CONTRACTS).map(([address, code]) => {
    return [address, { nonce: 1, balance: 0, code: `0x${code}` }]
  })
  return genesisFromJson({
    config: CONFIG,
    difficulty: 0,
    gasLimit: DEV_GAS_LIMIT,
    timestamp,
    alloc: Object.fromEntries([...funded, ...system]),
  })
}
