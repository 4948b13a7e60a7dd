/**
 * `bench evm`: the interpreter alone. Each workload is a block of one transaction, by one worker and,
 * with less gas, by @ethereumjs/evm in the same run.
 */

import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { median } from '@shredcast/shared/primitives/statistics'
import { addressOf, ETHER } from '../kit/test-world.ts'
import { BENCH_CONFIG, BENCH_CONTEXT, signedBy, signerAt } from './bench-chain.ts'
import { contractWorkloads } from './evm-contract-workloads.ts'
import type { EvmWorkload } from './evm-workloads.ts'
import { CALLEE, CALLEE_CODE, EVM_WORKLOADS, workloadCode } from './evm-workloads.ts'
import { deployExchange } from './exchange.ts'
import { collectGarbage, executeBlock, runInTurn, Samples } from './measure.ts'
import { engineOption, jsonOption, positiveNumber } from './options.ts'
import type { Column } from './report.ts'
import { mgasPerSecond, milliseconds, Report, rate } from './report.ts'

interface EvmOptions {
  readonly engine: EngineName
  readonly mgas: number
  readonly evmMgas: number
  readonly repeat: number
  readonly warmup: number
  readonly json?: boolean
}

interface WorkloadFigures {
  readonly group: string
  readonly name: string
  readonly gasUsed: number
  readonly executeMs: number
  readonly mgasPerSecond: number
  readonly evmMgasPerSecond: number
  readonly ratio: number
}

const OURS = 'ours'
const EVM = 'evm'
const GAS_PER_MGAS = 1e6
const CALLER = addressOf('micro workload')

export const evmCommand = createCommand('evm', 'micro workloads: Mgas/s of the interpreter')
  .argument('[group...]', 'only workloads with this in their group or name')
  .addOption(engineOption())
  .option('--mgas <n>', 'gas of a workload', positiveNumber, 100)
  .option('--evm-mgas <n>', 'gas of the same for @ethereumjs/evm', positiveNumber, 2)
  .option('--repeat <k>', 'measured rounds', integerOption(1), 7)
  .option('--warmup <k>', 'rounds before them', integerOption(1), 2)
  .addOption(jsonOption())
  .action(async (groups: string[], options: EvmOptions) => {
    await run(groups, options)
  })

async function run(groups: readonly string[], options: EvmOptions): Promise<void> {
  const report = new Report(options, 1)
  const exchange = await deployExchange()
  const all = [...EVM_WORKLOADS, ...contractWorkloads(exchange, CALLER)]
  const workloads = all.filter(({ group, name }) => {
    return groups.length === 0 || groups.some((text) => `${group} ${name}`.includes(text))
  })
  exchange.state.deploy(CALLEE, CALLEE_CODE)
  exchange.state.fund(signerAt(0).address, ETHER ** 2n)
  const create = (engine: EngineName) => createEngine({ config: BENCH_CONFIG, workers: 1, engine })
  const [ours, evm] = [await create(options.engine), await create('reference')]
  try {
    await report.withProgress('bench evm', workloads.length, async (advance) => {
      const print = report.table('workload', COLUMNS)
      for (const workload of workloads) {
        exchange.state.deploy(CALLER, workloadCode(workload))
        const preState = exchange.state.accounts()
        print(await measureWorkload(workload, { ours, evm, preState }, options))
        advance()
      }
    })
  } finally {
    await ours.close()
    await evm.close()
  }
}

interface Timing {
  readonly gasUsed: number
  readonly executeMs: number
}

async function measureWorkload(
  workload: EvmWorkload,
  { ours, evm, preState }: { ours: Engine; evm: Engine; preState: readonly GenesisAccount[] },
  options: EvmOptions,
): Promise<WorkloadFigures> {
  for (const engine of [ours, evm]) await engine.loadState(preState)
  const sides = [
    { name: OURS, run: () => timeWorkload(ours, workload, options.mgas) },
    { name: EVM, run: () => timeWorkload(evm, workload, options.evmMgas) },
  ]
  const samples = new Samples<Timing>()
  for (let round = -options.warmup; round < options.repeat; round++) {
    collectGarbage()
    for (const [name, timing] of await runInTurn(sides, Math.abs(round))) {
      if (round >= 0) samples.add(name, timing)
    }
  }
  const figures = (name: string) => {
    const { gasUsed } = samples.of(name)[0]!
    const executeMs = median(samples.of(name).map((timing) => timing.executeMs))
    return { gasUsed, executeMs, mgasPerSecond: mgasPerSecond(gasUsed, executeMs) }
  }
  const { group, name } = workload
  const evmMgasPerSecond = figures(EVM).mgasPerSecond
  const own = figures(OURS)
  return { group, name, ...own, evmMgasPerSecond, ratio: own.mgasPerSecond / evmMgasPerSecond }
}

async function timeWorkload(engine: Engine, { data }: EvmWorkload, mgas: number): Promise<Timing> {
  const gasLimit = BigInt(Math.round(mgas * GAS_PER_MGAS))
  const fields = { to: CALLER, gasLimit, ...(data !== undefined && { data }) }
  const transactions = [signedBy(signerAt(0), fields)]
  const { executeMs, stats } = await executeBlock(engine, { context: BENCH_CONTEXT, transactions })
  const step = engine.step(1)
  assert(step.type === 'transaction' && step.receipt.status === 1, 'the workload succeeds')
  return { gasUsed: Number(stats.gasUsed), executeMs }
}

const COLUMNS: readonly Column<WorkloadFigures>[] = [
  { name: 'group', width: 11, cell: ({ group }) => group },
  { name: 'workload', width: 35, cell: ({ name }) => name },
  { name: 'Mgas', width: 6, cell: ({ gasUsed }) => (gasUsed / GAS_PER_MGAS).toFixed(1) },
  { name: 'ms', width: 8, cell: ({ executeMs }) => milliseconds(executeMs) },
  { name: 'Mgas/s', width: 7, cell: (row) => rate(row.mgasPerSecond) },
  { name: '@ethereumjs/evm', width: 15, cell: (row) => rate(row.evmMgasPerSecond) },
  { name: 'x', width: 6, cell: (row) => rate(row.ratio) },
]
