/** The page's script: every observable of the SDK, each shown in its element. */

import { connect } from '@shredcast/protocol/client'
import type { StreamStatus } from '@shredcast/protocol/client/dapp/stream-status'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { formatEther, parseAbi } from 'viem/utils'

const TOKEN_ABI = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
])
/** Lines that a table keeps. */
const ROWS_MAX = 20

const form = document.querySelector('form') as HTMLFormElement

/** What the address of the page asks for stands in the form. */
for (const [name, value] of new URLSearchParams(location.search)) {
  const field = form.elements.namedItem(name)
  if (field instanceof HTMLInputElement) field.value = value
}

const field = (name: string) => (form.elements.namedItem(name) as HTMLInputElement).value
const account = field('account') as Hex
const token = field('token') as Hex
const leaderKey = new URLSearchParams(location.search).get('leaderKey')

const client = connect(field('stream'), {
  rpcUrl: field('rpc'),
  ...(leaderKey !== null && { leaderKey: leaderKey as Hex }),
})

client.status$.subscribe((status) => {
  show('status', describe(status)).dataset.state = status.state
  show('leader-key', client.leaderKey ?? '')
})
client.heads$.subscribe({
  next: (head) => {
    const tells = head.type === 'sealed' ? `${head.hash}, ${head.shredCount} transactions` : 'open'
    show('head', `${head.number}: ${tells}`)
    show('counts', JSON.stringify(client.stats()))
  },
  error: showError,
})
client.shreds$.subscribe({
  next: ({ blockNumber, shredIndex, transactionHash, from, to, receipt }) => {
    const place = `${blockNumber}/${shredIndex}`
    const { status, gasUsed } = receipt
    addRow('shreds', [place, transactionHash, from, to ?? 'creation', status, `${gasUsed}`])
  },
  error: showError,
})
client.balance$(account).subscribe({
  next: ({ balance, seq }) => {
    show('balance', `${formatEther(balance)} ETH at message ${seq}`).dataset.wei = `${balance}`
  },
  error: showError,
})
client.contractEvents$({ address: token, abi: TOKEN_ABI, eventName: 'Transfer' }).subscribe({
  next: (event) => {
    const { blockNumber, logIndex } = event.log
    const place = `${blockNumber}/${logIndex}`
    if (!event.decoded) addRow('transfers', [place, event.error.message])
    else addRow('transfers', [place, event.args.from, event.args.to, formatEther(event.args.value)])
  },
  error: showError,
})

function describe(status: StreamStatus): string {
  if (status.state === 'connected') return 'connected'
  if (status.state === 'stale') return `nothing for ${Math.round(status.ageMs / 1000)} s`
  if (status.state === 'reconnecting') return `reconnecting: ${status.error.message}`
  return status.state === 'closed' ? status.error.message : status.state
}

function show(id: string, text: string): HTMLElement {
  const element = document.getElementById(id) as HTMLElement
  element.textContent = text
  return element
}

function addRow(id: string, cells: readonly string[]): void {
  const body = document.getElementById(id) as HTMLTableSectionElement
  const row = body.insertRow(0)
  for (const cell of cells) row.insertCell().textContent = cell
  while (body.rows.length > ROWS_MAX) body.deleteRow(-1)
}

function showError(error: unknown): void {
  show('status', error instanceof Error ? error.message : String(error)).dataset.state = 'closed'
}
