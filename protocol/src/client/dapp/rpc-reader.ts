/** The few answers of JSON-RPC that a stream cannot give by itself, over HTTP. */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import {
  isAbsent,
  jsonArray,
  jsonBytes,
  jsonObject,
  jsonQuantity,
  parseQuantity,
} from '@shredcast/shared/chain/json-fields'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { InvalidArgumentError, RpcRequestError } from './dapp-errors.ts'
import type { DappLog, DappReceipt } from './shred-view.ts'

const TIMEOUT_MS = 10_000

export class RpcReader {
  readonly #url: string

  /** @throws InvalidArgumentError */
  constructor(url: string) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new InvalidArgumentError(`not an address of JSON-RPC over HTTP: ${url}`)
    }
    this.#url = url
  }

  /**
   * The balance behind a sealed block (EIP-1898), in wei.
   * @throws RpcRequestError
   */
  balanceBehind(blockHash: Hex, address: Hex, signal: AbortSignal): Promise<bigint> {
    const read = (result: unknown) => parseQuantity(result, 'balance')
    return this.#request('eth_getBalance', [address, { blockHash }], { read, signal })
  }

  /**
   * Undefined while the node has none.
   * @throws RpcRequestError
   */
  receipt(transactionHash: Hex, signal: AbortSignal): Promise<DappReceipt | undefined> {
    const read = (result: unknown) => {
      return result === null ? undefined : receiptFromRpc(jsonObject(result, 'receipt'))
    }
    return this.#request('eth_getTransactionReceipt', [transactionHash], { read, signal })
  }

  async #request<T>(
    method: string,
    params: readonly unknown[],
    { read, signal }: { read: (result: unknown) => T; signal: AbortSignal },
  ): Promise<T> {
    const answer = await this.#post(method, params, signal)
    const { error, result } = answer
    if (!isAbsent(error)) {
      const { code, message } = error as { code?: unknown; message?: unknown }
      const codeOf = typeof code === 'number' ? { code } : {}
      throw new RpcRequestError(method, String(message), codeOf)
    }
    try {
      return read(result)
    } catch (cause) {
      const reason = cause instanceof BaseError ? cause.shortMessage : String(cause)
      throw new RpcRequestError(method, `answered with ${reason}`, { cause })
    }
  }

  async #post(method: string, params: readonly unknown[], signal: AbortSignal) {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      return jsonObject(await response.json(), 'answer')
    } catch (cause) {
      throw new RpcRequestError(method, `${this.#url} gave no answer`, { cause })
    }
  }
}

function receiptFromRpc(json: JsonObject): DappReceipt {
  return {
    transactionHash: hexField(json, 'transactionHash', 32),
    blockNumber: jsonQuantity(json, 'blockNumber'),
    transactionIndex: Number(jsonQuantity(json, 'transactionIndex')),
    from: hexField(json, 'from', 20),
    to: isAbsent(json.to) ? null : hexField(json, 'to', 20),
    contractAddress: isAbsent(json.contractAddress) ? null : hexField(json, 'contractAddress', 20),
    status: jsonQuantity(json, 'status') === 1n ? 'success' : 'reverted',
    gasUsed: jsonQuantity(json, 'gasUsed'),
    cumulativeGasUsed: jsonQuantity(json, 'cumulativeGasUsed'),
    logs: jsonArray(json.logs, 'logs').map((log) => logFromRpc(jsonObject(log, 'log'))),
  }
}

function logFromRpc(json: JsonObject): DappLog {
  const topics = jsonArray(json.topics, 'topics')
  return {
    address: hexField(json, 'address', 20),
    topics: topics.map((topic) => hexField({ topic }, 'topic', 32)),
    data: hexField(json, 'data'),
    blockNumber: jsonQuantity(json, 'blockNumber'),
    transactionHash: hexField(json, 'transactionHash', 32),
    transactionIndex: Number(jsonQuantity(json, 'transactionIndex')),
    logIndex: Number(jsonQuantity(json, 'logIndex')),
  }
}

function hexField(json: JsonObject, key: string, length?: number): Hex {
  return bytesToHex(jsonBytes(json, key, length))
}
