/**
 * Where the tidy rules do not hold, by file and with the reason. An entry that is no longer needed
 * fails the tidy test, so the list can only shrink.
 */

export type Exceptions = Readonly<Record<string, string>>

/** Files longer than the ceiling. */
export const LONG_FILES: Exceptions = {}

/** Assembly files that keep module-level variables: globals are per instance, so per worker. */
export const WORKER_LOCAL_VARIABLES: Exceptions = {
  'shared/assembly/host/execution.ts': 'the execution that the thread is in',
  'shared/assembly/memory/arena.ts': 'the chunk each worker allocates from',
  'shared/assembly/memory/thread.ts': 'the scratch of the thread',
  'shared/assembly/stm/read-set.ts': 'the set that is being recorded',
  'shared/assembly/stm/resolve.ts': 'results of the last resolve',
  'shared/assembly/stm/worker.ts': 'the validation that the thread keeps for its next task',
  'shared/assembly/stm/write-set.ts': 'the set that is being staged',
}

/** Assembly files that may use bare atomics; everything else uses the words they define. */
export const BARE_ATOMICS: Exceptions = {
  'shared/assembly/memory/atomic-word.ts': 'defines the words that several threads change',
  'shared/assembly/memory/wait-slot.ts': 'defines sleeping and waking',
}

/** Files whose vague name is the library's word for what they implement. */
export const VAGUE_NAMES: Exceptions = {}

/** Files that need a word or path from the list of unwanted ones. */
export const UNWANTED_WORDS: Exceptions = {
  'test/tidy/files.test.ts': 'lists the words',
}

/** Offences that no exception covers, a line each, and exceptions that cover nothing. */
export function judge(
  offences: readonly { readonly path: string; readonly what: string }[],
  allowed: Exceptions = {},
) {
  const offenders = new Set(offences.map(({ path }) => path))
  return {
    offences: offences
      .filter(({ path }) => !(path in allowed))
      .map(({ path, what }) => `${path}: ${what}`),
    needless: Object.keys(allowed).filter((path) => !offenders.has(path)),
  }
}

/** What `judge` says of a tidy repository. */
export const TIDY = { offences: [], needless: [] }
