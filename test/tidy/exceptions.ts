/**
 * Where the tidy rules do not hold, by file and with the reason. An entry that is no longer needed
 * fails the tidy test, so the list can only shrink.
 */

export type Exceptions = Readonly<Record<string, string>>

/** Files longer than the ceiling. */
export const LONG_FILES: Exceptions = {}

/** Assembly functions longer than the ceiling, as `path name`. */
export const LONG_FUNCTIONS: Exceptions = {
  'shared/assembly/interpreter/loop.ts execute': 'one switch over the opcodes',
  'shared/assembly/interpreter/step.ts step': 'one switch over the opcodes',
}

/** Assembly files that keep module-level variables: globals are per instance, so per worker. */
export const WORKER_LOCAL_VARIABLES: Exceptions = {
  'shared/assembly/host/execution.ts': 'the execution that the thread is in',
  'shared/assembly/interpreter/call.ts': 'the result of the last message',
  'shared/assembly/interpreter/machine.ts': 'what the frames of a message share',
  'shared/assembly/interpreter/watch.ts': 'whether the message is watched',
  'shared/assembly/interpreter/lazy.ts': 'the tags of the message',
  'shared/assembly/journal/access.ts': 'the execution that the thread is in',
  'shared/assembly/journal/accessed.ts': 'the length of the last list',
  'shared/assembly/journal/code.ts': 'the record of empty code',
  'shared/assembly/journal/entries.ts': 'the region each worker allocates entries from',
  'shared/assembly/journal/logs.ts': 'the logs of the execution',
  'shared/assembly/journal/lookup.ts': 'the entries of the execution',
  'shared/assembly/journal/undo-log.ts': 'the undo log of the execution',
  'shared/assembly/memory/arena.ts': 'the chunk each worker allocates from',
  'shared/assembly/memory/halt.ts': 'what the thread listens to',
  'shared/assembly/memory/heap.ts': 'which heap the thread executes in',
  'shared/assembly/memory/thread.ts': 'scratch, index, environment and rights of the thread',
  'shared/assembly/precompiles/precompile.ts': 'the output of the last precompile',
  'shared/assembly/stm/read-set.ts': 'the set that is being recorded',
  'shared/assembly/stm/resolve.ts': 'results of the last resolve',
  'shared/assembly/stm/scheduler.ts': 'the validation that the thread keeps for its next task',
  'shared/assembly/stm/speculation.ts': 'the commits as the thread saw them last',
  'shared/assembly/stm/write-set.ts': 'the set that is being staged',
  'shared/assembly/transaction/execution.ts': 'the outcome of the last message',
  'shared/assembly/transaction/system-work.ts': 'the requests of the step in progress',
  'shared/assembly/transaction/validity.ts': 'gas that the last valid transaction pays in any case',
  'shared/assembly/trie/feed-apply.ts': 'the account reached last, and what is applied',
  'shared/assembly/trie/proof.ts': 'where the next node of the proof stands',
  'shared/assembly/trie/reveal.ts': 'where the branch of a revealed child hangs',
  'shared/assembly/trie/walk.ts': 'where the last walk ended',
  'shared/assembly/trie/write-out.ts': 'where the next entry of the batch stands',
  'shared/assembly/u256/limb.ts': 'the reciprocals of the last divisors',
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
  'test/bench/live/rpc-connection.ts': 'node:http calls its pool of sockets so',
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
