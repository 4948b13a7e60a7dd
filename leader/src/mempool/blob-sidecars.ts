/**
 * Sidecars of blob transactions: checked before the pool takes the transaction, kept while it waits and
 * for some blocks behind its own, and then forgotten. No block holds them, and a restart forgets them too.
 */

import type { BlobSidecar } from '@shredcast/shared/chain/blob-sidecar'
import {
  blobVersionedHash,
  CELLS_PER_BLOB,
  sidecarBytes,
} from '@shredcast/shared/chain/blob-sidecar'
import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import { BlobProofs } from '@shredcast/shared/engine/blobs/blob-proofs'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { AdmissionRules } from './admission.ts'
import { admitTransaction } from './admission.ts'
import { PoolError } from './pool-error.ts'

/** Of all sidecars together: those of sealed blocks make room for new ones. */
const SIDECAR_BYTES_MAX = 64 * 1024 * 1024
/** Blocks behind its own for which a sidecar is kept. */
const KEPT_BLOCKS = 256n
/** Sidecars that wait for the check of their proofs; a check takes some milliseconds a blob. */
const CHECKS_MAX = 32

interface KeptSidecar {
  readonly sidecar: BlobSidecar
  /** Of the sealed block that has the transaction. */
  sealedIn: bigint | undefined
}

export class BlobSidecars {
  readonly #proofs = new BlobProofs()
  /** By hash of the transaction, in order of arrival. */
  readonly #kept = new Map<Hex, KeptSidecar>()
  #bytes = 0

  /**
   * Hands the transaction in by `admit`, if the sidecar is its own, and keeps the sidecar.
   * @throws PoolError, ProofCheckEndedError, and what `admit` throws
   */
  async add(
    bytes: Uint8Array,
    sidecar: BlobSidecar,
    rules: AdmissionRules,
    admit: () => Promise<Hex>,
  ): Promise<Hex> {
    checkSidecar(admitTransaction(bytes, rules), sidecar, rules)
    const size = sidecarBytes(sidecar)
    this.#makeRoom(size)
    this.#bytes += size
    try {
      const fault = await this.#proofs.check(sidecar)
      if (fault !== undefined) throw new PoolError('blobProof', fault)
      const hash = await admit()
      this.#kept.set(hash, { sidecar, sealedIn: undefined })
      return hash
    } catch (error) {
      this.#bytes -= size
      throw error
    }
  }

  get(hash: Hex): BlobSidecar | undefined {
    return this.#kept.get(hash)?.sidecar
  }

  /** The transaction will not be executed. */
  drop(hash: Hex): void {
    const kept = this.#kept.get(hash)
    if (kept === undefined) return
    this.#kept.delete(hash)
    this.#bytes -= sidecarBytes(kept.sidecar)
  }

  /** Forgets what is older than the newest blocks. */
  sealed({ header: { number }, transactions }: BlockRecord): void {
    if (this.#kept.size === 0) return
    for (const { hash } of transactions) {
      const kept = this.#kept.get(bytesToHex(hash))
      if (kept !== undefined) kept.sealedIn = number
    }
    for (const [hash, { sealedIn }] of this.#kept) {
      if (sealedIn !== undefined && sealedIn + KEPT_BLOCKS <= number) this.drop(hash)
    }
  }

  async close(): Promise<void> {
    await this.#proofs.close()
  }

  /** @throws PoolError */
  #makeRoom(size: number): void {
    if (this.#proofs.waitingCount >= CHECKS_MAX) throw new PoolError('poolFull', 'of blob proofs')
    for (const [hash, { sealedIn }] of this.#kept) {
      if (this.#bytes + size <= SIDECAR_BYTES_MAX) return
      if (sealedIn !== undefined) this.drop(hash)
    }
    if (this.#bytes + size > SIDECAR_BYTES_MAX) throw new PoolError('poolFull', 'of blobs')
  }
}

/**
 * The rules of go-ethereum's `validateBlobSidecar`. From Osaka on one proof a blob will do too, as there
 * over JSON-RPC: no library sends anything else yet, and nobody here passes sidecars on.
 */
function checkSidecar(tx: Transaction, sidecar: BlobSidecar, { fork }: AdmissionRules): void {
  const { version, blobs, commitments, proofs } = sidecar
  if (version === 1 && !isAtLeast(fork, 'osaka')) {
    throw new PoolError('sidecarVersion', `cell proofs in ${fork}`)
  }
  const hashes = tx.blobVersionedHashes
  const proofCount = hashes.length * (version === 1 ? CELLS_PER_BLOB : 1)
  const counts = [
    ['blobs', blobs.length, hashes.length],
    ['commitments', commitments.length, hashes.length],
    ['proofs', proofs.length, proofCount],
  ] as const
  for (const [what, count, wanted] of counts) {
    if (count !== wanted)
      throw new PoolError('sidecarCount', `${count} ${what}, expected ${wanted}`)
  }
  const other = commitments.findIndex((commitment, index) => {
    return !equalBytes(blobVersionedHash(commitment), hashes[index]!)
  })
  if (other >= 0) throw new PoolError('blobHashMismatch', `of blob ${other}`)
}
