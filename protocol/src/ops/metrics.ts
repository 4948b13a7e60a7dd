/** What a process measures, in the form that Prometheus reads; Node's own figures are among it. */

import type { CollectFunction } from 'prom-client'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const PREFIX = 'shredcast_'

/** In seconds: from what a commit takes to what nobody waits for. */
const LATENCY_BUCKETS = [
  ...[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 10],
]

/** Counters that somebody else keeps, by name; what is no number is passed over. */
export type Counters = Readonly<Record<string, unknown>>

export class Metrics {
  readonly #registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#registry })
  }

  /** Labels take few values, all of which the program knows. */
  counter<L extends string = never>(name: string, help: string, labelNames: L[] = []): Counter<L> {
    return new Counter({ name: `${PREFIX}${name}`, help, labelNames, registers: [this.#registry] })
  }

  /** A value that is read when somebody asks; undefined: there is none yet. */
  gauge(name: string, help: string, read: () => number | undefined): void {
    this.#gauge(name, help, function collect() {
      const value = read()
      if (value !== undefined) this.set(value)
    })
  }

  /** Values by label, read when somebody asks. */
  gauges<L extends string>(
    name: string,
    help: string,
    labelName: L,
    read: () => Readonly<Record<string, number>>,
  ): void {
    this.#gauge(
      name,
      help,
      function collect() {
        for (const [label, value] of Object.entries(read())) {
          this.set({ [labelName]: label } as Partial<Record<L, string>>, value)
        }
      },
      [labelName],
    )
  }

  /** In seconds. */
  latency<L extends string = never>(
    name: string,
    help: string,
    labelNames: L[] = [],
  ): Histogram<L> {
    return new Histogram({
      name: `${PREFIX}${name}_seconds`,
      help,
      labelNames,
      buckets: LATENCY_BUCKETS,
      registers: [this.#registry],
    })
  }

  /**
   * Counters that are kept elsewhere, each under its own name behind `prefix`; those named in `levels`
   * go up and down.
   */
  mirror(
    prefix: string,
    help: string,
    read: () => Counters,
    levels: ReadonlySet<string> = new Set(),
  ): void {
    for (const key of Object.keys(numbersOf(read()))) {
      const name = `${prefix}_${snakeCase(key)}`
      const value = () => numbersOf(read())[key] ?? 0
      if (levels.has(key)) {
        this.gauge(name, `${help}: ${key}`, value)
        continue
      }
      new Counter({
        name: `${PREFIX}${name}_total`,
        help: `${help}: ${key}`,
        registers: [this.#registry],
        collect() {
          this.reset()
          this.inc(value())
        },
      })
    }
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  #gauge<L extends string = never>(
    name: string,
    help: string,
    collect: CollectFunction<Gauge<L>>,
    labelNames: L[] = [],
  ): void {
    const registers = [this.#registry]
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers, collect })
  }
}

export function numbersOf(counters: Counters): Readonly<Record<string, number>> {
  const entries = Object.entries(counters)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
