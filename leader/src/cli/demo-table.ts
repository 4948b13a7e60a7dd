/** What `npm start` shows of the JSON lines of its three processes. */

import type { JsonLine } from './child-command.ts'

const LABEL_WIDTH = 37
/** Labels are kept until their shred comes; a transaction that never commits must not stay. */
const LABELS_MAX = 10_000

export class DemoTable {
  readonly #print: (line: string) => void
  /** What a submitted transaction does, by its hash. */
  readonly #labels = new Map<string, string>()
  #shreds = 0
  #verifiedBlocks = 0
  #verifiedShreds = 0

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  get verifiedBlocks(): number {
    return this.#verifiedBlocks
  }

  started(url: string, rpcUrl: string): void {
    this.#print(`leader     streams the development chain at ${url}`)
    this.#print(`           and serves JSON-RPC at ${rpcUrl}`)
    this.#print('follower   re-executes every shred in parallel, without speculation')
    this.#print('subscriber prints each transaction as its shred arrives; ctrl-c stops')
    this.#print('')
  }

  fromLeader(line: JsonLine): void {
    if (line.type !== 'submitted') return
    const oldest = this.#labels.keys().next().value
    if (this.#labels.size >= LABELS_MAX && oldest !== undefined) this.#labels.delete(oldest)
    this.#labels.set(String(line.hash), String(line.label))
  }

  fromSubscriber(line: JsonLine): void {
    if (line.type !== 'shred') return
    this.#shreds++
    const hash = String(line.transactionHash)
    const label = this.#labels.get(hash) ?? hash
    this.#labels.delete(hash)
    const place = `${Number(line.blockNumber)}/${line.shredIndex}`
    const { status, gasUsed } = line.receipt as { status: number; gasUsed: string }
    const outcome = status === 1 ? 'ok' : 'FAILED'
    const gas = `${Number(gasUsed)} gas`
    this.#print(
      `shred ${place.padEnd(8)} ${label.padEnd(LABEL_WIDTH)} ${outcome.padEnd(6)} ${gas.padStart(12)}` +
        `  ${Number(line.ageMs).toFixed(1)} ms after its commit`,
    )
  }

  fromFollower(line: JsonLine): void {
    if (line.type !== 'block') return
    const { verified, executeMs, edges, criticalPath, aborts } = line.follower as Record<
      string,
      number
    >
    if (verified) {
      this.#verifiedBlocks++
      this.#verifiedShreds += Number(line.shreds)
    }
    this.#print(
      `block ${line.number} ${verified ? 'verified' : 'NOT VERIFIED'} by the follower: ` +
        `${line.shreds} shreds, ${edges} edges, critical path ${criticalPath}, ${aborts} aborts, ` +
        `${Number(executeMs).toFixed(1)} ms`,
    )
  }

  finish(): void {
    this.#print('')
    this.#print(
      `${this.#shreds} shreds seen by the subscriber; ${this.#verifiedShreds} shreds in ` +
        `${this.#verifiedBlocks} blocks verified by the follower`,
    )
  }
}
