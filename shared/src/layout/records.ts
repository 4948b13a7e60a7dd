/**
 * Field offsets of the records in shared memory. Constants only; compiled by tsc and by asc.
 *
 *   Transaction record (TXS, TX_STRIDE bytes), one a step of the block
 *     0 state  4 dependents  8 nextDependent  12 flags  16 execution  20 input  24 inputBytes
 *     28 shredIndex  32 gasLimit u64  40 cumulativeGas u64  48 startingLogIndex  52 blobGas
 *     56 sender[20]  76 senderState  80 indegree  84 edgeMark  88 depth  92 message
 *     96 predecessor  100 recipient
 *   Execution (BLOCK arena), immutable once published in the transaction record
 *     0 incarnation  4 outcome  8 reason  12 logCount  16 gasUsed u64  24 reads  28 readCount
 *     32 writes  36 writeCount  40 output  44 outputBytes  48 eager
 *   Location (STATE arena), one a location ever met, two cache lines: what every access needs is in
 *     the first. The four locations of an account stand one after the other, in order of kind.
 *     0 next  4 hash  8 versions u64 = epoch << 32 | first entry  16 kind u8, IS_* bits u8,
 *     18 lastUse u16 = low bits of the epoch, in a slot and in the first of an account's four
 *     20 epochLocation  24 base[32]  56 baseEpoch u64  64 address[20]  84 dagEpoch  88 dagWriter
 *     92 dagDeltas  96 key[32]
 *   Entry (BLOCK arena), one a (location, transaction), in descending order of transaction
 *     0 next  4 txIndex  8 cell: 0 removed, bit 0 set ESTIMATE  12 jump  16 depth
 *   Cell (BLOCK arena), immutable: 0 kind  4 incarnation  8 value[32], of a delta also
 *     40 bound[32]  72 limit[32]
 *   Read 0 location  4 flags  8 value[32];  Write 0 location  4 entry  8 cell
 *     12 folded
 *   Code (STATE arena) 0 next  4 length  8 hash[32]  40 bytes, then CODE_PADDING zero bytes, then
 *     from the next multiple of 8 a bit for each byte: 1 where a JUMPDEST stands
 *   Edge 0 next  4 txIndex
 *
 * 256-bit values and slot keys are four little-endian u64 limbs, addresses and hashes plain bytes.
 */

export const TX_STATE = 0
export const TX_DEPENDENTS = 4
export const TX_NEXT_DEPENDENT = 8
export const TX_FLAGS = 12
export const TX_EXECUTION = 16
export const TX_INPUT = 20
export const TX_INPUT_BYTES = 24
export const TX_SHRED_INDEX = 28
export const TX_GAS_LIMIT = 32
export const TX_CUMULATIVE_GAS = 40
export const TX_STARTING_LOG_INDEX = 48
export const TX_BLOB_GAS = 52
export const TX_SENDER = 56
export const TX_SENDER_STATE = 76
export const TX_INDEGREE = 80
export const TX_EDGE_MARK = 84
export const TX_DEPTH = 88
/** The decoded transaction (layout/message.ts), once its sender is settled; 0 if it has none. */
export const TX_MESSAGE = 92
/** One more than the step that the host expects a conflict with; 0: none. See stm/scheduler.ts. */
export const TX_PREDECESSOR = 96
/** Some bytes of the recipient's address, which tell it from most others; 0: it creates a contract. */
export const TX_RECIPIENT = 100

/** Low bits of TX_STATE; the incarnation stands above them. See stm/tx.ts for the arrows. */
export const STATUS_BITS = 3
export const STATUS_MASK = 7
export const STATUS_READY = 0
export const STATUS_EXECUTING = 1
export const STATUS_EXECUTED = 2
export const STATUS_ABORTING = 3
export const STATUS_COMMITTED = 4

/** TX_FLAGS. EAGER: read the sender's nonce and balance instead of assuming them. */
export const FLAG_EAGER = 1
export const FLAG_OPENING = 2
export const FLAG_CLOSING = 4
/** The host has written the sender: its signature needs no recovery. */
export const FLAG_SENDER_KNOWN = 8
/** Its first incarnation was not begun before its predecessor had finished. */
export const FLAG_WAITED = 16

