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

/** Their secret keys, in order: as public as the mnemonic. */
export const DEV_SECRET_KEYS = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
  '0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a',
  '0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba',
  '0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e',
  '0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356',
  '0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97',
  '0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6',
] as const

export const DEV_BALANCE_WEI = 10_000n * 10n ** 18n
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
  const genesis = genesisFromJson({
    config: CONFIG,
    difficulty: 0,
    gasLimit: DEV_GAS_LIMIT,
    timestamp,
    alloc: Object.fromEntries([...funded, ...system]),
  })
  return { ...genesis, config: { ...genesis.config, isDevelopment: true } }
}
