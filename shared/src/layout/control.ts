/**
 * Words of the control region and of a thread's scratch, as offsets from the region's start.
 * Constants only; compiled by tsc and by asc. Words that different threads write stand on cache
 * lines of their own (64 bytes).
 */

/** RewindableCursor: next transaction to execute. Workers claim it; aborts and wake-ups rewind it. */
export const EXECUTION_INDEX = 0
/** RewindableCursor: next transaction to validate. Workers claim it; writes and aborts rewind it. */
export const VALIDATION_INDEX = 64
/** PublishedCursor: transactions below it are final. Only the holder of COMMIT_TOKEN moves it. */
export const COMMIT_INDEX = 128
/** Of stm/speculation.ts. Only the holder of COMMIT_TOKEN writes. */
export const SPECULATION_SEEN = 136
export const SPECULATION_REPEATED = 140
export const SPECULATION_PATIENCE = 144
/** How often the window was narrowed and widened in the block. */
export const SPECULATION_NARROWED = 152
export const SPECULATION_WIDENED = 156
/** Seldom written, and read for every step: how far executions may run ahead of the commits. */
export const SPECULATION_WINDOW = 1600
/** 1: the window stays unlimited. Written once, before the workers start. */
export const SPECULATION_IS_FIXED = 1604
/** Commits for which executions are still validated before their turn. */
export const SPECULATION_ALERT = 1608
/** 1: a recipient of the block has calls that conflict (stm/recipients.ts). */
export const RECIPIENTS_HOT = 1612
/** PublishedCursor: transactions in the block so far. Only the host moves it. */
export const TX_COUNT = 192
/** RewindableCursor: next transaction whose sender is to be recovered. */
export const RECOVERY_INDEX = 256
/** PublishedCursor: transactions below it may be executed. Only the host moves it. */
export const EXECUTION_LIMIT = 320
/** 1 while a thread commits. */
export const COMMIT_TOKEN = 384
/** WaitSlots, signalled when there may be work: of all workers but the first, and of the first. */
export const WORK_SLOT = 448
export const FIRST_WORK_SLOT = 1280
/** 1 while a worker executes in the large heap; the others wait on it. */
export const LARGE_HEAP_OWNER = 1408
/** CALL_STOP_* (layout/call.ts): the host stops the thread of calls; 0 while it may run. */
export const CALL_STOP = 1472
/** 1 while a call is inside the gate; written by the thread of calls. */
export const CALL_INSIDE = 1476
/** How late the main thread's event loop was when it last looked, and the process's memory then. */
export const EVENT_LOOP_DELAY_MS = 1536
export const PROCESS_MIB = 1540
/** Index + 1 of the worker that looks out for a signal before it sleeps, or 0. */
export const LOOKER = 1344
/** Threads inside the engine; GATE_LOCKED while the host rearranges the block's tables. */
export const GATE = 512
export const GATE_LOCKED = 0x40000000
/** Senders recovered so far. */
export const RECOVERED_COUNT = 576
/** RewindableCursor and PublishedCursor of the ready queue. */
export const READY_HEAD = 640
export const READY_TAIL = 704
/** Chunks taken of the state arena from its start, for locations, and in the upper half from its end. */
export const STATE_CHUNKS = 768
export const STATE_CHUNKS_MASK = 0xffff
export const STATE_CHUNKS_SHIFT = 16
/** Next free chunk of the block arena. */
export const BLOCK_CHUNKS = 832

/** Written by the host while the gate is locked. */
export const BLOCK_EPOCH = 896
export const STATE_EPOCH = 900
export const SCHEDULE = 904
export const HASH_SEED = 908
export const CONTEXT_BYTES = 912
/** Total gas the block may use, u64. */
export const BLOCK_GAS_LIMIT = 920
/** Total blob gas the block may use, u64. */
export const BLOCK_BLOB_GAS_LIMIT = 928

/** Bytes of a worker's heap; written once, before the workers start. */
export const HEAP_BYTES = 936
/** Which EVM executes: ENGINE_*. Written once, before the workers start. */
export const ENGINE = 940
/** 1: what is not cached of the state is asked for (assembly/stm/base.ts); else it does not exist. */
export const HAS_READER = 944

/** Written by the holder of COMMIT_TOKEN. */
export const GAS_USED = 960
export const BLOB_GAS_USED = 968
export const LOG_COUNT = 976
export const SHRED_COUNT = 980

