/**
 * The sparse trie's words and records that host and core both know, as offsets from TRIE_OFFSET or
 * from their record's start. Constants only; compiled by tsc and by asc. Nodes are the core's own
 * (assembly/trie/node.ts).
 *
 *   Staged change (STAGE), one account after one transaction, then its slots
 *     0 next  4 flags  8 address[20] -> keccak256(address)[32]  40 nonce u64  48 balance[32]
 *     80 codeHash[32]  112 slotCount  116 nextDoubtful  120 slots: key[32] value[32], big-endian
 *   Missing node: 0 isStorage u8  1 nibbles u8  8 owner[32]  40 path[32]
 *   Revealed node (EXCHANGE): as a missing one, of the root 8 its hash; then 72 rlpBytes
 *     76 behindBytes  80 rlp, padded to a multiple of 8, then what is behind it: when the node is
 *     an extension that names a branch by its hash, the RLP of that branch
 *   Written node (EXCHANGE): 0 bytes of the entry  4 kind u8  5 isStorage u8  6 nibbles u8
 *     8 owner[32]  40 path[32]  72 rlpBytes  76 rlp, padded to a multiple of 8
 *   Leaf     0 kind  1 valueBytes  4 generation  8 key[32]  40 value
 *   Account  0 kind  1 flags  4 generation  8 key[32]  40 nonce u64  48 balance[32]
 *     80 codeHash[32]  112 storageRoot[32]  144 storage  148 storageChanges
 *   Proof node (EXCHANGE): 0 rlpBytes  4 rlp, padded to a multiple of 4
 *
 * A path is nibbles from the root of its trie, two a byte, highest first; `owner` is the hash of
 * the address whose storage trie it is in. A balance is four little-endian limbs.
 */

/** Phase of the running root computation << 16 | the next task of that phase. Any thread claims. */
export const TRIE_STATE = 0
/** Tasks of the phase, and how many are done. */
export const TRIE_TASK_COUNT = 64
export const TRIE_DONE_COUNT = 128
/** WaitSlot, signalled when a phase begins. */
export const TRIE_SLOT = 192
/** Next free chunk of the arena. */
export const TRIE_CHUNKS = 256
/** Large storage tries found by the lanes; the list is at TRIE_LARGE_OFFSET. */
export const TRIE_LARGE_COUNT = 320
/** Counts the life of nodes: raised by the host when a block is written out. */
export const TRIE_GENERATION = 384
/** Bytes of STAGE that are used. Staging thread only. */
export const TRIE_STAGED_BYTES = 388
/** 1 when the last write-out put the node of the only lane at the root, else 0. Host only. */
export const TRIE_WAS_SINGLE = 392
/**
 * Not 0 (HALT_*) after the arena was found full, or a block could not be taken back: what was being
 * changed is in pieces until the trie is reset.
 */
export const TRIE_FAULT = 396
/** The root that was computed last, 32 bytes. */
export const TRIE_ROOT = 400

/** Steps of the open block below it are handed to the lanes, or about to be. Any thread claims. */
export const TRIE_FED_INDEX = 448
/** Threads that are doing a task ahead of the root. */
export const TRIE_AHEAD_COUNT = 512
/** 1 while the open block's commits are handed to the trie. Host only, behind the gate. */
export const TRIE_IS_FED = 576
/** Steps below it are handed over in the running computation; written by whoever begins it. */
export const TRIE_FEED_END = 580
/** 1 after the open block made the trie forget what only the store has: it cannot be taken back. */
export const TRIE_IS_FINAL = 584
/** Items of the open block that are on an early list. */
export const TRIE_ITEMS_WAITING = 640

/** Subtries of the account trie by the first nibble. */
export const LANE_COUNT = 16
export const LANE_STRIDE = 1024

export const PHASE_IDLE = 0
/** A task a lane: apply what is staged, remove what does not exist. */
export const PHASE_APPLY = 1
/** A task a child of the root of each large storage trie. */
export const PHASE_STORAGE = 2
/** A task a lane: hash it. */
export const PHASE_HASH = 3
/** One task: the root. */
export const PHASE_TOP = 4
/** Workers that help are to leave. */
export const PHASE_EXIT = 5
/** For the moment in which the words of the next phase are written. */
export const PHASE_BETWEEN = 6
/** A task for a range of committed steps: hand their changes to the lanes. */
export const PHASE_FEED = 7
/** A computation is asked for and begins when nobody is at a task ahead of it. */
export const PHASE_WAITING = 8
export const PHASE_SHIFT = 16

export const STAGED_NEXT = 0
export const STAGED_FLAGS = 4
export const STAGED_HASH = 8
export const STAGED_NONCE = 40
export const STAGED_BALANCE = 48
export const STAGED_CODE_HASH = 80
export const STAGED_SLOT_COUNT = 112
export const STAGED_DOUBTFUL = 116
export const STAGED_SLOTS = 120
export const STAGED_SLOT_BYTES = 64
/** Slots of one staged change; more go into further changes of the same account. */
export const STAGED_SLOT_COUNT_MAX = 4096

/** STAGED_FLAGS: which fields the change has. */
export const STAGED_HAS_NONCE = 1
export const STAGED_HAS_BALANCE = 2
export const STAGED_HAS_CODE = 4
/** The account is deleted, with its storage, before the rest is applied. */
export const STAGED_DELETES = 8
export const STAGED_CLEARS_STORAGE = 16
/** Set by the core: part of the change waits for a node, and later ones of the account for it. */
export const STAGED_HOLDS = 32

export const MISSING_IS_STORAGE = 0
export const MISSING_NIBBLES = 1
export const MISSING_OWNER = 8
export const MISSING_PATH = 40
export const MISSING_BYTES = 72

export const ENTRY_SIZE = 0
export const ENTRY_KIND = 4
export const ENTRY_IS_STORAGE = 5
export const ENTRY_NIBBLES = 6
export const ENTRY_OWNER = 8
export const ENTRY_PATH = 40
export const ENTRY_RLP_BYTES = 72
export const ENTRY_RLP = 76

/** ENTRY_KIND: a node to store, a node that is no more, all nodes of an owner that are no more. */
export const ENTRY_PUT = 1
export const ENTRY_DELETE = 2
export const ENTRY_CLEAR = 3

export const REVEAL_RLP_BYTES = 72
export const REVEAL_BEHIND_BYTES = 76
export const REVEAL_RLP = 80

/** Results of a reveal. */
export const REVEALED = 0
/** The place is not blinded, or not there any more. */
export const REVEAL_NEEDLESS = 1
/** The node is not the one that its parent, or the root, names by its hash. */
export const REVEAL_WRONG = 2

export const LEAF_VALUE_BYTES = 1
export const LEAF_VALUE = 40
export const ACCOUNT_NONCE = 40
export const ACCOUNT_BALANCE = 48
export const ACCOUNT_CODE_HASH = 80
export const STORAGE_ROOT = 112

/** A proof stands in EXCHANGE behind the hashed key that the host asks for. */
export const PROOF_OFFSET = 64
