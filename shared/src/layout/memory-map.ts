/**
 * The shared-memory map: where everything lives in the one `WebAssembly.Memory` that the main thread
 * and all workers share. Constants only; compiled by tsc and by asc, so both sides agree by
 * construction. Every region starts where the one before it ends.
 *
 *   0          64 KiB     static data of the wasm module (read-only: every instantiation rewrites it)
 *   CONTROL    4 KiB      cursors, wait slot, block totals (words below)
 *   WORKERS    65 x 8 KiB argument and result scratch of each thread
 *   CONTEXT    256 KiB    the open block's context, encoded by the host
 *   ENV        128 KiB    the open block as the core's EVM sees it (layout/environment.ts)
 *   CALL_ENV   16 KiB     the same for the call that runs, with what it overrides
 *   TXS        65536 x 128 one record a step of the block
 *   READY      65536 x 4  ready queue of the follower's DAG
 *   RECIPIENTS 1024 x 16  recipients whose transactions conflict in the open block
 *   BUCKETS    2^20 x 4   hash table of locations
 *   CODES      2^16 x 4   hash table of bytecode
 *   STATE      448 MiB    locations with their base values, bytecode: lives across blocks
 *   HEAPS      448 MiB    what a worker needs while it executes, an equal part for each
 *   CALL_HEAP  64 MiB     the same for the thread of read-only calls
 *   LARGE_HEAP 512 MiB    the same for one worker at a time, whose part was too small
 *   BLOCK      to 2 GiB   versions, read and write sets, outputs: emptied with each block
 *   TRIE       1 GiB      the sparse state trie (layout/trie.ts): lives across blocks
 *
 * Addresses in TRIE have their highest bit set: the host takes them by `>>> 0`.
 */

const KIB = 1024
const MIB = 1024 * KIB

/** Memory is reserved at its full size and committed by the kernel as it is touched. */
export const MEMORY_PAGES = 49152
export const MEMORY_BYTES = MEMORY_PAGES * 64 * KIB

export const STATIC_BYTES = 64 * KIB

export const CONTROL_OFFSET = STATIC_BYTES
export const CONTROL_BYTES = 4 * KIB

export const WORKERS_OFFSET = CONTROL_OFFSET + CONTROL_BYTES
export const WORKER_STRIDE = 8 * KIB
/** Worker threads; the main thread and that of read-only calls have their scratch behind them. */
export const WORKER_COUNT_MAX = 63
export const HOST_WORKER = WORKER_COUNT_MAX
export const CALL_WORKER = WORKER_COUNT_MAX + 1

export const CONTEXT_OFFSET = WORKERS_OFFSET + (WORKER_COUNT_MAX + 2) * WORKER_STRIDE
export const CONTEXT_BYTES_MAX = 256 * KIB

export const ENV_OFFSET = CONTEXT_OFFSET + CONTEXT_BYTES_MAX
export const ENV_BYTES = 128 * KIB

export const CALL_ENV_OFFSET = ENV_OFFSET + ENV_BYTES
export const CALL_ENV_BYTES = 16 * KIB

export const TXS_OFFSET = CALL_ENV_OFFSET + CALL_ENV_BYTES
export const TX_STRIDE = 128
/** Steps of a block: transactions and the two system steps. */
export const TX_COUNT_MAX = 65536

export const READY_OFFSET = TXS_OFFSET + TX_COUNT_MAX * TX_STRIDE
export const READY_STRIDE = 4

/** Hash table by TX_RECIPIENT: 0 key  4 last step claimed + 1  8 score (assembly/stm/recipients.ts). */
export const RECIPIENTS_OFFSET = READY_OFFSET + TX_COUNT_MAX * READY_STRIDE
export const RECIPIENT_COUNT = 1024
export const RECIPIENT_STRIDE = 16

export const BUCKETS_OFFSET = RECIPIENTS_OFFSET + RECIPIENT_COUNT * RECIPIENT_STRIDE
export const BUCKET_COUNT = 1048576
export const BUCKET_STRIDE = 4

export const CODES_OFFSET = BUCKETS_OFFSET + BUCKET_COUNT * BUCKET_STRIDE
export const CODE_BUCKET_COUNT = 65536
export const CODE_BUCKET_STRIDE = 4

/** Arenas are handed to threads in chunks; a larger object takes a run of chunks. */
export const CHUNK_BYTES = 64 * KIB

export const STATE_ARENA_OFFSET = CODES_OFFSET + CODE_BUCKET_COUNT * CODE_BUCKET_STRIDE
export const STATE_ARENA_BYTES = 448 * MIB

/** Heaps of the workers: HEAP_BYTES (control) each, as many as there are workers. */
export const HEAPS_OFFSET = STATE_ARENA_OFFSET + STATE_ARENA_BYTES
export const HEAPS_BYTES = 448 * MIB

export const CALL_HEAP_OFFSET = HEAPS_OFFSET + HEAPS_BYTES
export const CALL_HEAP_BYTES = 64 * MIB

export const LARGE_HEAP_OFFSET = CALL_HEAP_OFFSET + CALL_HEAP_BYTES
export const LARGE_HEAP_BYTES = 512 * MIB

export const BLOCK_ARENA_OFFSET = LARGE_HEAP_OFFSET + LARGE_HEAP_BYTES
export const BLOCK_ARENA_BYTES = 2048 * MIB - BLOCK_ARENA_OFFSET

/** Words of the trie, then a record for each of its lanes, then the list of large storage tries. */
export const TRIE_OFFSET = BLOCK_ARENA_OFFSET + BLOCK_ARENA_BYTES
export const TRIE_LANES_OFFSET = TRIE_OFFSET + 4 * KIB
export const TRIE_LARGE_OFFSET = TRIE_OFFSET + 32 * KIB
export const TRIE_LARGE_COUNT_MAX = 2048

/** Paths that lead into blinded nodes, a part for each lane. */
export const TRIE_MISSING_OFFSET = TRIE_OFFSET + 64 * KIB
export const TRIE_MISSING_STRIDE = 32 * KIB

/** Where host and core hand each other nodes. Host only. */
export const TRIE_EXCHANGE_OFFSET = TRIE_OFFSET + 1 * MIB
export const TRIE_EXCHANGE_BYTES = 1 * MIB

/** Changes that wait to be applied, in the order of their commits. */
export const TRIE_STAGE_OFFSET = TRIE_OFFSET + 2 * MIB
export const TRIE_STAGE_BYTES = 62 * MIB

/** A word for each place where a location may begin: its item of the feed (assembly/trie/item.ts). */
export const TRIE_ITEMS_OFFSET = TRIE_OFFSET + 64 * MIB
export const TRIE_ITEMS_BYTES = 16 * MIB

/** Nodes, in chunks of CHUNK_BYTES. */
export const TRIE_ARENA_OFFSET = TRIE_ITEMS_OFFSET + TRIE_ITEMS_BYTES
export const TRIE_ARENA_BYTES = 944 * MIB