/** Why everything stops: 0 while it runs, else reason | txIndex << HALT_TX_SHIFT, set once by any. */
export const HALT = 1024
export const HALT_REASON_MASK = 0xff
export const HALT_TX_SHIFT = 8

/** Follower, written by the host: edges of the DAG, and transactions on its longest path. */
export const EDGE_COUNT = 1088
export const CRITICAL_PATH = 1092

/** WaitSlot: sequence, then 1 while the host waits. Signalled on commits, recoveries and halts. */
export const HOST_SLOT = 1152
/** The host sleeps until the commit index is this high; written by the host before it sleeps. */
export const HOST_COMMIT_TARGET = 1216

export const HALT_NONE = 0
export const HALT_SHUTDOWN = 1
export const HALT_ABANDONED = 2
export const HALT_STATE_ARENA_FULL = 3
export const HALT_BLOCK_ARENA_FULL = 4
export const HALT_WORKER_ERROR = 5
/** Follower: a lower bound or an expected nonce did not hold, or a read met an unfinished write. */
export const HALT_DIVERGED = 6
export const HALT_BROKEN_INVARIANT = 7

/** A worker's heap has no room for what the EVM asks for; the place of the index is the region. */
export const HALT_WORKER_HEAP_FULL = 8
/** A contract that must answer at the end of a block is missing or failed (EIP-7002, EIP-7251). */
export const HALT_SYSTEM_CALL_FAILED = 9
export const HALT_TRIE_ARENA_FULL = 10
/** A block was dropped whose changes the trie had and cannot take back; it is to be reset. */
export const HALT_TRIE_NOT_TAKEN_BACK = 11

export const ENGINE_REFERENCE = 0
export const ENGINE_INLINE = 1

export const SCHEDULE_BLOCK_STM = 0
export const SCHEDULE_DAG = 1
/** Every step runs at once on the values that the shreds say its predecessors left. */
export const SCHEDULE_SEEDED = 2

/** Scratch of a thread: arguments at the front, results behind. */
export const SCRATCH_ADDRESS = 0
export const SCRATCH_KEY = 32
export const SCRATCH_VALUE = 64
export const SCRATCH_BOUND = 96
export const SCRATCH_LIMIT = 160
/** Result of a read that met an ESTIMATE: the transaction that will write it. */
export const SCRATCH_BLOCKING_TX = 128
/** What the host loaded: a slot; or of an account balance, nonce, code, if its storage is orphaned. */
export const SCRATCH_LOADED = 192
export const SCRATCH_LOADED_NONCE = 32
export const SCRATCH_LOADED_CODE = 40
export const SCRATCH_LOADED_ORPHAN = 44
/** What the transaction in progress pays, six words (assembly/transaction/fees.ts). */
export const SCRATCH_CHARGES = 320
/** Counters of the thread for the open block, from here on. */
export const SCRATCH_COUNTERS = 512
export const COUNTER_EXECUTIONS = 0
export const COUNTER_VALIDATIONS = 4
/** Incarnations thrown away. */
export const COUNTER_ABORTS = 8
export const COUNTER_ESTIMATE_READS = 12
export const COUNTER_EAGER_REPEATS = 16
/** Executions that did not fit into the worker's heap and were started again in the large one. */
export const COUNTER_LARGE_HEAP = 20
/** Accounts and slots that the block used and that were there from an earlier block. */
export const COUNTER_CACHE_HITS = 24
/** Accounts and slots that were loaded. */
export const COUNTER_COLD_ACCOUNTS = 28
export const COUNTER_COLD_SLOTS = 32
/** Times the thread fell asleep, and tasks it did for the state root. */
export const COUNTER_SLEEPS = 36
export const COUNTER_TRIE_TASKS = 40
/** First incarnations that waited for a predecessor instead of running against it. */
export const COUNTER_WAITS = 44
export const COUNTERS_BYTES = 48
/** Tags of lazy slot values on the operand stack (interpreter/lazy.ts), and words behind them. */
export const SCRATCH_TAGS = 640
export const SCRATCH_TAGS_MAX = 24
/** Scratch of the arithmetic and hash kernels, up to the end of the thread's part. */
export const SCRATCH_KERNEL = 1024

/** Tasks that the core hands to the host's side of a worker: kind << 24 | txIndex. */
export const TASK_SHIFT = 24
export const TASK_INDEX_MASK = 0xffffff
export const TASK_EXIT = 0
export const TASK_EXECUTE = 1
export const TASK_RECOVER = 2
