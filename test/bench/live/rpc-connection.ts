/** JSON-RPC over kept connections, as lean as a load generator must be: what is timed is the node. */

import { Agent, request } from 'node:http'
import { BaseError } from '@shredcast/shared/primitives/base-error'

/** The node answered with an error, or not in the form of JSON-RPC. */
export class RpcCallError extends BaseError {
  override readonly name = 'Bench.RpcCallError'
}

interface Answer {
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export class RpcConnection {
  readonly #url: URL
  readonly #agent: Agent

  constructor(url: string, sockets: number) {
    this.#url = new URL(url)
    this.#agent = new Agent({ keepAlive: true, maxSockets: sockets, noDelay: true })
  }

  /** @throws RpcCallError */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    return resultOf(method, (await this.#post(bodyOf(method, params, 1))) as Answer)
  }

  /** Results in the order of the calls. @throws RpcCallError */
  async batch(method: string, paramLists: readonly (readonly unknown[])[]): Promise<unknown[]> {
    const calls = paramLists.map((params, id) => bodyOf(method, params, id))
    const answers = (await this.#post(`[${calls.join(',')}]`)) as (Answer & { id: number })[]
    const results: unknown[] = []
    for (const answer of answers) results[answer.id] = resultOf(method, answer)
    return results
  }

  close(): void {
    this.#agent.destroy()
  }

  #post(body: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const length = Buffer.byteLength(body)
      const headers = { 'content-type': 'application/json', 'content-length': length }
      const options = { agent: this.#agent, method: 'POST', headers }
      const sent = request(this.#url, options, (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', reject)
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(parts).toString()))
          } catch (error) {
            reject(error)
          }
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

function bodyOf(method: string, params: readonly unknown[], id: number): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, params })
}

function resultOf(method: string, answer: Answer): unknown {
  if (answer.error !== undefined) throw new RpcCallError(`${method}: ${answer.error.message}`)
  return answer.result
}