export const SENDER_UNKNOWN = 0
export const SENDER_RECOVERED = 1
export const SENDER_INVALID = 2

export const EXECUTION_INCARNATION = 0
export const EXECUTION_OUTCOME = 4
export const EXECUTION_REASON = 8
export const EXECUTION_LOG_COUNT = 12
export const EXECUTION_GAS_USED = 16
export const EXECUTION_READS = 24
export const EXECUTION_READ_COUNT = 28
export const EXECUTION_WRITES = 32
export const EXECUTION_WRITE_COUNT = 36
export const EXECUTION_OUTPUT = 40
export const EXECUTION_OUTPUT_BYTES = 44
export const EXECUTION_EAGER = 48
export const EXECUTION_BYTES = 56

export const OUTCOME_FAILURE = 0
export const OUTCOME_SUCCESS = 1
/** The transaction may not stand here: it writes nothing and takes no index. */
export const OUTCOME_INVALID = 2
/** Follower: it read a location whose declared writer had not finished. */
export const OUTCOME_UNDECLARED_READ = 3

export const LOCATION_NEXT = 0
export const LOCATION_HASH = 4
export const LOCATION_VERSIONS = 8
/** A byte. The word that begins with it also holds the IS_* bits. */
export const LOCATION_KIND = 16
export const LOCATION_LAST_USE = 18
export const LOCATION_EPOCH_LOCATION = 20
export const LOCATION_BASE = 24
export const LOCATION_BASE_EPOCH = 56
export const LOCATION_ADDRESS = 64
export const LOCATION_DAG_EPOCH = 84
export const LOCATION_DAG_WRITER = 88
export const LOCATION_DAG_DELTAS = 92
export const LOCATION_KEY = 96
export const LOCATION_BYTES = 128

export const KIND_BALANCE = 0
export const KIND_NONCE = 1
export const KIND_CODE = 2
export const KIND_STORAGE_EPOCH = 3
/** The kinds below it are the locations of an account. */
export const KIND_SLOT = 4
/** LOCATION_BASE is the value before the block; else it has still to be loaded. */
export const IS_BASE_KNOWN = 0x100
/** Of a slot and of the first of an account's four: it is in the table of locations. */
export const IS_LINKED = 0x200

export const ENTRY_NEXT = 0
export const ENTRY_TX = 4
export const ENTRY_CELL = 8
/** An entry further down the list, for searches; the last entry's is itself. */
export const ENTRY_JUMP = 12
export const ENTRY_DEPTH = 16
export const ENTRY_BYTES = 24

/** ENTRY_CELL of a write that is declared but was never computed. */
export const CELL_ESTIMATE = 1

export const CELL_KIND = 0
export const CELL_INCARNATION = 4
export const CELL_VALUE = 8
export const CELL_BOUND = 40
/** Greatest value that may be there before. */
export const CELL_LIMIT = 72
export const CELL_BYTES = 40
export const CELL_DELTA_BYTES = 104

export const CELL_ABSOLUTE = 1
export const CELL_DELTA = 2
/**
 * Follower: what a shred says of a lazy update, until it is computed: the value after it at
 * CELL_VALUE and the value before it at CELL_BOUND. A hint to the execution, never trusted.
 */
export const CELL_CLAIMED = 3

export const READ_LOCATION = 0
export const READ_FLAGS = 4
export const READ_VALUE = 8
export const READ_BYTES = 40

/** READ_FLAGS: the value was assumed (a sender's nonce) and is checked at commit only. */
export const READ_EXPECTED = 1

export const WRITE_LOCATION = 0
export const WRITE_ENTRY = 4
export const WRITE_CELL = 8
/** The absolute cell that a delta becomes at commit; 0 for absolute writes. */
export const WRITE_FOLDED = 12
export const WRITE_BYTES = 16

export const CODE_NEXT = 0
export const CODE_LENGTH = 4
export const CODE_HASH = 8
export const CODE_DATA = 40
/** Zero bytes behind a code, so that a PUSH at its end needs no check. */
export const CODE_PADDING = 40

export const EDGE_NEXT = 0
export const EDGE_TX = 4
export const EDGE_BYTES = 8
