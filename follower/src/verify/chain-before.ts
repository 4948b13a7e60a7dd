/** The chain that a reported block continues, as far as report and genesis tell and prove it. */

import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Engine } from '@shredcast/shared/engine/engine'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { ChainState } from '@shredcast/shared/state/chain-state'
import type { DivergenceReport } from '../apply/divergence-report.ts'
import { GenesisChain } from '../chain/genesis-chain.ts'
import { RefutedReportError } from './refuted-report.ts'
import { ReportedChain } from './reported-chain.ts'
import type { SignedBlock } from './signed-block.ts'
import { openWitness } from './witness.ts'

/**
 * Its state is what the report proves of it.
 * @throws RefutedReportError, InvalidWitnessError, TrieNodeError
 */
export function chainBefore(
  genesis: Genesis,
  engine: Engine,
  report: DivergenceReport,
  { messages, parentSeal }: SignedBlock,
): GenesisChain {
  const { header: first, hash: genesisHash } = ChainState.fromGenesis(genesis, engine.trie).head
  const isSameChain =
    bytesToHex(genesisHash) === report.genesisHash &&
    String(genesis.config.chainId) === report.chainId
  if (!isSameChain) {
    throw new RefutedReportError(
      `the report is of chain ${report.chainId} with genesis ${report.genesisHash}, not of chain ` +
        `${genesis.config.chainId} with genesis ${bytesToHex(genesisHash)}`,
    )
  }
  if (parentSeal === undefined && messages[0]?.message.seq !== 0) {
    throw new RefutedReportError('the frames do not reach back to the block before')
  }
  if (report.accounts === null) {
    throw new RefutedReportError('the report proves nothing of the state: there was too much')
  }
  const parent = parentSeal?.header ?? first
  const accounts = openWitness(engine, parent.stateRoot, report.accounts)
  const opened = messages[0]?.message
  const told = opened?.type === 'blockOpened' ? opened.context.blockHashes : new Map()
  const proven = provenHashes(parent, first.number, genesisHash)
  checkHashIsProven(report, proven)
  const hashes = new Map([...told, ...proven])
  return new GenesisChain(
    genesis.config,
    new ReportedChain(genesisHash, parent, { accounts, hashes }),
  )
}

/** Hashes of blocks that need no more than the header of the parent, and the genesis. */
function provenHashes(
  parent: Header,
  genesisNumber: bigint,
  genesisHash: Uint8Array,
): Map<bigint, Uint8Array> {
  const hashes = new Map<bigint, Uint8Array>()
  if (parent.number > genesisNumber) hashes.set(parent.number - 1n, parent.parentHash)
  if (parent.number - genesisNumber < 256n) hashes.set(genesisNumber, genesisHash)
  const hash = headerHash(parent)
  if (parent.number === genesisNumber && !equalBytes(hash, genesisHash)) {
    throw new RefutedReportError('the block before is not the genesis')
  }
  return hashes.set(parent.number, hash)
}

/** Older hashes are taken as the leader tells them, so a report about one cannot be checked. */
function checkHashIsProven(
  { location }: DivergenceReport,
  proven: ReadonlyMap<bigint, Uint8Array>,
): void {
  if (location.kind !== 'context') return
  const number = /^blockHashes\[(\d+)\]$/.exec(location.field)?.[1]
  if (number === undefined || proven.has(BigInt(number))) return
  throw new RefutedReportError(`nothing in the report proves the hash of block ${number}`)
}
