/** Blob transactions with their sidecars over JSON-RPC, sent by viem and by hand. */

import type { BlobSidecar } from '@shredcast/shared/chain/blob-sidecar'
import { joinSidecar, splitSidecar } from '@shredcast/shared/chain/blob-sidecar'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { Hex, TransactionSerializableEIP4844 } from 'viem'
import { blobsToCommitments, commitmentsToVersionedHashes, stringToHex, toBlobs } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askRpc } from '../kit/ask-rpc.ts'
import { devAccount, devWallet } from '../kit/dev-token.ts'
import { blobOf, KzgProver } from '../kit/kzg-prover.ts'
import type { RpcLeader } from '../kit/rpc-leader.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const TO = '0x00000000000000000000000000000000000000aa'

let node: RpcLeader
let kzg: KzgProver

beforeAll(async () => {
  node = await startRpcLeader({ blockTimeMs: 0, isDev: true })
  kzg = await KzgProver.create()
})

afterAll(async () => {
  expect(node.internalErrors).toEqual([])
  await node.close()
})

const ask = (method: string, ...params: unknown[]) => askRpc(node.httpUrl, method, params)
const blobsOf = async (hash: Hex) => (await ask('anvil_getBlobsByTransactionHash', hash)).result

/** Signed in the form that blocks hold, with blobs of low degree and both kinds of proofs. */
async function signed(sender: number, count = 1) {
  const account = devAccount(sender)
  const blobs = Array.from({ length: count }, (_, index) => blobOf([7n, BigInt(index) + 1n]))
  const commitments = blobsToCommitments({ blobs, kzg, to: 'bytes' })
  const nonce = Number((await ask('eth_getTransactionCount', account.address, 'pending')).result)
  const transaction: TransactionSerializableEIP4844 = {
    ...{ type: 'eip4844', chainId: 31337, nonce, to: TO, gas: 21_000n },
    ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 10n ** 10n },
    blobVersionedHashes: commitmentsToVersionedHashes({ commitments, to: 'hex' }),
    sidecars: false,
  }
  const bytes = hexToBytes(await account.signTransaction(transaction))
  const proofs = blobs.map((blob, index) => kzg.computeBlobKzgProof(blob, commitments[index]!))
  const cellProofs = blobs.flatMap((blob) => kzg.computeCellProofs(blob))
  const single: BlobSidecar = { version: 0, blobs, commitments, proofs }
  const cells: BlobSidecar = { version: 1, blobs, commitments, proofs: cellProofs }
  return { bytes, single, cells }
}

const send = (bytes: Uint8Array, sidecar: BlobSidecar) => {
  return ask('eth_sendRawTransaction', bytesToHex(joinSidecar(bytes, sidecar)))
}

describe('blob transactions', () => {
  it('are sent by viem with their blobs, which no block holds', async () => {
    const blobs = toBlobs({ data: stringToHex('for a while') })
    const wallet = devWallet(node.httpUrl, 0)
    const hash = await wallet.sendTransaction({ blobs, kzg, to: TO, maxFeePerBlobGas: 10n ** 9n })
    await ask('anvil_mine')
    const { result: receipt } = await ask('eth_getTransactionReceipt', hash)
    expect(receipt).toMatchObject({ status: '0x1', type: '0x3', blobGasUsed: '0x20000' })
    const { result: transaction } = await ask('eth_getTransactionByHash', hash)
    const commitments = blobsToCommitments({ blobs, kzg })
    expect(transaction.blobVersionedHashes).toEqual(commitmentsToVersionedHashes({ commitments }))
    const { result: raw } = await ask('eth_getRawTransactionByHash', hash)
    expect(splitSidecar(hexToBytes(raw))).toEqual({ bytes: hexToBytes(raw) })
    expect(await blobsOf(hash)).toEqual(blobs)
  })

  it('come with proofs of cells (EIP-7594), and synchronously', async () => {
    const { bytes, cells } = await signed(1, 2)
    const raw = bytesToHex(joinSidecar(bytes, cells))
    const { result: receipt } = await ask('eth_sendRawTransactionSync', raw)
    expect(receipt).toMatchObject({ status: '0x1', type: '0x3', blobGasUsed: '0x40000' })
    const again = await ask('eth_sendRawTransactionSync', raw)
    expect(again.result).toEqual(receipt)
    expect(await blobsOf(receipt.transactionHash)).toEqual(cells.blobs.map(bytesToHex))
  })

  it('have their blobs kept for 256 blocks', async () => {
    const { bytes, single } = await signed(2)
    const { result: hash } = await send(bytes, single)
    await ask('anvil_mine', '0x100')
    expect(await blobsOf(hash)).toHaveLength(1)
    await ask('anvil_mine')
    expect(await blobsOf(hash)).toBeNull()
    expect((await ask('eth_getTransactionReceipt', hash)).result.status).toBe('0x1')
  })

  it('are refused when the sidecar is not theirs', async () => {
    const { bytes, single, cells } = await signed(3)
    const other = await signed(3, 2)
    const cases: [BlobSidecar, RegExp][] = [
      [other.single, /^invalid number of parts in the blob sidecar: 2 blobs, expected 1$/],
      [{ ...cells, proofs: single.proofs }, /1 proofs, expected 128$/],
      [
        { ...single, commitments: [other.single.commitments[1]!] },
        /^blob commitment does not match its versioned hash: of blob 0$/,
      ],
      [{ ...single, proofs: [single.commitments[0]!] }, /^invalid blob sidecar: invalid proof of/],
      [
        { ...cells, proofs: cells.proofs.map(() => single.commitments[0]!) },
        /invalid cell proofs$/,
      ],
    ]
    for (const [sidecar, text] of cases) {
      const { error } = await send(bytes, sidecar)
      expect(error?.code).toBe(-32000)
      expect(error?.message).toMatch(text)
    }
    const raw = joinSidecar(bytes, single)
    const { error } = await ask('eth_sendRawTransaction', bytesToHex(raw.slice(0, -1)))
    expect([error?.code, error?.message]).toEqual([
      -32000,
      expect.stringMatching(/^malformed blob/),
    ])
    expect((await send(bytes, single)).result).toMatch(/^0x/)
    expect((await send(bytes, single)).error?.message).toBe('already known')
  })
})
