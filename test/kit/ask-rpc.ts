/** One JSON-RPC request as it is, for what clients have no action for. */

export interface RpcAnswer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came.
  readonly result?: any
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

export async function askRpc(
  httpUrl: string,
  method: string,
  params: readonly unknown[],
): Promise<RpcAnswer> {
  const answer = await fetch(httpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return (await answer.json()) as RpcAnswer
}
