/** Reads what a process tells of itself over HTTP: its metrics and its health. */

/** Values by name and labels, as Prometheus reads them: `name{label="value"}`. */
export async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

export interface HealthAnswer {
  readonly code: number
  readonly report: { readonly status: string; readonly [field: string]: unknown }
}

export async function healthOf(url: string): Promise<HealthAnswer> {
  const response = await fetch(`${url}/health`)
  return { code: response.status, report: (await response.json()) as HealthAnswer['report'] }
}

/** Resolves with the first answer that `isAwaited`; who calls has a time limit. */
export async function healthWhen(
  url: string,
  isAwaited: (answer: HealthAnswer) => boolean,
): Promise<HealthAnswer> {
  for (;;) {
    const answer = await healthOf(url)
    if (isAwaited(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
